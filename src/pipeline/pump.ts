import { limits } from '../core/model/limits.ts';
import type { HeardFrame } from '../core/read/hearing.ts';
import { OperatingError } from '../errors.ts';
import type { FrameBatch, Source, UnstoredFrame } from '../receive/source.ts';
import type { Fate } from '../store/ports/devices.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import type { BatchStats } from './batch-stats.ts';
import type { Pipeline } from './pipeline.ts';

type Options = {
  /** The pump is the consumer of these sources; somebody else starts and stops them. */
  readonly sources: readonly Source[];
  /** A source that has all of its batches from the beginning: they come before those of the others. */
  readonly first?: Source;
  /** The pipeline that is in use; asked for each batch, as it may be replaced in between. */
  readonly pipeline: () => Pick<Pipeline, 'read' | 'readFiltered' | 'commit' | 'due' | 'waitingSince' | 'fateOf'>;
  /** Milliseconds: the time of each decision. */
  readonly now: () => number;
  /** Seconds, for intervals only. */
  readonly clock: () => number;
  /** Called for every batch that had lines or was committed. `seconds`: how long it took, its commit included. */
  readonly onBatch: (stats: BatchStats, seconds: number) => void;
  /** The pump has met an error that does not pass, and has stopped. */
  readonly failed: (error: unknown) => void;
  /** The store has failed in a way that may pass; the same batch is tried again. Null: the store works again. */
  readonly onStoreError: (error: OperatingError | null) => void;
  /** Takes damaged rows of the store out of the way. */
  readonly mend: () => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** The store is on a server: requests are answered while it commits, and few lines take it as long as many. */
  readonly isOnServer?: boolean;
};

/** `fate`: what became of its commit, if that has failed. */
type AtWork = { readonly batch: FrameBatch; readonly fate: () => Fate | null };

/** How many devices one check for deadlines takes, and how often one is made at least while lines wait. */
const DUE_DEVICES = 250;
const CHECK_EVERY_SECONDS = 1;
/** A connection is accepted in one turn of the event loop, its request read in the next, and answered in another. */
const TURNS_BETWEEN = 4;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/**
 * Drives the pipeline: one batch at a time, as long as a source has one; each is acknowledged after its commit. One
 * with lines over RELP is acknowledged once those that wait for their second one are stored, too. Deadlines are
 * checked when no line waits, when `wake()` is called by a timer, and every second while lines never cease.
 */
