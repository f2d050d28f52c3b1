import type { DeviceChange } from '../core/correlate/correlated.ts';

type Listener = (change: DeviceChange) => void;

/** Publishes each change, after its commit, to the current listeners. Nothing is stored for later listeners. */
export class ChangeFeed {
  readonly #listeners = new Set<Listener>();

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Returns the function that ends the subscription. A listener must not throw. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  publish(changes: readonly DeviceChange[]): void {
    for (const change of changes) for (const listener of this.#listeners) listener(change);
  }
}
