/**
 * The path on one screen: frame → core → envelope → message → signal → changes → one transaction.
 * Lines that are none of ours end at the first stage, as bytes.
 */

import type { Advisory } from '../core/advisory/advisory.ts';
import { announce, type Route } from '../core/announce/notice.ts';
import { advanceTime, correlate } from '../core/correlate/correlate.ts';
import type { Correlated, Known } from '../core/correlate/correlated.ts';
import type { Frame } from '../core/model/message.ts';
import { aliasesIn, nameOf, UNIDENTIFIED } from '../core/model/names.ts';
import type { Timekeeper } from '../core/read/event-time.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { LinkWatch } from '../core/read/link-watch.ts';
import type { Unparsed } from '../store/ports/batch.ts';
import type { DecidingStore } from '../store/ports/devices.ts';
import { type BatchStats, newBatchStats } from './batch-stats.ts';
import { BatchReader, type ReadBatch } from './read-batch.ts';

export class Pipeline {
  /** Not stored: it only helps to tell why a whole plant fails. */
  readonly links = new LinkWatch();
  readonly #store: DecidingStore;
  readonly #advisory: Advisory;
  readonly #time: Timekeeper;
  readonly #clock: () => number;
  readonly #routes: readonly Route[];
  readonly #reader: BatchReader;

  /** `clock`: seconds, for the duration of commits. `routes`: who is told of changes; without them nobody. */
  constructor(parts: {
    store: DecidingStore;
    advisory: Advisory;
    time: Timekeeper;
    clock: () => number;
    routes?: readonly Route[];
  }) {
    this.#store = parts.store;
    this.#advisory = parts.advisory;
    this.#time = parts.time;
    this.#clock = parts.clock;
    this.#routes = parts.routes ?? [];
    this.#reader = new BatchReader(parts.advisory, parts.time, parts.store.keepsEvidence, this.links);
  }

  /** Runs a batch of frames to its commit and says what it was. `now` is the time of the decision. */
  async run(frames: readonly Frame[], now: number): Promise<BatchStats> {
    return this.commit(this.read(frames, now), now);
  }

  /** What a batch of records says. `end`: no record will come any more, so that none waits for its second one. */
  read(frames: readonly Frame[], now: number, { end = false } = {}): ReadBatch {
    const unfiltered = { before: [], after: 0, other: 0, noCore: 0, oversize: 0, links: new Map() };
    return this.#reader.read({ ...unfiltered, frames }, now, () => this.#time.samplesTime(), { end });
  }

  /** The same of records that a prefilter has kept; all of them are looked at for their time. */
  readFiltered(filtered: FilteredFrames, now: number): ReadBatch {
    return this.#reader.read(filtered, now, () => true);
  }

  /** Decides what was read, and stores it. May be tried again if the store fails. */
  async commit({ stats, observations, unparsed }: ReadBatch, now: number): Promise<BatchStats> {
    if (observations.length === 0) return stats;
    const names = new Set<string>();
    const primary = new Set<string>();
    for (const said of new Set(observations.map((observation) => observation.names))) {
      for (const name of aliasesIn(said)) names.add(name);
      primary.add(nameOf(said) ?? UNIDENTIFIED);
    }
    const load = async () => {
      const aliases = await this.#store.aliases(names);
      const keys = new Set(primary);
      for (const key of aliases.values()) if (key !== null) keys.add(key);
      // First the room: to know it a store may have to write, and devices have another version then.
      const room = await this.#store.capacityFor(primary.size);
      return { aliases, devices: await this.#store.load(keys), room };
    };
    await this.#commit(stats, unparsed, now, load, (known) => correlate(known, observations, this.#advisory));
    return stats;
  }

  /** Only time has passed: what is due by `now` happens, for at most so many devices. */
  async due(now: number, limit: number): Promise<BatchStats> {
    const stats = newBatchStats();
    const due = await this.#store.due(now, limit);
    if (due.length > 0) {
      const keys = due.map(({ key }) => key);
      const load = async () => ({ aliases: new Map(), devices: await this.#store.load(keys) });
      const fold = ({ devices }: Known) => advanceTime(devices.values(), () => now, this.#advisory);
      await this.#commit(stats, [], now, load, fold);
    }
    return stats;
  }

  /** Decides on the stored states and commits; where somebody else was faster, decides anew on theirs. */
  async #commit(
    stats: BatchStats,
    unparsed: readonly Unparsed[],
    now: number,
    load: () => Promise<Known>,
    fold: (known: Known) => Correlated,
  ): Promise<void> {
    for (;;) {
      const { devices: folded, copies, refused, ...rest } = fold(await load());
      const devices = [...folded.values()];
      const notices = announce({ ...rest, devices, notes: [] }, this.#routes, this.#advisory);
      const started = this.#clock();
      const result = await this.#store.commit({ ...rest, devices, unparsed, notes: [], notices, now });
      if (result.kind === 'conflict') continue;
      stats.commitSeconds = this.#clock() - started;
      stats.evicted += result.evicted;
      stats.forgotten += result.forgotten;
      for (const given of result.droppedNotices) stats.droppedNotices.push(given);
      stats.devices += devices.length;
      stats.copies += copies;
      stats.refused += refused;
      // There may be more than a call takes arguments.
      for (const change of rest.changes) stats.changes.push(change);
      return;
    }
  }
}
