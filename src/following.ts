/** What other instances on the same database decide is told here, too: in the log, the event stream, and to the sinks. */
import type { Engine } from './engine.ts';
import { OperatingError } from './errors.ts';
import type { OtherInstances } from './store/ports/others.ts';
import type { Log } from './telemetry/log.ts';

type Parts = {
  readonly others: OtherInstances;
  readonly engine: () => Pick<Engine, 'onElsewhere'>;
  readonly log: Pick<Log, 'warn'>;
  /** The service cannot go on. */
  readonly failed: (error: unknown) => void;
};

const EVERY_MS = 1000;

export class Following {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  /** The store could not be read at the last look. */
  #isBlind = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.#lookOnce(), EVERY_MS);
    this.#lookOnce();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking;
  }

  #lookOnce(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#looking = this.#look().finally(() => {
      this.#isLooking = false;
    });
  }

  async #look(): Promise<void> {
    const { others, engine, log, failed } = this.#parts;
    try {
      engine().onElsewhere(await others.next());
      this.#isBlind = false;
    } catch (error) {
      if (!(error instanceof OperatingError)) failed(error);
      else if (!this.#isBlind)
        log.warn({ err: error }, 'what other instances decide cannot be read: it is told once the store answers');
      this.#isBlind = true;
    }
  }
}
