import type { Frame } from '../core/model/message.ts';
import { OperatingError } from '../errors.ts';
import type { IntakeQueue } from '../receive/intake-queue.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import type { BatchStats } from './batch-stats.ts';
import type { Pipeline } from './pipeline.ts';

type Options = {
  readonly queue: IntakeQueue;
  readonly pipeline: Pick<Pipeline, 'read' | 'commit' | 'due'>;
  readonly now: () => number;
  /** Seconds, for intervals only. */
  readonly clock: () => number;
  readonly onBatch: (stats: BatchStats, seconds: number) => void;
  readonly failed: (error: unknown) => void;
  /** The store failed in a way that may pass; the same turn is tried again. Null: it works again. */
  readonly troubled: (error: OperatingError | null) => void;
  readonly pause: (ms: number) => Promise<void>;
};

/** How many devices one look for deadlines takes, and how long none is made while lines wait. */
const DUE_DEVICES = 1000;
const LOOK_EVERY_SECONDS = 1;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Drives the pipeline: one turn at a time, as long as lines wait; between them the event loop breathes. Deadlines are
 * looked for when no line waits any more, when the timer says so, and in a storm that has no end now and then.
 */
export class Pump {
  readonly #options: Options;
  #running: Promise<void> | null = null;
  #stopped = false;
  #draining = false;
  /** When deadlines were looked for last; seconds. */
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.#options = options;
  }

  /** There is something to do; safe to call at any time. */
  wake(): void {
    if (this.#stopped || this.#running !== null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#options.queue.length > 0) this.wake();
    });
  }

  /** Finishes what waits; trouble is not waited for any more. */
  async drain(): Promise<void> {
    this.#draining = true;
    while (this.#running !== null || (this.#options.queue.length > 0 && !this.#stopped)) {
      this.wake();
      await this.#running;
    }
    if (this.#stopped) return;
    this.#stopped = true;
    await this.runBatch([], { end: true }).catch(this.#options.failed);
  }

  async #run(): Promise<void> {
    try {
      // Lines that arrive in the same turn of the event loop share a commit.
      await yieldToEventLoop();
      while (this.#options.queue.length > 0) {
        await this.runBatch(this.#options.queue.next());
        if (this.#options.clock() - this.#lookedAt >= LOOK_EVERY_SECONDS) await this.#due();
        await yieldToEventLoop();
      }
      await this.runBatch([]);
      await this.#due();
    } catch (error) {
      this.#stopped = true;
      this.#options.failed(error);
    }
  }

  /** Frames are read once, and decided until that is stored. */
  async runBatch(frames: readonly Frame[], options: { end?: boolean } = {}): Promise<void> {
    const { pipeline, now } = this.#options;
    const at = now();
    const turn = pipeline.read(frames, at, options);
    await this.#timed(() => pipeline.commit(turn, at));
  }

  async #due(): Promise<void> {
    const { pipeline, now, clock } = this.#options;
    this.#lookedAt = clock();
    await this.#timed(() => pipeline.due(now(), DUE_DEVICES));
  }

  async #timed(run: () => Promise<BatchStats>): Promise<void> {
    const started = this.#options.clock();
    const stats = await this.#untilStored(run);
    // A line that waited for its second one may be decided on when no other comes.
    if (stats.lines > 0 || stats.commitSeconds !== null) this.#options.onBatch(stats, this.#options.clock() - started);
  }

  /** Meanwhile the queue fills: stream senders wait, datagrams beyond its bound are dropped and counted. */
  async #untilStored(run: () => Promise<BatchStats>): Promise<BatchStats> {
    for (let attempt = 0; ; attempt++) {
      try {
        const stats = await run();
        if (attempt > 0) this.#options.troubled(null);
        return stats;
      } catch (error) {
        if (!(error instanceof OperatingError) || !error.retryable || this.#draining) throw error;
        this.#options.troubled(error);
        await this.#options.pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
      }
    }
  }
}
