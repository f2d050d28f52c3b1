/**
 * Which device a name belongs to during one batch: the stored names, the names learnt since, and the merged devices.
 */
import type { Aliases } from '../model/names.ts';

export class NameDirectory {
  readonly #known: Aliases;
  readonly #learnt = new Map<string, string | null>();
  /** Inverse of `#learnt`: names by device key. */
  readonly #namesOf = new Map<string, Set<string>>();
  /** The key of the remaining device by the key of the device that was merged into it. */
  readonly #movedTo = new Map<string, string>();

  /** `known`: the stored names among the names of the batch. */
  constructor(known: Aliases) {
    this.#known = known;
  }

  /** The names learnt in this batch. */
  get learnt(): Aliases {
    return this.#learnt;
  }

  /** The key of the device; null if several devices use the name, undefined if no device does. */
  keyOf(name: string): string | null | undefined {
    let key = this.#learnt.get(name);
    if (key === undefined) key = this.#known.get(name);
    // Most batches merge no device.
    if (this.#movedTo.size === 0) return key;
    for (let next = this.#movedTo.get(key ?? ''); next !== undefined; next = this.#movedTo.get(key ?? '')) key = next;
    return key;
  }

  learn(name: string, key: string | null): void {
    const before = this.#learnt.get(name);
    if (typeof before === 'string') this.#namesOf.get(before)?.delete(name);
    this.#learnt.set(name, key);
    if (key === null) return;
    const names = this.#namesOf.get(key);
    if (names === undefined) this.#namesOf.set(key, new Set([name]));
    else names.add(name);
  }

  /** Moves the names of the device `from` to `into`, because `from` is merged into it. */
  move(from: string, into: string): void {
    this.#movedTo.set(from, into);
    for (const name of [...(this.#namesOf.get(from) ?? [])]) this.learn(name, into);
  }

  /** A device of this key exists (again): forgets a former merge of the key, whose names stay with the merged device. */
  exists(key: string): void {
    if (!this.#movedTo.has(key)) return;
    for (const [name, known] of this.#known) {
      if (known === key && !this.#learnt.has(name)) this.learn(name, this.keyOf(name) ?? null);
    }
    this.#movedTo.delete(key);
  }
}
