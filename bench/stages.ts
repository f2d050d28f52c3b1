/** Where each microsecond of a replay goes, stage by stage: the path of `replay` in this process, with a clock between. */

import { join } from 'node:path';
import { archiveFilesOf } from '../src/archive/archive-files.ts';
import { startArchiveReader } from '../src/archive/archive-reader.ts';
import { commitInBatches } from '../src/archive/batches.ts';
import { ArchiveSource } from '../src/archive/source.ts';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import { limits } from '../src/core/model/limits.ts';
import { ArchiveTime } from '../src/core/read/event-time.ts';
import type { FilteredFrames } from '../src/core/read/frame-collector.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import type { ReadBatch } from '../src/pipeline/read-batch.ts';
import { batchesOf } from '../src/receive/source.ts';
import { MemoryStore } from '../src/store/memory/store.ts';
import type { Batch } from '../src/store/ports/batch.ts';
import type { DecidingStore } from '../src/store/ports/devices.ts';
import { projectionOf } from '../src/store/projection.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { SqliteStore } from '../src/store/sqlite/store.ts';
import { WriteBuffer } from '../src/store/write-buffer.ts';
import { writeMix } from './generate.ts';
import type { Bench, Findings, Section } from './section.ts';
import { table } from './table.ts';

const STAGES = ['test', 'read', 'load', 'fold', 'commit'] as const;
type Stage = (typeof STAGES)[number];
/** Milliseconds. */
type Spent = Record<Stage, number>;

/** Nothing is stored; all is buffered, as in `replay --data`; or each block is a commit, which is much like `serve`. */
type Kept = 'nowhere' | 'buffered' | 'by block';

const MIXES: readonly { name: string; share: number; part: number; kept: Kept }[] = [
  { name: '2 %', share: 0.02, part: 1, kept: 'nowhere' },
  { name: '2 %, each block a commit', share: 0.02, part: 1, kept: 'by block' },
  { name: '100 %', share: 1, part: 0.4, kept: 'nowhere' },
  { name: '100 %, stored', share: 1, part: 0.4, kept: 'buffered' },
];

export const stagesSection: Section = { name: 'stages', title: 'Where each microsecond goes', measure };

async function measure(bench: Bench): Promise<Findings> {
  const lines = bench.length('lines', 1_000_000, 50_000);
  const rows: (string | number)[][] = [];
  for (const { name, share, part, kept } of MIXES) {
    const count = Math.ceil(lines * part);
    const file = join(bench.directory, 'stages.log');
    const { matching } = await writeMix(file, { lines: count, share, devices: 5000, seed: 1 });
    const spent = await replayed(file, kept, join(bench.directory, `stages-${rows.length}`));
    const micros = (ms: number, of: number) => ((ms * 1000) / of).toFixed(2);
    const perTracked = STAGES.filter((stage) => stage !== 'test').map((stage) => micros(spent[stage], matching));
    rows.push([name, count, matching, micros(spent.test, count), ...perTracked]);
  }
  return {
    text: `Microseconds, on one thread, without the start. \`test\` is per line: splitting and the prefilter. The other columns are per
tracked line: \`read\` is the header, the body, the interpretation, and the time of every 256th ordinary line; \`load\` and
\`commit\` are the store, \`fold\` is the correlation. Garbage that one stage makes may be collected in another stage.
A block has some 140 tracked lines, about as many as a commit of \`serve\` in a storm.

${table(['mix', 'lines', 'tracked', ...STAGES], rows)}`,
    goals: [],
    alarms: [],
    versions: [],
  };
}

async function replayed(name: string, kept: Kept, data: string): Promise<Spent> {
  const spent: Spent = { test: 0, read: 0, load: 0, fold: 0, commit: 0 };
  const advisory = await loadAdvisory(shippedAdvisory);
  const projection = projectionOf(advisory);
  // The same stores as in `replay`.
  const own =
    kept === 'nowhere'
      ? new MemoryStore(projection, undefined, { history: false })
      : new SqliteStore(openDatabase(data), projection);
  const buffer = kept === 'buffered' ? new WriteBuffer(own) : null;
  const store = watched(buffer ?? own, spent);
  const [file] = archiveFilesOf([name], Date.now());
  if (file === undefined) throw new Error(`${name} is not there`);
  const time = new ArchiveTime(file.end, () => 0);
  const pipeline = new WatchedPipeline(spent, { store, advisory, time, clock: () => 0 });
  const started = performance.now();
  const source = new ArchiveSource(startArchiveReader(0), file);
  await source.start();
  await commitInBatches(pipeline, batchesOf(source), file.end, () => {}, {
    ...limits,
    ...(kept === 'by block' ? { archiveLines: 1, archiveLinesPerDevice: 0 } : {}),
  });
  const flushed = performance.now();
  await buffer?.flush();
  spent.commit += performance.now() - flushed;
  spent.test = performance.now() - started - spent.read - spent.load - spent.fold - spent.commit;
  await own.close();
  return spent;
}

class WatchedPipeline extends Pipeline {
  readonly #spent: Spent;

  constructor(spent: Spent, parts: ConstructorParameters<typeof Pipeline>[0]) {
    super(parts);
    this.#spent = spent;
  }

  override readFiltered(filtered: FilteredFrames, now: number): ReadBatch {
    const started = performance.now();
    const batch = super.readFiltered(filtered, now);
    this.#spent.read += performance.now() - started;
    return batch;
  }

  override async commit(batch: ReadBatch, now: number): ReturnType<Pipeline['commit']> {
    const started = performance.now();
    const before = this.#spent.load + this.#spent.commit;
    const stats = await super.commit(batch, now);
    const inStore = this.#spent.load + this.#spent.commit - before;
    this.#spent.fold += performance.now() - started - inStore;
    return stats;
  }
}

/** The same store. It also measures how long the store reads before the fold and writes after the fold. */
function watched(store: DecidingStore, spent: Spent): DecidingStore {
  const timed = async <Seen, E>(
    fold: (seen: Seen) => Batch,
    run: (fold: (seen: Seen) => Batch) => Promise<E>,
  ): Promise<E> => {
    const began = performance.now();
    let ended = began;
    const result = await run((seen) => {
      spent.load += performance.now() - began;
      const batch = fold(seen);
      ended = performance.now();
      return batch;
    });
    spent.commit += performance.now() - ended;
    return result;
  };
  return {
    keepsEvidence: store.keepsEvidence,
    commit: (about, fold) => timed(fold, (seen) => store.commit(about, seen)),
    due: (now, limit, fold) => timed(fold, (seen) => store.due(now, limit, seen)),
  };
}
