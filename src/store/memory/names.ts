import { type Aliases, isLabelAlias } from '../../core/model/names.ts';

/** The names of devices. */
export class MemoryNames {
  readonly #most: number;
  /** The key of the device by name, the oldest name first; null for a name that belongs to no device. */
  readonly #keys = new Map<string, string | null>();
  /** Inverse of `#keys`: names by device key. */
  readonly #names = new Map<string, Set<string>>();

  /** `most`: how many names there may be. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The device keys of these names. Unknown names are left out. */
  find(names: Iterable<string>): Aliases {
    const found = new Map<string, string | null>();
    for (const name of names) {
      const key = this.#keys.get(name);
      if (key !== undefined) found.set(name, key);
    }
    return found;
  }

  /** In the order in which they were learnt. */
  namesOf(key: string): string[] {
    return [...(this.#names.get(key) ?? [])];
  }

  /** The keys of the devices with a name that begins with one of these. */
  beginningWith(starts: readonly string[]): Set<string> {
    const keys = new Set<string>();
    for (const [name, key] of this.#keys) {
      if (key !== null && !isLabelAlias(name) && starts.some((start) => name.startsWith(start))) keys.add(key);
    }
    return keys;
  }

  /** The keys of the first `most` devices with a name that begins with one of these; names that are the same text first. */
  firstBeginningWith(starts: readonly string[], most: number): string[] {
    const exact = starts.flatMap((start) => this.#keys.get(start) ?? []);
    const others = starts.flatMap((start) =>
      [...this.#keys]
        .filter(([name, key]) => key !== null && name.startsWith(start) && !isLabelAlias(name))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, key]) => key as string),
    );
    return [...new Set([...exact, ...others])].slice(0, most);
  }

  /** Beyond the limit the oldest names are deleted. */
  learn(aliases: Aliases): void {
    for (const [name, key] of aliases) this.#learn(name, key);
  }

  /** The names of one device become names of another device. */
  move(from: string, into: string): void {
    for (const name of this.#names.get(from) ?? []) this.#learn(name, into);
  }

  /** Deletes the names of a device. */
  remove(key: string): void {
    for (const name of this.#names.get(key) ?? []) this.#forget(name);
    this.#names.delete(key);
  }

  #learn(name: string, key: string | null): void {
    const before = this.#keys.get(name);
    if (typeof before === 'string') this.#names.get(before)?.delete(name);
    this.#keys.set(name, key);
    if (key !== null) this.#names.set(key, (this.#names.get(key) ?? new Set()).add(name));
    for (const [oldest] of this.#keys) {
      if (this.#keys.size <= this.#most) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    const key = this.#keys.get(name);
    this.#keys.delete(name);
    if (typeof key === 'string') this.#names.get(key)?.delete(name);
  }
}