export class Pump {
  readonly #options: Options;
  /** Lines of the commit at work that had waited for their second one. */
  #held = 0;
  /** Batches over RELP with a line that is not stored, as it waits for its second one; `at`: when they were read. */
  #unanswered: { readonly batch: FrameBatch; readonly at: number }[] = [];
  /** The batch at work. */
  #atWork: AtWork | null = null;
  #running: Promise<void> | null = null;
  /** A source has called since the last time that no source had a batch. */
  #pending = false;
  /** The source that is asked first for the next batch. */
  #turn = 0;
  #stopped = false;
  /** How many have called `hold()` and not `resume()`. */
  #holds = 0;
  #draining = false;
  /** How many lines a batch has at most: as many as take some `limits.commitMs`, so that requests are answered meanwhile. */
  #size: number;
  /** When deadlines were checked last; seconds. */
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.#options = options;
    this.#size = options.isOnServer === true ? limits.commitLines : limits.leastCommitLines;
    for (const source of options.sources) {
      source.onWake(() => {
        this.#pending = true;
        this.wake();
      });
    }
  }

  /** Takes the batches that there are, and checks the deadlines; safe to call at any time. */
  wake(): void {
    if (this.#stopped || this.#holds > 0 || this.#running !== null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#pending) this.wake();
    });
  }

  /** Takes no batch before `resume()`. Resolves once the batch at work is stored. */
  async hold(): Promise<void> {
    this.#holds++;
    await this.#running;
  }

  resume(): void {
    this.#holds--;
    this.wake();
  }

  /**
   * Commits what the sources still have, and first lines that wait for their second one; then the pump is stopped. To be
   * called once the sources are stopped. A store that fails is not waited for any more.
   */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#holds = 0;
    while (this.#running !== null || (this.#pending && !this.#stopped)) {
      this.wake();
      await this.#running;
    }
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#commitHeld({ end: true }).catch(this.#options.failed);
  }

  /**
   * After `drain()`: the frames that were received and are not stored, in their order, but those over RELP: their senders have
   * no answer, and send them again. `held`: how many lines more waited for
   * their second one, whose frames are gone.
   */
  unstored(): { readonly frames: readonly UnstoredFrame[]; readonly held: number } {
    const frames: UnstoredFrame[] = [];
    const put = (batch: FrameBatch, of: { readonly turn?: string }) => {
      for (const frame of batch.filtered.frames) if (!isAnswered(frame)) frames.push({ ...frame, ...of });
    };
    const fate = this.#atWork?.fate() ?? null;
    if (this.#atWork !== null && fate?.isStored !== true) put(this.#atWork.batch, fate ?? {});
    for (let batch = this.#next(); batch !== null; batch = this.#next()) put(batch, {});
    this.#atWork = null;
    return { frames, held: this.#held };
  }

  async #run(): Promise<void> {
    try {
      // Lines that arrive in the same turn of the event loop share a commit.
      await yieldToEventLoop();
      for (let batch = this.#next(); batch !== null; batch = this.#next()) {
        await this.#runBatch(batch);
        if (this.#options.clock() - this.#checkedAt >= CHECK_EVERY_SECONDS) await this.#due();
        for (let turn = 0; turn < TURNS_BETWEEN; turn++) await yieldToEventLoop();
        if (this.#holds > 0) return;
      }
      await this.#commitHeld();
      await this.#due();
    } catch (error) {
      this.#stopped = true;
      this.#options.failed(error);
    }
  }

  /** The sources take turns. */
  #next(): FrameBatch | null {
    const { sources, first } = this.#options;
    const early = first?.next(this.#size) ?? null;
    if (early !== null) return early;
    for (let tries = 0; tries < sources.length; tries++) {
      const batch = sources[this.#turn]?.next(this.#size) ?? null;
      this.#turn = (this.#turn + 1) % sources.length;
      if (batch !== null) return batch;
    }
    this.#pending = false;
    return null;
  }

  /** Frames are read once; what they say is decided on until it is stored. */
  async #runBatch(batch: FrameBatch): Promise<void> {
    const { now } = this.#options;
    const pipeline = this.#options.pipeline();
    const at = now();
    const started = this.#options.clock();
    this.#atWork = { batch, fate: () => null };
    const read = pipeline.readFiltered(batch.filtered, at);
    // A line that waits for its second one is in no commit yet.
    const isWhole = () => batch.filtered.frames.every(({ transport }) => pipeline.waitingSince(transport) === null);
    this.#atWork = { batch, fate: () => (isWhole() ? pipeline.fateOf(read) : null) };
    await this.#timed(() => pipeline.commit(read, at));
    this.#atWork = null;
    if (batch.filtered.frames.some(isAnswered)) this.#unanswered.push({ batch, at });
    else batch.ack();
    this.#answer();
    if (this.#options.isOnServer !== true)
      this.#size = sizeAfter(this.#size, batch.filtered.frames.length, (this.#options.clock() - started) * 1000);
  }

  /** First lines that have waited long enough for their second one. `end`: all first lines, as no line comes any more. */
  async #commitHeld(options: { end?: boolean } = {}): Promise<void> {
    const { now } = this.#options;
    const pipeline = this.#options.pipeline();
    const at = now();
    const read = pipeline.read([], at, options);
    this.#held = read.observations.length;
    await this.#timed(() => pipeline.commit(read, at));
    this.#held = 0;
    this.#answer();
  }

  /** Acknowledges the batches of which every line is stored. */
  #answer(): void {
    if (this.#unanswered.length === 0) return;
    const since = this.#options.pipeline().waitingSince('relp') ?? Number.POSITIVE_INFINITY;
    const waits = this.#unanswered.findIndex(({ at }) => at >= since);
    const stored = this.#unanswered.splice(0, waits === -1 ? this.#unanswered.length : waits);
    for (const { batch } of stored) batch.ack();
  }

  async #due(): Promise<void> {
    const { pipeline, now, clock } = this.#options;
    this.#checkedAt = clock();
    const [at, about] = [now(), {}];
    await this.#timed(() => pipeline().due(at, DUE_DEVICES, about));
  }

  async #timed(run: () => Promise<BatchStats>): Promise<void> {
    const started = this.#options.clock();
    const stats = await this.#untilStored(run);
    // A held first line can be committed in a batch without new lines.
    if (stats.lines > 0 || stats.commitSeconds !== null) this.#options.onBatch(stats, this.#options.clock() - started);
  }

  /** Meanwhile the sources fill: stream senders wait, datagrams beyond the bound are dropped and counted. */
  async #untilStored(run: () => Promise<BatchStats>): Promise<BatchStats> {
    let [isDamaged, isReported] = [false, false];
    for (let attempt = 0; ; attempt++) {
      try {
        if (isDamaged) await this.#options.mend();
        const stats = await run();
        if (isReported) this.#options.onStoreError(null);
        return stats;
      } catch (error) {
        isDamaged = error instanceof OperatingError && error.code === 'QVW_ROW_DAMAGED';
        if (isDamaged && attempt === 0) continue;
        if (!(error instanceof OperatingError) || !error.retryable || this.#draining) throw error;
        isReported = true;
        this.#options.onStoreError(error);
        await this.#options.pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
      }
    }
  }
}

/** Whether the sender of a frame waits for an answer, and sends it again without one. */
function isAnswered({ transport }: HeardFrame): boolean {
  return transport === 'relp';
}

/** How many lines the next batch may have after one of `lines` has taken `ms`. */
export function sizeAfter(size: number, lines: number, ms: number): number {
  if (ms > limits.commitMs)
    return Math.max(limits.leastCommitLines, Math.floor((Math.min(size, lines) * limits.commitMs) / ms));
  const isFull = lines >= size && ms < limits.commitMs / 2;
  return isFull ? Math.min(limits.commitLines, size * 2) : size;
}
