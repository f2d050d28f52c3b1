import type { Pipeline } from '../pipeline.ts';
import type { Tally } from '../tally.ts';
import type { IntakeQueue } from './intake-queue.ts';

type Options = {
  readonly queue: IntakeQueue;
  readonly pipeline: Pipeline;
  readonly now: () => number;
  /** Seconds, for intervals only. */
  readonly clock: () => number;
  readonly turned: (tally: Tally, seconds: number) => void;
  readonly failed: (error: unknown) => void;
};

/** How many devices one waking takes. */
const DUE_DEVICES = 1000;

/**
 * Drives the pipeline: one turn at a time, as long as lines wait; between them the event loop breathes. Deadlines are
 * looked for after each turn and when the timer says so.
 */
export class Pump {
  readonly #options: Options;
  #running: Promise<void> | null = null;
  #stopped = false;

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

  /** Finishes what waits. */
  async drain(): Promise<void> {
    while (this.#running !== null || (this.#options.queue.length > 0 && !this.#stopped)) {
      this.wake();
      await this.#running;
    }
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    try {
      // Lines that arrive in the same turn of the event loop share a commit.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#options.queue.length > 0) {
        const { queue, pipeline } = this.#options;
        await this.#turn(() => pipeline.run(queue.next(), this.#options.now()));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await this.#turn(() => this.#options.pipeline.wake(this.#options.now(), DUE_DEVICES));
    } catch (error) {
      this.#stopped = true;
      this.#options.failed(error);
    }
  }

  async #turn(run: () => Promise<Tally>): Promise<void> {
    const started = this.#options.clock();
    const tally = await run();
    if (tally.lines > 0 || tally.changes.length > 0) this.#options.turned(tally, this.#options.clock() - started);
  }
}
