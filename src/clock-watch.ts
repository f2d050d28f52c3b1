import { ServerClock } from './server-clock.ts';
import { ServerClockWatch } from './server-clock-watch.ts';
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

/**
 * The time of the service, what is said of the steps of its clock, and what is done once a clock that was ahead is set back. It is
 * that of the server where several instances share the store.
 */
export class ClockWatch {
  readonly #given: Clock;
  readonly #log: Pick<Log, 'warn' | 'info' | 'error'>;
  /** Null: the clock is believed in any case. */
  #steady: SteadyClock | null;
  #server: ServerClockWatch | null = null;
  /** Devices are to be looked for that were decided about beyond now. */
  #isDue = true;
  /** How far it was set back since they were looked for; unknown at a start. */
  #setBackMs = 0;

  constructor(clock: Clock, log: Pick<Log, 'warn' | 'info' | 'error'>) {
    this.#given = clock;
    this.#log = log;
    this.#steady = typeof clock === 'function' ? null : this.#steadied(clock);
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => {
    if (this.#steady !== null) return this.#steady.now();
    return (this.#given as () => number)();
  };

  /** From now on the clock of the server decides, if several instances share it. Throws where it cannot be measured. */
  async follow({ serverTime, others }: Pick<Store, 'serverTime' | 'others'>): Promise<void> {
    if (serverTime === null) return;
    const own = typeof this.#given === 'function' ? {} : this.#given;
    const clock = new ServerClock({ ...own, read: serverTime });
    await clock.measure();
    const onMeasured = (offset: number | null) => others?.noteClock(offset);
    this.#server = new ServerClockWatch({ clock, log: this.#log, onMeasured });
    if (this.#steady !== null) this.#steady = this.#steadied({ ...own, wall: clock.now });
  }

  /** The clock of the server; null where that of this machine decides. */
  get server(): ServerClockWatch | null {
    return this.#server;
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

  #steadied(clocks: Exclude<Clock, () => number>): SteadyClock {
    return new SteadyClock({
      ...clocks,
      onStep: ({ byMs }) =>
        this.#log.error(
          { bySeconds: byMs / 1000 },
          `the clock made a step ${direction(byMs)}: it is not used unless it stays there`,
        ),
      onBack: () => this.#log.info('the clock is back where it was before its step: nothing was decided by it'),
      onBelieved: ({ byMs }) => {
        this.#log.warn(
          { bySeconds: byMs / 1000 },
          `the clock has stayed where its step ${direction(byMs)} led: it is used now`,
        );
        if (byMs >= 0) return;
        this.#isDue = true;
        this.#setBackMs -= byMs;
      },
    });
  }
}

const direction = (byMs: number) => (byMs > 0 ? 'ahead' : 'back');
