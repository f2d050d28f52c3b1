/**
 * The path on one screen: read → correlate → announce → commit. `read` makes observations of the bytes of records,
 * `correlate` decides what they change, `announce` says who is notified of it, and the store commits all of it or nothing.
 */
import type { Advisory } from '../core/advisory/advisory.ts';
import { announce, type Route } from '../core/announce/notice.ts';
import { advanceTime, correlate } from '../core/correlate/correlate.ts';
import { type Correlated, type Known, nothingCorrelated } from '../core/correlate/correlated.ts';
import type { Frame, Transport } from '../core/model/message.ts';
import type { Timekeeper } from '../core/read/event-time.ts';
import { type FilteredFrames, unfiltered } from '../core/read/frame-collector.ts';
import { LinkWatch } from '../core/read/link-watch.ts';
import type { Batch, Evictions, Unparsed } from '../store/ports/batch.ts';
import type { About, DecidingStore, Fate } from '../store/ports/devices.ts';
import { addDecision, type BatchStats, newBatchStats } from './batch-stats.ts';
import { type NewDeviceBounds, NewDevices } from './new-devices.ts';
import { aboutOf, BatchReader, type ReadBatch } from './read-batch.ts';

type Parts = {
  readonly store: DecidingStore;
  readonly advisory: Advisory;
  readonly time: Timekeeper;
  /** Seconds, for the duration of commits. */
  readonly clock: () => number;
  /** Who is notified of changes; without routes nobody. */
  readonly routes?: readonly Route[];
  /** Links that went down. Not stored: they only help to explain why a whole plant fails. */
  readonly links?: LinkWatch;
  /** Whether an address may speak for every device; without it all may. */
  readonly trusts?: (sender: string) => boolean;
  /** Whether an address is a relay's, and so identifies no device; without it none is known to be. */
  readonly isRelay?: (sender: string) => boolean;
  /** Who receives the lines, if each of several instances gets every line by a way of its own. */
  readonly receiver?: string;
  /** How many new devices a source may make; without it any number. */
  readonly newDevices?: NewDeviceBounds;
};

export class Pipeline {
  readonly links: LinkWatch;
  readonly #parts: Parts;
  readonly #reader: BatchReader;
  readonly #newDevices: NewDevices | null;
  /** Of each batch, as a commit that is repeated has the same. */
  readonly #abouts = new WeakMap<ReadBatch['observations'], About>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.links = parts.links ?? new LinkWatch();
    const { advisory, time, store, trusts, receiver, isRelay } = parts;
    this.#reader = new BatchReader(advisory, time, store.keepsEvidence, this.links, trusts, receiver, isRelay);
    this.#newDevices = parts.newDevices === undefined ? null : new NewDevices(parts.newDevices);
  }

  /**
   * Takes over the records that wait for their second one, the last ones that a repetition may repeat, and how many new
   * devices each source has made.
   */
  takeOver(former: Pipeline): void {
    this.#reader.takeOver(former.#reader);
    if (former.#newDevices !== null) this.#newDevices?.takeOver(former.#newDevices);
  }

  /** When the oldest record of a transport was received that waits for its second one; null if none of it waits. */
  waitingSince(transport: Transport): number | null {
    return this.#reader.waitingSince(transport);
  }

  /** Runs a batch of records to its commit and says what it was. `now` is the time of the decision. */
  async run(frames: readonly Frame[], now: number): Promise<BatchStats> {
    return this.commit(this.read(frames, now), now);
  }

  /** What a batch of records says. `end`: no record will come any more, so that none waits for its second one. */
  read(frames: readonly Frame[], now: number, { end = false } = {}): ReadBatch {
    return this.#reader.read(unfiltered(frames), now, () => this.#parts.time.samplesTime(), { end });
  }

  /** The same of records that a prefilter has kept; all of them are looked at for their time. */
  readFiltered(filtered: FilteredFrames, now: number): ReadBatch {
    return this.#reader.read(filtered, now, () => true);
  }

  /** Decides on what was read, and stores it. May be called again if the store fails. */
  async commit({ stats, observations, unparsed }: ReadBatch, now: number): Promise<BatchStats> {
    const { store, advisory } = this.#parts;
    if (observations.length === 0) return stats;
    let spend = () => {};
    const fold = (known: Known) => {
      const attempt = this.#newDevices?.attempt(now);
      if (attempt === undefined) return correlate(known, observations, advisory);
      spend = attempt.spend;
      return correlate({ ...known, admits: attempt.admits }, observations, advisory);
    };
    const about = this.#abouts.get(observations) ?? aboutOf(observations);
    this.#abouts.set(observations, about);
    const commit = (decide: (known: Known) => Batch) => store.commit(about, decide);
    const committed = await this.#store(stats, commit, fold, unparsed, now);
    spend();
    return committed;
  }

  /** What became of a commit that has failed; null: nothing was stored. */
  fateOf({ observations }: Pick<ReadBatch, 'observations'>): Fate | null {
    const about = this.#abouts.get(observations);
    return about === undefined ? null : (this.#parts.store.fateOf?.(about) ?? null);
  }

  /**
   * Only time has passed: what is due by `now` happens, for at most so many devices. May be called again with the same `now` and
   * `about` if the store fails.
   */
  async due(now: number, limit: number, about?: object): Promise<BatchStats> {
    const { store, advisory } = this.#parts;
    const fold = ({ devices }: Known) => advanceTime(devices.values(), () => now, advisory);
    const commit = (decide: (known: Known) => Batch) =>
      store.due(now, limit, (devices) => decide({ devices, aliases: new Map() }), about);
    return this.#store(newBatchStats(), commit, fold, [], now);
  }

  async #store(
    stats: BatchStats,
    commit: (decide: (known: Known) => Batch) => Promise<Evictions | null>,
    fold: (known: Known) => Correlated,
    unparsed: readonly Unparsed[],
    now: number,
  ): Promise<BatchStats> {
    const { advisory, clock, routes = [] } = this.#parts;
    const startedAt = clock();
    let [decided, decidingSeconds] = [nothingCorrelated, 0];
    const evictions = await commit((known) => {
      const knownAt = clock();
      decided = fold(known);
      const { copies: _, late: __, refused: ___, rateLimited: ____, ...changed } = decided;
      const devices = [...decided.devices.values()];
      const notices = announce({ ...changed, devices, notes: [] }, routes, advisory);
      decidingSeconds = clock() - knownAt;
      return { ...changed, devices, unparsed, notes: [], notices, now };
    });
    if (evictions !== null) addDecision(stats, decided, evictions, clock() - startedAt - decidingSeconds);
    return stats;
  }
}
