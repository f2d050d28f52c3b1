import type { DeviceChange } from '../core/correlate/correlated.ts';

/** DeviceFacts whoever listens of each change, once it is committed. */
export class ChangeFeed {
  readonly #listeners = new Set<(change: DeviceChange) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Gives what ends it. */
  subscribe(hear: (change: DeviceChange) => void): () => void {
    this.#listeners.add(hear);
    return () => {
      this.#listeners.delete(hear);
    };
  }

  publish(changes: readonly DeviceChange[]): void {
    for (const change of changes) for (const hear of this.#listeners) hear(change);
  }
}
