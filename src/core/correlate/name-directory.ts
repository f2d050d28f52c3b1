/** Which device a name belongs to, during one batch: what is stored, what was learnt since, and which devices merged. */
import type { Aliases } from '../model/names.ts';

export class NameDirectory {
  readonly #known: Aliases;
  readonly #learnt = new Map<string, string | null>();
  /** Inverse of `#learnt`: names by device key. */
  readonly #namesOf = new Map<string, Set<string>>();
  /** By key of a device that became a part of another one: the key of that one. */
  readonly #movedTo = new Map<string, string>();

  /** `known`: what the store has of the names of the batch. */
  constructor(known: Aliases) {
    this.#known = known;
  }

  /** Names that were learnt in this batch. */
  get learnt(): Aliases {
    return this.#learnt;
  }

  /** The key of the device; null where several devices use the name, undefined where nobody does. */
  keyOf(name: string): string | null | undefined {
    let key = this.#learnt.get(name);
    if (key === undefined) key = this.#known.get(name);
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

  /** The device `from` becomes a part of `into`, with the names that it has learnt. */
  move(from: string, into: string): void {
    this.#movedTo.set(from, into);
    for (const name of [...(this.#namesOf.get(from) ?? [])]) this.learn(name, into);
  }

  /** There is a device of this key again. */
  returned(key: string): void {
    if (this.#movedTo.size > 0) this.#movedTo.delete(key);
  }
}
