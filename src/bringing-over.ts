import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { OperatingError } from './errors.ts';
import { bringOver, countingText, type Progress, progressText } from './operate/bring-over.ts';
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
/** An instance of an older version stores devices without what this version adds. */
const WATCH_EVERY_MS = 60_000;

/**
 * Brings the stored devices over to the engine in use, while the pump is held: lines wait, as in a storm, and are folded
 * over devices that are all judged alike. What is only counted and found by is brought over while lines are taken. What is left
 * after a stop or a kill, the next start goes on with.
 */
export class BringingOver {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #loggedAt = Number.NEGATIVE_INFINITY;
  /** One run after the other; it never rejects. */
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isWatching = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Holds the pump while there are devices to judge anew, and begins. `done()` resolves when all is brought over; lines are
   * taken while devices are counted and incidents are brought over.
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
    this.#running = this.#running.then(() => this.#beside()).catch(failed);
  }

  done(): Promise<void> {
    return this.#running;
  }

  /** Resolves when all is brought over that is not yet. */
  async whole(): Promise<void> {
    await this.start();
    await this.done();
  }

  /**
   * On a store of several instances: looks again and again for what one of an older version has stored meanwhile. These are few, so
   * the service stays ready.
   */
  watch(everyMs = WATCH_EVERY_MS): void {
    this.#timer = setInterval(() => void this.#again(), everyMs);
  }

  /** Ends after the batch at work. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  async #again(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    await this.#retried(() => this.whole()).catch(this.#parts.failed);
    this.#isWatching = false;
  }

  /** What is brought over while lines are taken. */
  async #beside(): Promise<void> {
    const { store, pump } = this.#parts;
    await this.#retried(() => this.#members());
    // A device that could not be read was found.
    if ((await store.unjudged()).count > 0) {
      await pump.hold();
      await this.#retried(() => this.#devices()).finally(() => pump.resume());
    }
    await this.#retried(() => this.#incidents());
  }

  async #devices(): Promise<void> {
    const { engine, store, readiness, log } = this.#parts;
    const { signal } = this.#stop;
    await bringOver(store, engine, {
      goesOn: () => !signal.aborted,
      onProgress: (progress) => this.#say(progress, progressText(progress)),
      onSetAside: ({ key, why }) =>
        log.error({ device: key, why }, 'the device cannot be judged: it is set aside, its next line makes a new one'),
    });
    readiness.onMigration(null);
  }

  /** Lists and counts of devices say meanwhile that they are not complete. */
  async #members(): Promise<void> {
    const { store, readiness } = this.#parts;
    const total = await store.notCounted();
    if (total === 0) return;
    for (let done = 0; !this.#stop.signal.aborted; ) {
      const progress = { done, total: Math.max(total, done) };
      if (!this.#isWatching) this.#say(progress, countingText(progress));
      const count = await store.bringMembersOver();
      if (count === 0) break;
      done += count;
      await yieldToEventLoop();
    }
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
  #say({ done, total }: Pick<Progress, 'done' | 'total'>, text: string): void {
    const { readiness, log, now } = this.#parts;
    readiness.onMigration(text);
    if (done > 0 && done < total && now() - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now();
    log.info({ done, total }, text);
  }
}
