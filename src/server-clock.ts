/** The clock of the server of a database, by which all instances on it decide. Times are milliseconds. */
import { OperatingError } from './errors.ts';
import { CLOCKS_APART_MS } from './store/clocks.ts';
import type { Store } from './store/ports/store.ts';

type Parts = {
  /** Asks the server for its time, since 1970. */
  readonly read: () => Promise<number>;
  /** The clock of this machine, since 1970. */
  readonly wall?: () => number;
  /** Never steps. */
  readonly monotonic?: () => number;
};

/** `at`: when, by the monotonic clock; `server`: what the server's clock showed then. */
type Measured = { readonly at: number; readonly server: number };

/** Of several answers the one that came fastest counts. */
const TRIES = 5;
/** A time is wrong by half of the round trip at most: an answer that took longer says too little. */
const LONGEST_TRIP_MS = 2000;
/** Three measurements that have failed. */
const UNKNOWN_AFTER_MS = 30_000;
/** A correction back by less makes the time stand still for that long. */
const SMALL_STEP_MS = 2000;

/**
 * Goes on by the monotonic clock from one measurement to the next, so that no step of this machine's clock is seen in it.
 */
export class ServerClock {
  readonly #parts: Required<Parts>;
  #measured: Measured | null = null;
  #last = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = { wall: Date.now, monotonic: () => performance.now(), ...parts };
  }

  /** The time of the server. Throws before the first measurement. */
  readonly now = (): number => {
    const now = this.#shown();
    const isSmall = now < this.#last && this.#last - now < SMALL_STEP_MS;
    this.#last = isSmall ? this.#last : now;
    return this.#last;
  };

  /** How far the server's clock is ahead of this machine's; null where it could not be measured for half a minute. */
  get offset(): number | null {
    const { wall, monotonic } = this.#parts;
    if (this.#measured === null || monotonic() - this.#measured.at > UNKNOWN_AFTER_MS) return null;
    return this.#shown() - wall();
  }

  /** What is wrong with the clocks, as a sentence for people; null: nothing. */
  problem(): string | null {
    const { offset } = this;
    if (offset === null) return 'the clock of PostgreSQL cannot be measured: see the log of the service';
    if (Math.abs(offset) <= CLOCKS_APART_MS) return null;
    const direction = offset > 0 ? 'behind' : 'ahead of';
    const seconds = Math.round(Math.abs(offset) / 1000);
    return `the clock of this machine is ${seconds} s ${direction} that of PostgreSQL: let NTP set both`;
  }

  /** Throws as `read` does. What was measured before holds until something better is. */
  async measure(): Promise<void> {
    const { read, monotonic } = this.#parts;
    let best: (Measured & { readonly trip: number }) | null = null;
    for (let tries = 0; tries < TRIES; tries++) {
      const asked = monotonic();
      const server = await read();
      const trip = monotonic() - asked;
      if (trip < (best?.trip ?? LONGEST_TRIP_MS)) best = { trip, at: asked + trip / 2, server };
    }
    if (best === null)
      throw new OperatingError(
        'QVW_DATABASE_FAILED',
        `the clock of PostgreSQL cannot be measured: no answer came within ${LONGEST_TRIP_MS / 1000} s`,
      );
    this.#measured = best;
  }

  #shown(): number {
    if (this.#measured === null) throw new Error('the clock of the server was not measured');
    const { at, server } = this.#measured;
    return Math.round(server + this.#parts.monotonic() - at);
  }
}

/** The clock that a command decides by: that of the server where several instances share the store. */
export async function clockOf({ serverTime }: Pick<Store, 'serverTime'>): Promise<() => number> {
  if (serverTime === null) return Date.now;
  const clock = new ServerClock({ read: serverTime });
  await clock.measure();
  return clock.now;
}
