const STOPS = ['SIGTERM', 'SIGINT'] as const;

/**
 * The signals of a service, since the start of the process: SIGTERM and SIGINT ask it once to end, SIGHUP to reload. What was asked
 * before anybody could do it is done as soon as somebody says how. `npm` and terminals send SIGTERM or SIGINT to a whole group of
 * processes and `npm` passes it on: one stop is often asked for twice.
 */
export class ServiceSignals {
  #asked: NodeJS.Signals | null = null;
  #onStop: (signal: NodeJS.Signals) => void = () => {};
  #onRepeated: (signal: NodeJS.Signals) => void = () => {};
  #onReload: (() => void) | null = null;
  #isReloadAsked = false;

  constructor() {
    for (const signal of STOPS) process.on(signal, this.#stop);
    process.on('SIGHUP', this.#reload);
  }

  get asked(): NodeJS.Signals | null {
    return this.#asked;
  }

  /** Calls back at the first signal that asks to end, at once if there was one; `onRepeated`: at each further one. */
  onStop(onStop: (signal: NodeJS.Signals) => void, onRepeated: (signal: NodeJS.Signals) => void = () => {}): void {
    this.#onStop = onStop;
    this.#onRepeated = onRepeated;
    if (this.#asked !== null) onStop(this.#asked);
  }

  /** Calls back at each SIGHUP, at once if there was one. */
  onReload(onReload: () => void): void {
    this.#onReload = onReload;
    if (this.#isReloadAsked) onReload();
  }

  /** The signals do again what they do to any process. */
  end(): void {
    for (const signal of STOPS) process.off(signal, this.#stop);
    process.off('SIGHUP', this.#reload);
  }

  readonly #stop = (signal: NodeJS.Signals) => {
    if (this.#asked !== null) {
      this.#onRepeated(signal);
      return;
    }
    this.#asked = signal;
    this.#onStop(signal);
  };

  readonly #reload = () => {
    this.#isReloadAsked = true;
    this.#onReload?.();
  };
}
