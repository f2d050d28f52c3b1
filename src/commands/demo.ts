import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Service, startService } from '../app.ts';
import { defaults } from '../config/schema.ts';
import { incidentStates } from '../core/model/incident.ts';
import { OperatingError } from '../errors.ts';
import { openLog } from '../telemetry/log.ts';
import { openSender } from './send.ts';

const SCENARIO = fileURLToPath(new URL('../../samples/demo.txt', import.meta.url));
const HOLD_TIME = '2s';
const PATIENCE_MS = 15_000;
const POLL_MS = 50;

/** Plays a scenario over real UDP and TCP into a temporary service, and shows what the API says of the incident. */
export async function demo(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'quovadis-demo-'));
  const service = await startService(
    {
      ...defaults,
      data,
      syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: '127.0.0.1:0' },
      http: { ...defaults.http, listen: '127.0.0.1:0' },
      correlation: { ...defaults.correlation, holdTime: HOLD_TIME },
    },
    openLog('silent'),
  );
  try {
    say(
      `A temporary service listens (udp ${service.addresses.udp?.port}, tcp ${service.addresses.tcp?.port}, http ${service.addresses.http?.port}); its hold time is ${HOLD_TIME} instead of 1 h.`,
    );
    for (const line of readFileSync(SCENARIO, 'utf8').split('\n')) await play(line, service);
    say('\nThe same, for your own switches: npm start, and see README.md for their configuration.');
  } finally {
    await service.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function play(line: string, service: Service): Promise<void> {
  const [, word, rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
  if (word === undefined) return say('');
  if (word === '#') return say(`# ${rest}`);
  if (word === 'wait') return show(await waitFor(rest, service));
  say(`  ${word} > ${rest}`);
  const transport = word === 'tcp' ? 'tcp' : 'udp';
  const address = service.addresses[transport];
  if (address === undefined) throw new Error(`the demo's service has a ${transport} receiver`);
  const sender = await openSender(transport, address);
  try {
    await sender.line(Buffer.from(rest));
    await sender.end();
  } finally {
    sender.close();
  }
}

type Shown = { id: string; state: string; severity: string; score: number; families: string[] };

/** Asks the API, as any program would, until the incident is in that state or beyond it. */
async function waitFor(state: string, service: Service): Promise<Shown> {
  const order: readonly string[] = incidentStates;
  const patient = performance.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${service.addresses.http?.port}/api/v1/incidents`);
    const { incidents } = (await response.json()) as { incidents: Shown[] };
    const [incident] = incidents;
    if (incident !== undefined && order.indexOf(incident.state) >= order.indexOf(state)) return incident;
    if (performance.now() > patient)
      throw new OperatingError('QVW_SEND_FAILED', `the incident did not become ${state}: please report this`);
    await delay(POLL_MS);
  }
}

function show({ id, state, severity, score, families }: Shown): void {
  say(
    `  => ${id}: ${state.toUpperCase()}, severity ${severity}, score ${score}${families.length > 0 ? ` (${families.join(', ')})` : ''}`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
