import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { OperatingError } from './errors.ts';
import { bringOver, type Progress, progressText } from './operate/bring-over.ts';
import type { Pump } from './pipeline/pump.ts';
import type { Readiness } from './serve/readiness.ts';
import type { Store } from './store/ports/store.ts';
import type { Log } from './telemetry/log.ts';
import { yieldToEventLoop } from './yield-to-event-loop.ts';

type Parts = {
  readonly store: Store;
  /** The engine in use; asked for each batch of devices, as it may be replaced in between. */
  readonly engine: () => Engine;
  readonly pump: Pick<Pump, 'hold' | 'resume'>;
  readonly readiness: Pick<Readiness, 'onMigration' | 'onStoreError'>;
  readonly log: Log;
  /** Milliseconds. */
  readonly now: () => number;
  /** The store has an error that does not pass. */
  readonly failed: (error: unknown) => void;
};

/** How often the log has the progress. */
const LOG_EVERY_MS = 3000;
/** How long after a failure of the store that may pass the next try is. */
const PAUSE_MS = 1000;

/**
 * Brings the stored devices over to the engine in use, while the pump is held: lines wait, as in a storm, and are folded
 * over devices that are all judged alike. Where a device is left after a stop or a kill, the next start goes on with it.
 */
export class BringingOver {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #onProgress: (progress: Progress) => void;
  /** One run after the other; it never rejects. */
  #running: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#onProgress = this.#logged();
  }

  /**
   * Holds the pump while there are devices to bring over, and begins. `done()` resolves when all devices and incidents are
   * brought over; lines are taken while incidents are.
   */
  async start(): Promise<void> {
    const { store, pump, failed } = this.#parts;
    if (this.#stop.signal.aborted) return;
    if ((await store.unjudged()).count > 0) {
      this.#running = Promise.all([this.#running, pump.hold()])
        .then(() => this.#retried(() => this.#devices()))
        .catch(failed)
        .finally(() => pump.resume());
    }
    this.#running = this.#running.then(() => this.#retried(() => this.#incidents())).catch(failed);
  }

  done(): Promise<void> {
    return this.#running;
  }

  /** Ends after the batch at work. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #devices(): Promise<void> {
    const { engine, store, readiness, log } = this.#parts;
    const { signal } = this.#stop;
    await bringOver(store, engine, {
      goesOn: () => !signal.aborted,
      onProgress: this.#onProgress,
      onSetAside: ({ key, why }) =>
        log.error({ device: key, why }, 'the device cannot be judged: it is set aside, its next line makes a new one'),
    });
    readiness.onMigration(null);
  }

  /** They are shown meanwhile, without what an older version did not store. */
  async #incidents(): Promise<void> {
    const { store, now } = this.#parts;
    while (!this.#stop.signal.aborted && (await store.bringIncidentsOver(now()))) await yieldToEventLoop();
  }

  /** A failure of the store that may pass is tried again. */
  async #retried(work: () => Promise<void>): Promise<void> {
    const { readiness } = this.#parts;
    const { signal } = this.#stop;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof OperatingError) || !error.retryable || signal.aborted) throw error;
        readiness.onStoreError(error);
        await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
        readiness.onStoreError(null);
      }
    }
  }

  /** Readiness has each step, the log one every few seconds, and the first and the last. */
  #logged(): (progress: Progress) => void {
    const { readiness, log, now } = this.#parts;
    let loggedAt = Number.NEGATIVE_INFINITY;
    return (progress) => {
      const text = progressText(progress);
      readiness.onMigration(text);
      if (progress.done < progress.total && now() - loggedAt < LOG_EVERY_MS) return;
      loggedAt = now();
      log.info({ done: progress.done, total: progress.total }, text);
    };
  }
}
