/** A step of the wall clock against the monotonic clock. Milliseconds; positive: the wall clock is ahead of before. */
export type ClockStep = { readonly byMs: number };

export type ClockState = {
  /** How many steps there were. */
  readonly steps: number;
  /** How far the wall clock is from the time that is used, while a step is not believed yet; else 0. Milliseconds. */
  readonly heldMs: number;
};

type Options = {
  /** Milliseconds since 1970. */
  readonly wall?: () => number;
  /** Milliseconds from any instant on; never goes back. */
  readonly monotonic?: () => number;
  /** The wall clock has made a step, which is not believed yet. */
  readonly onStep?: (step: ClockStep) => void;
  /** The wall clock has stayed where the step led: it is used from now on. */
  readonly onBelieved?: (step: ClockStep) => void;
  /** The wall clock is back where it was before a step that was not believed. */
  readonly onBack?: () => void;
};

/** What NTP corrects without a step, and what a busy host does, is less. */
const STEP_MS = 2000;
/** How long a wall clock must stay where a step led before it is believed. */
const BELIEVE_AFTER_MS = 5 * 60_000;

/**
 * The time of the service: the wall clock, but no step of it before it has held for five minutes. Meanwhile time goes on by
 * the monotonic clock, so that a clock that is 46 days ahead for seconds moves no deadline. A step is noticed by the next
 * call of `now()`.
 */
export class SteadyClock {
  readonly #options: Required<Options>;
  /** When both clocks were read last and agreed. */
  #wallAt: number;
  #monotonicAt: number;
  #steps = 0;
  #held: { readonly byMs: number; readonly since: number } | null = null;

  constructor(options: Options = {}) {
    const ignore = () => {};
    this.#options = {
      ...{ wall: Date.now, monotonic: () => performance.now(), onStep: ignore, onBelieved: ignore, onBack: ignore },
      ...options,
    };
    this.#wallAt = this.#options.wall();
    this.#monotonicAt = this.#options.monotonic();
  }

  get state(): ClockState {
    return { steps: this.#steps, heldMs: this.#held?.byMs ?? 0 };
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => {
    const { wall, monotonic } = this.#options;
    const [wallNow, monotonicNow] = [wall(), monotonic()];
    const steady = Math.round(this.#wallAt + monotonicNow - this.#monotonicAt);
    const byMs = wallNow - steady;
    if (Math.abs(byMs) < STEP_MS) {
      this.#agree(wallNow, monotonicNow);
      if (this.#held === null) return wallNow;
      this.#held = null;
      this.#options.onBack();
      return wallNow;
    }
    const held = this.#held;
    if (held === null || Math.abs(byMs - held.byMs) >= STEP_MS) {
      this.#held = { byMs, since: monotonicNow };
      this.#steps++;
      this.#options.onStep({ byMs });
      return steady;
    }
    if (monotonicNow - held.since < BELIEVE_AFTER_MS) return steady;
    this.#agree(wallNow, monotonicNow);
    this.#held = null;
    this.#options.onBelieved({ byMs });
    return wallNow;
  };

  #agree(wallNow: number, monotonicNow: number): void {
    this.#wallAt = wallNow;
    this.#monotonicAt = monotonicNow;
  }
}
