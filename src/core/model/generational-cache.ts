/**
 * Keeps the entries that were used last: at most `bound` entries, and at most `weight` as the sum of what `weigh`
 * returns for each. There are two generations of half that size. When the young generation is full, it becomes the old
 * one; the former old one is dropped, except for the entries that were used meanwhile. The weight of an entry must not
 * change.
 */
export class GenerationalCache<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #weight = 0;
  readonly #half: number;
  readonly #weigh: (value: V) => number;
  readonly #halfWeight: number;

  constructor(bound: number, weigh: (value: V) => number = () => 0, weight = 0) {
    this.#half = bound / 2;
    this.#weigh = weigh;
    this.#halfWeight = weight / 2;
  }

  /** Number of entries. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (this.#young.size + 1 > this.#half || this.#weight + weight > this.#halfWeight) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
      if (weight > this.#halfWeight) return;
    }
    this.#young.set(key, value);
    this.#weight += weight;
  }

  delete(key: K): void {
    const value = this.#young.get(key);
    if (value !== undefined) this.#weight -= this.#weigh(value);
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#weight = 0;
  }
}
