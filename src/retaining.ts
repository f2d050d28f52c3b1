import { setTimeout as delay } from 'node:timers/promises';
import { OperatingError } from './errors.ts';
import type { DamageStore } from './store/ports/damage.ts';
import type { Retained, RetentionPolicy, RetentionStore } from './store/ports/retention.ts';
import type { Log } from './telemetry/log.ts';

type Parts = {
  readonly store: RetentionStore & Pick<DamageStore, 'scrub'>;
  /** The policy in use; asked for at each pass. */
  readonly policy: () => RetentionPolicy;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** The wall clock, in milliseconds. */
  readonly now: () => number;
  /** A clock that never steps, in seconds. */
  readonly clock: () => number;
  readonly onRetained: (retained: Retained) => void;
};

/** How often what is too old is looked for. */
export const PASS_EVERY_MS = 600_000;
/** How often all rows are looked at. */
const SCRUB_EVERY_SECONDS = 86_400;
/** Between two steps, commits have the store. */
const PAUSE_MS = 20;

/**
 * Deletes what is too old, and looks once a day at every row, in passes of short steps, while lines are received and stored.
 */
export class Retaining {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastSeconds: number;
  #scrubbedSeconds = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#lastSeconds = parts.clock();
  }

  start(): void {
    this.#running = this.#passes();
  }

  /** Ends after the step at work. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** One pass over the store. A failure of the store that may pass ends it; the next pass comes anyway. */
  async pass(): Promise<void> {
    const { store, policy, log, now, clock, onRetained } = this.#parts;
    const seconds = clock();
    const passedMs = (seconds - this.#lastSeconds) * 1000;
    const deleted = { incidents: 0, evidence: 0, transitions: 0, unparsed: 0, deliveries: 0 };
    try {
      await store.moveRetention(now(), passedMs);
      this.#lastSeconds = seconds;
      while (!this.#stop.signal.aborted) {
        const step = await store.retain(policy());
        if (step === null) break;
        onRetained(step);
        for (const key of Object.keys(deleted) as (keyof Retained)[]) deleted[key] += step[key];
        await this.#pause();
      }
      while (!this.#stop.signal.aborted && (await store.shrink())) await this.#pause();
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      log.warn({ err: error }, 'what is too old could not be deleted: the next try is in 10 minutes');
    }
    if (Object.values(deleted).some((count) => count > 0)) log.info(deleted, 'rows that were too old are deleted');
    if (seconds - this.#scrubbedSeconds < SCRUB_EVERY_SECONDS) return;
    this.#scrubbedSeconds = seconds;
    await this.#scrub();
  }

  /** What it finds is mended, and told, by whoever decides on lines. */
  async #scrub(): Promise<void> {
    const { store, log } = this.#parts;
    try {
      while (!this.#stop.signal.aborted && (await store.scrub())) await this.#pause();
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      log.warn({ err: error }, 'the rows of the database could not all be looked at: the next try is in a day');
    }
  }

  async #pause(): Promise<void> {
    await delay(PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  async #passes(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.pass();
      await delay(PASS_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}
