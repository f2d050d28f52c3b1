/**
 * The whole path under faults, repeatable by a seed: lines that arrive late, twice and in pieces, a busy store, a
 * second writer, restarts, wrong clocks, a replaced database, damaged rows. `SEED=7 npm run simulate` repeats one run, `RUNS=200` makes 200 runs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Frame } from '../../src/core/model/message.ts';
import { liveTime } from '../../src/core/read/event-time.ts';
import { OperatingError } from '../../src/errors.ts';
import type { BatchStats } from '../../src/pipeline/batch-stats.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { SteadyClock } from '../../src/steady-clock.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { advisory, DAY, T0 } from '../given.ts';
import { type Delivered, delivered, framed, garbled, unreliable } from './faults.ts';
import { simulateFiles } from './files.ts';
import { livesOf, type SentLine } from './fleet.ts';
import { incidentsIn, violationsIn } from './invariants.ts';
import { Random } from './random.ts';
import { Receiver, route } from './receiver.ts';

export type Outcome = {
  readonly seed: number;
  readonly lines: number;
  readonly incidents: number;
  readonly faults: { busy: number; rivals: number; restarts: number; replays: number; steps: number };
  /** Invariants that do not hold, in words; empty if all hold. */
  readonly violations: readonly string[];
};

const DAYS = 60;
const DEVICES = 16;
/** The invariants are checked after each so many batches. */
const CHECK_EVERY = 40;

/**
 * `directory`: the directory for a database; null: a store in memory. `steadyClock`: false takes the mending of clock steps
 * out, which the invariants must find.
 */
export async function simulate(
  seed: number,
  directory: string | null = null,
  { steadyClock = true } = {},
): Promise<Outcome> {
  const random = new Random(seed);
  const sent = livesOf(random, { from: T0, days: DAYS, devices: DEVICES });
  const expected = await withoutFaults(sent);
  const faults = { busy: 0, rivals: 0, restarts: 0, replays: 0, steps: 0 };
  const projection = projectionOf(advisory);
  const underlying: Store =
    directory === null ? new MemoryStore(projection) : new SqliteStore(openDatabase(directory), projection);
  try {
    const receiver = new Receiver(random);
    const store = unreliable(random, receiver.watching(underlying), faults);
    const lines = delivered(random, sent);
    const violations = await withFaults(random, store, lines, faults, receiver, steadyClock);
    violations.push(...(await receiver.violationsIn(underlying, endOf(lines))));
    const [plain, found] = [text(expected), text(await incidentsIn(store))];
    for (const id of new Set([...plain.keys(), ...found.keys()])) {
      if (plain.get(id) !== found.get(id))
        violations.push(`${id}: without faults ${plain.get(id)}, with faults ${found.get(id)}`);
    }
    await withGarbage(random, store, lines);
    violations.push(
      ...(await violationsIn(store, endOf(lines) + 20 * DAY)).map((violation) => `after garbage: ${violation}`),
    );
    return { seed, lines: lines.length, incidents: expected.length, faults, violations };
  } finally {
    await underlying.close();
  }
}

/** The incidents if every line arrives once, in order, and at once. */
async function withoutFaults(sent: readonly SentLine[]) {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = pipelineOver(store);
  for (const { at, line, peer } of sent) {
    await pipeline.run([frameOf(Buffer.from(line), peer, at)], at);
    await pipeline.due(at, 1000);
  }
  await pipeline.due(endOf(sent), 1000);
  return incidentsIn(store);
}

