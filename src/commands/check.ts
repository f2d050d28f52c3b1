import { check } from '../config/check.ts';

/** Prints the settings that `serve` would use, or every problem in them. */
export async function checkCommand(options: { config?: string; advisory?: string }): Promise<void> {
  const { config, advisory, certificateUntil } = await check(
    { file: options.config, advisory: options.advisory, environment: process.env },
    Date.now(),
  );
  const { syslog, http, data } = config;
  const lines = [
    `Configuration ${options.config ?? 'without a file'}: valid`,
    `  data directory ${data}`,
    `  syslog udp ${syslog.udp ?? 'off'}, tcp ${syslog.tcp ?? 'off'}, tls ${syslog.tls?.listen ?? 'off'}; http ${http.listen ?? 'off'}`,
    `Advisory ${advisory.id} version ${advisory.version}: valid`,
    ...(certificateUntil === null
      ? []
      : [`Certificate of the TLS listener: valid until ${certificateUntil.toISOString()}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
