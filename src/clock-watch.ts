import { SteadyClock } from './steady-clock.ts';
import type { Store } from './store/ports/store.ts';
import type { Log } from './telemetry/log.ts';

/** The clocks of the service, of which no step is believed at once; or, in tests, a function that is believed in any case. */
export type Clock = (() => number) | { readonly wall?: () => number; readonly monotonic?: () => number };

type Parts = {
  readonly store: Pick<Store, 'markBeyond'>;
  /** Judges marked devices anew. */
  readonly bringing: { start(): Promise<void> };
};

/** The time of the service, what is said of the steps of its clock, and what is done once a clock that was ahead is set back. */
export class ClockWatch {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly #steady: SteadyClock | null;
  readonly #log: Pick<Log, 'warn' | 'info' | 'error'>;
  /** Devices are to be looked for that were decided about beyond now. */
  #isDue = true;
  /** How far it was set back since they were looked for; unknown at a start. */
  #setBackMs = 0;

  constructor(clock: Clock, log: Pick<Log, 'warn' | 'info' | 'error'>) {
    this.#log = log;
    if (typeof clock === 'function') {
      this.now = clock;
      this.#steady = null;
      return;
    }
    this.#steady = new SteadyClock({
      ...clock,
      onStep: ({ byMs }) =>
        log.error(
          { bySeconds: byMs / 1000 },
          `the clock made a step ${direction(byMs)}: it is not used unless it stays there`,
        ),
      onBack: () => log.info('the clock is back where it was before its step: nothing was decided by it'),
      onBelieved: ({ byMs }) => {
        log.warn(
          { bySeconds: byMs / 1000 },
          `the clock has stayed where its step ${direction(byMs)} led: it is used now`,
        );
        if (byMs >= 0) return;
        this.#isDue = true;
        this.#setBackMs -= byMs;
      },
    });
    this.now = this.#steady.now;
  }

  /** As `SteadyClock.state`. */
  get state(): SteadyClock['state'] {
    return this.#steady?.state ?? { steps: 0, heldMs: 0 };
  }

  /**
   * Marks devices that were decided about by a clock that was ahead, if it may have been: at a start, and after it was set
   * back. Returns how many. Throws as the store does; to be called again then.
   */
  async mark(store: Parts['store']): Promise<number> {
    const now = this.now();
    if (!this.#isDue) return 0;
    const devices = await store.markBeyond(now, this.#setBackMs);
    [this.#isDue, this.#setBackMs] = [false, 0];
    if (devices > 0)
      this.#log.warn(
        { devices },
        'devices were decided about while the clock was ahead: they are judged anew, without its times',
      );
    return devices;
  }

  /** The same while the service runs, and judges the devices anew; to be called every second or so. */
  async check({ store, bringing }: Parts): Promise<void> {
    try {
      if ((await this.mark(store)) > 0) await bringing.start();
    } catch (error) {
      this.#log.error({ err: error }, 'devices of a clock that was ahead cannot be judged anew yet; trying again');
    }
  }
}

const direction = (byMs: number) => (byMs > 0 ? 'ahead' : 'back');
