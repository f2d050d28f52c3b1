import { randomBytes } from 'node:crypto';
import type { DeviceChange } from '../core/correlate/correlated.ts';
import { limits } from '../core/model/limits.ts';
import type { Act } from '../operate/committing.ts';

/** `id`: opaque to clients; of this run of the service only. */
export type Numbered = { readonly id: string } & ({ readonly change: DeviceChange } | { readonly act: Act });

type Listener = (told: readonly Numbered[]) => void;

/**
 * Publishes each change of an incident, and what people did, after its commit, to the current listeners, and keeps the last ones
 * for those who come back.
 */
export class ChangeFeed {
  readonly #listeners = new Set<Listener>();
  readonly #run = randomBytes(6).toString('base64url');
  /** The oldest first. */
  #kept: Numbered[] = [];
  #published = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The id of the last one that was published, also before the first one. */
  get position(): string {
    return this.#idOf(this.#published);
  }

  /** Returns the function that ends the subscription. A listener gets all that is published at once, and must not throw. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  publish(changes: readonly DeviceChange[], ...acts: readonly Act[]): void {
    if (changes.length + acts.length === 0) return;
    const told = [...changes.map((change) => ({ change })), ...acts.map((act) => ({ act }))];
    const numbered = told.map((each): Numbered => ({ id: this.#idOf(++this.#published), ...each }));
    this.#kept = [...this.#kept, ...numbered].slice(-limits.streamChanges);
    for (const listener of this.#listeners) listener(numbered);
  }

  /** What was published after this id; null if not all of it is kept, or if it is no id of this run. */
  since(id: string): readonly Numbered[] | null {
    if (id === this.position) return [];
    if (id === this.#idOf(this.#published - this.#kept.length)) return this.#kept;
    const index = this.#kept.findIndex((each) => each.id === id);
    return index < 0 ? null : this.#kept.slice(index + 1);
  }

  #idOf(number: number): string {
    return `${this.#run}-${number.toString(36)}`;
  }
}
