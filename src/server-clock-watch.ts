import { OperatingError } from './errors.ts';
import type { ServerClock } from './server-clock.ts';
import type { Log } from './telemetry/log.ts';

type Parts = {
  readonly clock: ServerClock;
  readonly log: Pick<Log, 'warn' | 'info'>;
  /** Called with the offset after each measurement, also one that failed, and at the start. */
  readonly onMeasured?: (offset: number | null) => void;
  /** How often the clock is measured, in milliseconds. */
  readonly everyMs?: number;
};

const EVERY_MS = 10_000;
/** Until it can be measured again: the instance may not be ready before. */
const RETRY_MS = 1000;

/** Measures the clock of the server while the service runs, and says where this machine's differs. */
export class ServerClockWatch {
  readonly clock: ServerClock;
  readonly #log: Parts['log'];
  readonly #onMeasured: NonNullable<Parts['onMeasured']>;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #isFailing = false;
  #isBeyond = false;

  constructor({ clock, log, onMeasured = () => {}, everyMs = EVERY_MS }: Parts) {
    this.#onMeasured = onMeasured;
    this.clock = clock;
    this.#log = log;
    this.#everyMs = everyMs;
  }

  /** `failed`: called with a defect. */
  start(failed: (error: unknown) => void): void {
    this.#tell();
    const next = () => {
      if (this.#stopped) return;
      this.#timer = setTimeout(
        () => {
          this.#measure().then(next, failed);
        },
        this.#isFailing ? Math.min(RETRY_MS, this.#everyMs) : this.#everyMs,
      );
    };
    next();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #measure(): Promise<void> {
    try {
      await this.clock.measure();
    } catch (error) {
      // The store is closed meanwhile.
      if (this.#stopped) return;
      if (!(error instanceof OperatingError)) throw error;
      if (!this.#isFailing)
        this.#log.warn(
          { err: error },
          'the clock of PostgreSQL cannot be measured: it goes on as it was measured last',
        );
      this.#isFailing = true;
      this.#onMeasured(this.clock.offset);
      return;
    }
    if (this.#isFailing) this.#log.info('the clock of PostgreSQL can be measured again');
    this.#isFailing = false;
    this.#tell();
  }

  #tell(): void {
    const { offset } = this.clock;
    this.#onMeasured(offset);
    const problem = offset === null ? null : this.clock.problem();
    if (problem !== null && !this.#isBeyond) this.#log.warn({ offsetSeconds: (offset ?? 0) / 1000 }, problem);
    if (problem === null && this.#isBeyond)
      this.#log.info('the clock of this machine is near that of PostgreSQL again');
    this.#isBeyond = problem !== null;
  }
}
