import { randomBytes } from 'node:crypto';
import type { DeviceChange } from '../core/correlate/correlated.ts';
import { limits } from '../core/model/limits.ts';

/** `id`: opaque to clients; of this run of the service only. */
export type NumberedChange = { readonly id: string; readonly change: DeviceChange };

type Listener = (changes: readonly NumberedChange[]) => void;

/** Publishes each change, after its commit, to the current listeners, and keeps the last ones for those who come back. */
export class ChangeFeed {
  readonly #listeners = new Set<Listener>();
  readonly #run = randomBytes(6).toString('base64url');
  /** The last changes, the oldest first. */
  #kept: NumberedChange[] = [];
  #published = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The id of the last change, also before the first one. */
  get position(): string {
    return this.#idOf(this.#published);
  }

  /** Returns the function that ends the subscription. A listener gets all changes of one commit at once, and must not throw. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  publish(changes: readonly DeviceChange[]): void {
    if (changes.length === 0) return;
    const numbered = changes.map((change) => ({ id: this.#idOf(++this.#published), change }));
    this.#kept = [...this.#kept, ...numbered].slice(-limits.streamChanges);
    for (const listener of this.#listeners) listener(numbered);
  }

  /** The changes after the one with this id; null if they are not all kept, or if it is no id of this run. */
  since(id: string): readonly NumberedChange[] | null {
    if (id === this.position) return [];
    if (id === this.#idOf(this.#published - this.#kept.length)) return this.#kept;
    const index = this.#kept.findIndex((each) => each.id === id);
    return index < 0 ? null : this.#kept.slice(index + 1);
  }

  #idOf(number: number): string {
    return `${this.#run}-${number.toString(36)}`;
  }
}
