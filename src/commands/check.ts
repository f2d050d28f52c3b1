import { check } from '../config/check.ts';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { damagedRowsIn } from '../store/open-store.ts';
import { counted } from './counted.ts';
import { print } from './output.ts';

/** Prints the settings that `serve` would use, or every problem in them. */
export async function checkCommand(options: { config?: string; advisory?: string; data?: string }): Promise<void> {
  const { config, advisory, certificateUntil } = await check(
    { file: options.config, advisory: options.advisory, environment: process.env, flags: {} },
    Date.now(),
  );
  const { syslog, http, data } = config;
  const lines = [
    `Configuration ${options.config ?? 'without a file'}: valid`,
    `  data directory ${data}`,
    `  syslog udp ${syslog.udp ?? 'off'}, tcp ${syslog.tcp ?? 'off'}, tls ${syslog.tls?.listen ?? 'off'}, relp ${syslog.relp?.listen ?? 'off'}; http ${http.listen ?? 'off'}`,
    `Advisory ${advisory.id} version ${advisory.version}: valid`,
    ...(certificateUntil === null
      ? []
      : [`Certificate of the TLS listener: valid until ${certificateUntil.toISOString()}`]),
  ];
  print(`${lines.join('\n')}\n`);
  if (options.data !== undefined) await checkRows(options.data);
}

/** Prints every row of a database that is not what was stored; `QVW_ROW_DAMAGED` if there is one. */
async function checkRows(data: string): Promise<void> {
  let found = 0;
  for await (const { table, name, why } of damagedRowsIn(data)) {
    found++;
    print(`${printable(`Damaged row of ${table}: ${name} (${why})`)}\n`);
  }
  if (found === 0) {
    print(`Database in ${data}: every row is as it was stored\n`);
    return;
  }
  throw new OperatingError(
    'QVW_ROW_DAMAGED',
    `${counted(found, 'row')} in ${data} not as stored: the service leaves such rows out and sets devices aside; or restore a backup`,
  );
}
