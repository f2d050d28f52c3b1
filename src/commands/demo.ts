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
import { print } from './output.ts';
import { openSender } from './send.ts';

const SCENARIO = fileURLToPath(new URL('../../samples/demo.txt', import.meta.url));
const HOLD_TIME = '2s';
const DEADLINE_MS = 15_000;
const POLL_MS = 50;

/** Sends a scenario over real UDP and TCP to a temporary service, and prints the incident as the API shows it. */
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
      `A temporary service listens on UDP port ${service.addresses.udp?.port}, TCP port ${service.addresses.tcp?.port} and HTTP port ${service.addresses.http?.port}. Its hold time is ${HOLD_TIME} instead of 1 h, so that the demo is short.`,
    );
    for (const line of readFileSync(SCENARIO, 'utf8').split('\n')) await play(line, service);
    say(
      '\nTo watch your own switches, start the service with "quovadis-watch serve" ("npm start" in a checkout); README.md shows how to configure a switch.',
    );
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

/** Polls the API, as any client would, until the incident is in this state or in a later one. */
async function waitFor(state: string, service: Service): Promise<Shown> {
  const order: readonly string[] = incidentStates;
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${service.addresses.http?.port}/api/v1/incidents`);
    const { incidents } = (await response.json()) as { incidents: Shown[] };
    const [incident] = incidents;
    if (incident !== undefined && order.indexOf(incident.state) >= order.indexOf(state)) return incident;
    if (performance.now() > deadline)
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
  print(`${line}\n`);
}
