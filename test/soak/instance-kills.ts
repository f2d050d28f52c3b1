/**
 * Two instances on one PostgreSQL get every line, each by a `logging host` of its own with its own counters, and one of them is
 * killed again and again: the incidents are those of one instance that nobody kills, to the field.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, child, get, until } from '../app/running.ts';
import type { Random } from '../simulation/random.ts';
import { newDatabase } from '../store/postgres/cluster.ts';
import { linesUpTo } from './lines.ts';
import type { Owner } from './owner.ts';
import { problemsOf, storedByDevice, storedLines } from './stored.ts';

export type InstanceKills = {
  readonly lines: number;
  readonly kills: number;
  readonly incidents: number;
  /** What is not as with one instance; empty if all is right. */
  readonly problems: readonly string[];
};

type Options = { readonly lines: number; readonly devices: number; readonly kills: number; readonly random: Random };
type Incident = Record<string, unknown> & { readonly id: string };

export async function instanceKills(owner: Owner, { lines, devices, kills, random }: Options): Promise<InstanceKills> {
  const all = linesUpTo(Date.now(), lines, devices);
  const wanted = await ofOneInstance(owner, all, lines);
  const store = await newDatabase();
  let starts = 0;
  // After a kill, the name of the instance is free only after its lease.
  const start = () => startInstance(owner, { store, instance: `plant-a-${++starts}`, feed: 'copies' });
  const pair = [await start(), await start()] as [Child, Child];
  let sent = 0;
  for (let kill = 0; kill < kills; kill++) {
    // Two lines of each device, or more: before that there is no incident to see them by.
    const pairs = 1 + random.below(Math.max(1, lines / devices / kills));
    const end = kill === kills - 1 ? lines : Math.min(lines, sent + pairs * 2 * devices);
    const [killed, other] = random.chance(0.5) ? [0, 1] : [1, 0];
    const part = all.slice(sent, end);
    const half = random.below(part.length + 1);
    const write = (at: 0 | 1, some: readonly string[]) => writeTo(pair[at].ports.tcp, numberedBy(at, some));
    await Promise.all([write(0, part.slice(0, half)), write(1, part.slice(0, half))]);
    const dying = pair[killed as 0 | 1];
    dying.process.kill('SIGKILL');
    await write(other as 0 | 1, part.slice(half));
    await dying.exit;
    sent = end;
    await until(
      () => storedLines(pair[other as 0 | 1].api),
      (stored) => stored >= sent,
    );
    pair[killed as 0 | 1] = await start();
  }
  const [found, byDevice] = [await incidentsAt(pair[0].api), await storedByDevice(pair[1].api)];
  const problems = [...problemsOf(byDevice, lines, devices), ...differences(wanted, found)];
  for (const { process, exit } of pair) {
    process.kill('SIGTERM');
    await exit;
  }
  return { lines, kills, incidents: found.length, problems };
}

/** The incidents that one instance makes of the lines, with `quovadis.db`. */
async function ofOneInstance(owner: Owner, all: readonly string[], lines: number): Promise<Incident[]> {
  const one = await startInstance(owner, {});
  await writeTo(one.ports.tcp, all);
  await until(
    () => storedLines(one.api),
    (stored) => stored >= lines,
  );
  const incidents = await incidentsAt(one.api);
  one.process.kill('SIGTERM');
  await one.exit;
  return incidents;
}

function startInstance(owner: Owner, settings: Readonly<Record<string, string>>): Promise<Child> {
  const directory = mkdtempSync(join(tmpdir(), 'quovadis-instances-'));
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const config = join(directory, 'config.yaml');
  writeFileSync(config, JSON.stringify(settings));
  return child(owner, directory, '--config', config);
}

/** Each way has counters of its own. */
export function numberedBy(way: 0 | 1, lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/^<187>(\d+)/, (_, counter) => `<187>${Number(counter) + 70_000 * way}`));
}

/** Writes lines into a connection of their own; done when the kernel has them, or the other end is gone. */
export async function writeTo(port: number, lines: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // The other end is killed on purpose.
  socket.on('error', () => {});
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.end(lines.join(''), () => resolve());
  });
}

/** What an incident is, wherever its lines were received. */
const FIELDS = [
  ...['device', 'state', 'severity', 'score', 'families', 'diagnosis', 'openedAt', 'confirmedAt', 'recoveringAt'],
  ...['resolvedAt', 'graceUntil', 'graceUntilAtMost', 'evidence', 'regressions', 'healedByItself', 'endedBy'],
] as const;

/** All incidents, with what was read of their lines and how they changed; without times of receipt, which differ. */
async function incidentsAt(api: string): Promise<Incident[]> {
  const found: Incident[] = [];
  for (const device of (await storedByDevice(api)).keys()) {
    type One = Incident & { lines: Incident[]; changes: Incident[] };
    const { lines, changes, ...incident } = await get<One>(`${api}/api/v1/incidents/qv-${device}-1`);
    found.push({
      ...Object.fromEntries(FIELDS.map((field) => [field, incident[field]])),
      id: incident.id,
      lines: lines.map(({ at, mnemonic, kind, cause, weight }) => [at, mnemonic, kind, cause, weight]),
      changes: changes.map(({ type, at, from, to, severity, reason }) => [type, at, from, to, severity, reason]),
    });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function differences(wanted: readonly Incident[], found: readonly Incident[]): string[] {
  const byId = new Map(found.map((incident) => [incident.id, incident]));
  return wanted.flatMap((incident) => {
    const same = byId.get(incident.id);
    if (same === undefined) return [`${incident.id} is missing`];
    const keys = new Set([...Object.keys(incident), ...Object.keys(same)]);
    return [...keys].flatMap((key) => {
      const [a, b] = [JSON.stringify(incident[key]), JSON.stringify(same[key])];
      return a === b
        ? []
        : [`${incident.id}: ${key} is ${b?.slice(0, 300)}, and ${a?.slice(0, 300)} with one instance`];
    });
  });
}
