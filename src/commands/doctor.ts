import { check } from '../config/check.ts';
import { instanceOf } from '../config/instance.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { clockOf } from '../server-clock.ts';
import { everyPage } from '../store/every-page.ts';
import { type Location, locationOf, openStore } from '../store/open-store.ts';
import { projectionOf } from '../store/projection.ts';
import { counted } from './counted.ts';
import { databaseFindings } from './doctor/database.ts';
import { DeviceSigns } from './doctor/devices.ts';
import { type Finding, unknown } from './doctor/finding.ts';
import {
  alertmanagerFindings,
  bufferFinding,
  certificateFinding,
  clockFinding,
  diskFinding,
  portFindings,
  secretsFinding,
  serviceFinding,
} from './doctor/machine.ts';
import { print, printJson } from './output.ts';

type Options = { readonly config?: string; readonly data?: string; readonly json?: boolean };

/** Something is wrong: `doctor` exits with this code. */
const WRONG = 3;

const MARKS: Record<Finding['state'], string> = { ok: 'ok     ', wrong: 'WRONG  ', unknown: 'unknown' };

/** Finds out what is wrong, with a service that runs or without. Returns the exit code: 0, or 3 if something is wrong. */
export async function doctorCommand({ config: file, data, json }: Options): Promise<number> {
  const flags: Record<string, string> = data === undefined ? {} : { data };
  const now = Date.now();
  const checked = await check({ file, environment: process.env, flags, untimely: 'allowed' }, now);
  const { config, advisory, certificateUntil } = checked;
  const { finding: service, runs } = await serviceFinding(config);
  const location = data ?? locationOf(config, instanceOf(config));
  const findings = [
    service,
    ...(await portFindings(config, runs)),
    bufferFinding(),
    clockFinding(),
    diskFinding(config.data),
    certificateFinding(certificateUntil, now),
    secretsFinding(config),
    ...(await alertmanagerFindings(config)),
    ...(await databaseFindings(location, Date.now)),
    ...(await deviceFindings(location, advisory)),
  ];
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  if (json === true) printJson({ findings, wrong });
  else print(page(findings, wrong));
  return wrong > 0 ? WRONG : 0;
}

/** The database is only read. */
async function deviceFindings(location: Location, advisory: Advisory): Promise<Finding[]> {
  try {
    const store = await openStore(location, projectionOf(advisory), 'read');
    try {
      const now = await clockOf(store);
      const signs = new DeviceSigns(now(), advisory.visibility);
      for await (const rows of everyPage((after) => store.devices({ after, limit: 1000 })))
        for (const device of rows) signs.add(device);
      return signs.findings();
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    if (error.code === 'QVW_REFUSED') return [unknown('devices', error.message, 'run doctor as root')];
    const other = typeof location === 'string' ? 'name its data directory with --data' : 'correct `store`';
    return [unknown('devices', error.message, `start the service once, or ${other}`)];
  }
}

function page(findings: readonly Finding[], wrong: number): string {
  const lines = findings.flatMap(({ about, state, text, todo, commands }) => [
    `${MARKS[state]}  ${about}: ${text}${state === 'ok' || todo === null ? '' : `. To do: ${todo}`}`,
    ...commands.map((command) => `             ${command}`),
  ]);
  const end = wrong === 0 ? 'Nothing wrong was found.' : `${counted(wrong, 'thing')} to mend.`;
  return `${[...lines, '', end].map(printable).join('\n')}\n`;
}
