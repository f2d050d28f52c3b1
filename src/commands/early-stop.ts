const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Notes the first signal that asks the process to end while it is not ready to end in order. */
export class EarlyStop {
  #asked: NodeJS.Signals | null = null;
  #onAsked = () => {};
  readonly #note = (signal: NodeJS.Signals) => {
    this.#asked ??= signal;
    this.#onAsked();
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#note);
  }

  get asked(): NodeJS.Signals | null {
    return this.#asked;
  }

  /** Calls back at the first signal, at once if there was one. */
  onAsked(callback: () => void): void {
    this.#onAsked = callback;
    if (this.#asked !== null) callback();
  }

  /** Somebody else takes care of signals from now on. */
  end(): void {
    this.#onAsked = () => {};
    for (const signal of SIGNALS) process.off(signal, this.#note);
  }
}
