/**
 * The whole path under faults, from a seed: lines that come late, twice and in pieces, a busy store, another writer,
 * restarts, wrong clocks. `SEED=7 npm run simulate` repeats one run, `RUNS=200` makes so many.
 */
import { fileURLToPath } from 'node:url';
import type { Frame } from '../../src/core/model/message.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { OperatingError } from '../../src/errors.ts';
import type { BatchStats } from '../../src/pipeline/batch-stats.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { advisory, DAY, T0 } from '../given.ts';
import { type Delivered, delivered, framed, garbled, troubled } from './faults.ts';
import { livesOf, type Said } from './fleet.ts';
import { broken, incidentsIn } from './invariants.ts';
import { Random } from './random.ts';
import { Hearer, route } from './receiver.ts';

export type Outcome = {
  readonly seed: number;
  readonly lines: number;
  readonly incidents: number;
  readonly faults: { busy: number; rivals: number; restarts: number; replays: number };
  /** Invariants that do not hold; empty if all is well. */
  readonly troubles: readonly string[];
};

const DAYS = 60;
const DEVICES = 16;
/** How often the invariants are looked at on the way. */
const LOOK_EVERY = 40;

/** `directory`: where a database is made; without one the store is in memory. */
export async function simulate(seed: number, directory: string | null = null): Promise<Outcome> {
  const random = new Random(seed);
  const said = livesOf(random, { from: T0, days: DAYS, devices: DEVICES });
  const expected = await peaceful(said);
  const faults = { busy: 0, rivals: 0, restarts: 0, replays: 0 };
  const projection = projectionOf(advisory);
  const ground: Store =
    directory === null ? new MemoryStore(projection) : new SqliteStore(openDatabase(directory), projection);
  try {
    const hearer = new Hearer(random);
    const store = troubled(random, hearer.watching(ground), faults);
    const lines = delivered(random, said);
    const troubles = await faulty(random, store, lines, faults, hearer);
    troubles.push(...(await hearer.broken(ground, endOf(lines))));
    const [plain, found] = [text(expected), text(await incidentsIn(store))];
    for (const id of new Set([...plain.keys(), ...found.keys()])) {
      if (plain.get(id) !== found.get(id))
        troubles.push(`${id}: in peace ${plain.get(id)}, under faults ${found.get(id)}`);
    }
    await wild(random, store, lines);
    troubles.push(...(await broken(store)).map((trouble) => `after garbage: ${trouble}`));
    return { seed, lines: lines.length, incidents: expected.length, faults, troubles };
  } finally {
    await ground.close();
  }
}

/** Every line once, in order, as soon as it was said. */
async function peaceful(said: readonly Said[]) {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = pipelineOver(store);
  for (const { at, line, peer } of said) {
    await pipeline.run([frameOf(Buffer.from(line), peer, at)], at);
    await pipeline.due(at, 1000);
  }
  await pipeline.due(endOf(said), 1000);
  return incidentsIn(store);
}

/** Late, doubled, in pieces, and with a store that fails; nothing of that may change what is found. */
async function faulty(
  random: Random,
  store: Store,
  lines: readonly Delivered[],
  faults: { restarts: number; replays: number },
  hearer: Hearer,
): Promise<string[]> {
  const troubles: string[] = [];
  let pipeline = pipelineOver(store);
  let turns = 0;
  for (let from = 0; from < lines.length; ) {
    const batch = lines.slice(from, from + 1 + random.below(30));
    const frames = framed(random, batch);
    const now = batch.at(-1)?.receivedAt ?? 0;
    if (random.chance(0.08)) {
      // Read, not committed: the next one begins with the same lines.
      pipeline.read(frames, now);
      pipeline = pipelineOver(store);
      faults.restarts++;
      continue;
    }
    await untilStored(() => pipeline.due(now, 1000));
    const turn = pipeline.read(frames, now);
    const stats = await untilStored(() => pipeline.commit(turn, now));
    const counted = Object.values(stats.outcomes).reduce((sum, count) => sum + count, 0);
    if (stats.lines !== frames.length || counted !== frames.length)
      troubles.push(`${frames.length} lines, ${counted} counted`);
    if (random.chance(0.1)) troubles.push(...(await replayed(store, pipeline, frames, now, faults)));
    await hearer.hear(store, now);
    if (++turns % LOOK_EVERY === 0) troubles.push(...(await broken(store)));
    from += batch.length;
  }
  await untilStored(() => pipeline.due(endOf(lines), 1000));
  troubles.push(...(await broken(store)));
  return troubles;
}

/** The same batch once more changes no incident. */
async function replayed(
  store: Store,
  pipeline: Pipeline,
  frames: readonly Frame[],
  now: number,
  faults: { replays: number },
): Promise<string[]> {
  faults.replays++;
  const before = JSON.stringify(await incidentsIn(store));
  const turn = pipeline.read(frames, now);
  const stats = await untilStored(() => pipeline.commit(turn, now));
  const after = JSON.stringify(await incidentsIn(store));
  return before === after && stats.changes.length === 0 ? [] : ['a batch that was replayed has changed something'];
}

/** Garbage on a clock that jumps: nothing throws, and the invariants hold. */
async function wild(random: Random, store: Store, lines: readonly Delivered[]): Promise<void> {
  const pipeline = pipelineOver(store);
  for (let from = 0; from < lines.length; from += 25) {
    const now = endOf(lines) + (random.below(40) - 20) * DAY;
    const frames = lines
      .slice(from, from + 25)
      .map(({ line, peer }) => frameOf(random.chance(0.5) ? garbled(random, line) : Buffer.from(line), peer, now));
    const turn = pipeline.read(frames, now);
    await untilStored(() => pipeline.commit(turn, now));
    await untilStored(() => pipeline.due(now, 1000));
  }
}

/** As the pump does: what may pass is tried again. */
async function untilStored(run: () => Promise<BatchStats>): Promise<BatchStats> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof OperatingError) || !error.retryable) throw error;
    }
  }
}

function pipelineOver(store: Store): Pipeline {
  return new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0, routes: [route] });
}

function frameOf(bytes: Buffer, peer: string, receivedAt: number): Frame {
  return { bytes, start: 0, end: bytes.length, peer, transport: 'tcp', receivedAt, truncated: false };
}

/** Behind all that can still come. */
function endOf(lines: readonly Said[]): number {
  return lines.reduce((end, { at }) => Math.max(end, at), 0) + 3 * DAY;
}

function text(incidents: readonly { id: string }[]): Map<string, string> {
  return new Map(incidents.map((incident) => [incident.id, JSON.stringify(incident)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.env['SEED'];
  const runs = given === undefined ? Number(process.env['RUNS'] ?? 20) : 1;
  const first = Number(given ?? Math.floor(Math.random() * 1e9));
  for (let run = 0; run < runs; run++) {
    const { seed, lines, incidents, faults, troubles } = await simulate(first + run);
    const what = Object.entries(faults).map(([name, count]) => `${count} ${name}`);
    process.stdout.write(
      `seed ${seed}: ${lines} lines, ${incidents} incidents, ${what.join(', ')}: ${troubles.length === 0 ? 'all holds' : 'BROKEN'}\n`,
    );
    for (const trouble of troubles.slice(0, 10)) process.stdout.write(`  ${trouble}\n`);
    if (troubles.length === 0) continue;
    process.stdout.write(`repeat it with SEED=${seed} npm run simulate\n`);
    process.exitCode = 1;
    break;
  }
}
