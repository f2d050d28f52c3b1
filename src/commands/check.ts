import { check } from '../config/check.ts';

/** Says what `serve` would run with, or every problem there is. */
export async function checkCommand(options: { config?: string; advisory?: string }): Promise<void> {
  const { config, advisory, certificateUntil } = await check(
    { file: options.config, advisory: options.advisory, environment: process.env },
    Date.now(),
  );
  const { syslog, http, data } = config;
  const lines = [
    `configuration ${options.config ?? 'without a file'}: sound`,
    `  data ${data}`,
    `  syslog udp ${syslog.udp ?? 'off'}, tcp ${syslog.tcp ?? 'off'}, tls ${syslog.tls?.listen ?? 'off'}; http ${http.listen ?? 'off'}`,
    `advisory ${advisory.id} version ${advisory.version}: sound`,
    ...(certificateUntil === null
      ? []
      : [`certificate of the TLS listener: sound, until ${certificateUntil.toISOString()}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