/** Lines arrive late, twice and in pieces, and the store fails: the incidents must be the same as without faults. */
async function withFaults(
  random: Random,
  store: Store,
  lines: readonly Delivered[],
  faults: { restarts: number; replays: number; steps: number },
  receiver: Receiver,
  steadyClock: boolean,
): Promise<string[]> {
  const violations: string[] = [];
  let pipeline = pipelineOver(store);
  let batches = 0;
  const host = { time: lines[0]?.receivedAt ?? 0, aheadMs: 0 };
  const clock = new SteadyClock({ wall: () => host.time + host.aheadMs, monotonic: () => host.time });
  for (let from = 0; from < lines.length; ) {
    const batch = lines.slice(from, from + 1 + random.below(30));
    const frames = framed(random, batch);
    const now = batch.at(-1)?.receivedAt ?? 0;
    if (random.chance(0.08)) {
      // A restart between read and commit: the next batch begins with the same lines.
      pipeline.read(frames, now);
      pipeline = pipelineOver(store);
      faults.restarts++;
      continue;
    }
    host.time = now;
    clock.now();
    if (random.chance(0.05)) {
      // The wall clock is ahead or back by up to ten years while deadlines are looked for.
      host.aheadMs = (random.below(7300) - 3650) * DAY;
      const decidedAt = steadyClock ? clock.now() : host.time + host.aheadMs;
      await untilStored(() => pipeline.due(decidedAt, 1000));
      host.aheadMs = 0;
      clock.now();
      faults.steps++;
    }
    await untilStored(() => pipeline.due(now, 1000));
    const readBatch = pipeline.read(frames, now);
    const stats = await untilStored(() => pipeline.commit(readBatch, now));
    const counted = Object.values(stats.outcomes).reduce((sum, count) => sum + count, 0);
    if (stats.lines !== frames.length || counted !== frames.length)
      violations.push(`${frames.length} lines, ${counted} counted`);
    if (random.chance(0.1)) violations.push(...(await replayed(store, pipeline, frames, now, faults)));
    await receiver.receive(store, now);
    if (++batches % CHECK_EVERY === 0) violations.push(...(await violationsIn(store, now)));
    from += batch.length;
  }
  await untilStored(() => pipeline.due(endOf(lines), 1000));
  violations.push(...(await violationsIn(store, endOf(lines))));
  return violations;
}

/** Replays a batch: that must change no incident. */
async function replayed(
  store: Store,
  pipeline: Pipeline,
  frames: readonly Frame[],
  now: number,
  faults: { replays: number },
): Promise<string[]> {
  faults.replays++;
  const before = JSON.stringify(await incidentsIn(store));
  const readBatch = pipeline.read(frames, now);
  const stats = await untilStored(() => pipeline.commit(readBatch, now));
  const after = JSON.stringify(await incidentsIn(store));
  return before === after && stats.changes.length === 0 ? [] : ['a replayed batch has changed an incident'];
}

/** Garbage on a clock that jumps: nothing throws, and the invariants hold. */
async function withGarbage(random: Random, store: Store, lines: readonly Delivered[]): Promise<void> {
  const pipeline = pipelineOver(store);
  for (let from = 0; from < lines.length; from += 25) {
    const now = endOf(lines) + (random.below(40) - 20) * DAY;
    const frames = lines
      .slice(from, from + 25)
      .map(({ line, peer }) => frameOf(random.chance(0.5) ? garbled(random, line) : Buffer.from(line), peer, now));
    const readBatch = pipeline.read(frames, now);
    await untilStored(() => pipeline.commit(readBatch, now));
    await untilStored(() => pipeline.due(now, 1000));
  }
}

/** Retries a retryable error, as the pump does. */
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

/** A time after the last possible arrival. */
function endOf(lines: readonly SentLine[]): number {
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
    const { seed, lines, incidents, faults, violations } = await simulate(first + run);
    const directory = mkdtempSync(join(tmpdir(), 'quovadis-simulate-'));
    const files = await simulateFiles(seed, directory).finally(() => rmSync(directory, { recursive: true }));
    const what = Object.entries({ ...faults, ...files.faults }).map(([name, count]) => `${count} ${name}`);
    const all = [...violations, ...files.violations];
    process.stdout.write(
      `seed ${seed}: ${lines} lines, ${incidents} incidents, ${what.join(', ')}: ${all.length === 0 ? 'all invariants hold' : 'VIOLATED'}\n`,
    );
    for (const violation of all.slice(0, 10)) process.stdout.write(`  ${violation}\n`);
    if (all.length === 0) continue;
    process.stdout.write(`repeat it with SEED=${seed} npm run simulate\n`);
    process.exitCode = 1;
    break;
  }
}
