import { check } from '../config/check.ts';
import { instanceOf } from '../config/instance.ts';
import { openSecretsWarning } from '../config/open-secrets.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { clockOf } from '../server-clock.ts';
import { damagedRowsIn, inspectDatabase, locationOf, openStore, type PostgresLocation } from '../store/open-store.ts';
import { projectionOf } from '../store/projection.ts';
import { counted } from './counted.ts';
import { print, warn } from './output.ts';

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
    ...(config.store === null ? [] : [`  store ${config.store}, instance ${instanceOf(config)}`]),
    `  syslog udp ${syslog.udp ?? 'off'}, tcp ${syslog.tcp ?? 'off'}, tls ${syslog.tls?.listen ?? 'off'}, relp ${syslog.relp?.listen ?? 'off'}; http ${http.listen ?? 'off'}`,
    `Advisory ${advisory.id} version ${advisory.version}: valid`,
    ...(certificateUntil === null
      ? []
      : [`Certificate of the TLS listener: valid until ${certificateUntil.toISOString()}`]),
  ];
  print(`${lines.join('\n')}\n`);
  const open = openSecretsWarning(config);
  if (open !== null) warn(`${printable(`Warning: ${open}`)}\n`);
  const location = locationOf(config, instanceOf(config));
  if (typeof location !== 'string') await checkDatabase(location);
  if (options.data !== undefined) await checkRows(options.data, advisory);
}

/** Connects to PostgreSQL, and prints what it is, or every problem. */
async function checkDatabase(location: PostgresLocation): Promise<void> {
  const { lines, failure } = await inspectDatabase(location, Date.now);
  for (const line of lines) print(`${printable(line)}\n`);
  if (failure !== null) throw failure;
}

/** Prints every row of a database that is not what was stored; `QVW_ROW_DAMAGED` if there is one. */
async function checkRows(data: string, advisory: Advisory): Promise<void> {
  let found = 0;
  for await (const { table, name, why } of damagedRowsIn(data)) {
    found++;
    print(`${printable(`Damaged row of ${table}: ${name} (${why})`)}\n`);
  }
  if (found === 0) {
    print(`Database in ${data}: every row is as it was stored\n`);
    await checkFleet(data, advisory);
    return;
  }
  throw new OperatingError(
    'QVW_ROW_DAMAGED',
    `${counted(found, 'row')} in ${data} not as stored: the service leaves such rows out and sets devices aside; or restore a backup`,
  );
}

/** How many differences are printed. */
const MOST_SHOWN = 100;

/** Prints where what is kept of the fleet is not what its devices say; `QVW_ROW_DAMAGED` if there is such a place. */
async function checkFleet(data: string, advisory: Advisory): Promise<void> {
  const store = await openStore(data, projectionOf(advisory), 'read');
  let found = 0;
  try {
    const unjudged = (await store.unjudged()).count;
    if (unjudged > 0) {
      print(`Fleet in ${data}: not compared, as ${counted(unjudged, 'device')} were judged otherwise than now\n`);
      return;
    }
    for await (const difference of store.recount((await clockOf(store))()))
      if (++found <= MOST_SHOWN) print(`${printable(`Fleet: ${difference}`)}\n`);
  } finally {
    await store.close();
  }
  if (found === 0) {
    print(`Fleet in ${data}: facts and counts are those of its devices\n`);
    return;
  }
  throw new OperatingError(
    'QVW_ROW_DAMAGED',
    `${counted(found, 'difference')} between the devices in ${data} and what is kept of the fleet: start the service, which makes missing and damaged facts anew and counts again; if a difference stays, restore a backup`,
  );
}
