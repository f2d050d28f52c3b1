/**
 * What was used last, in memory. `bound`: how many entries there are at most, and `weight` of how much `weigh` makes of
 * them. There are two halves: when the younger one is full it becomes the older one, and what was in that and not asked
 * for meanwhile goes. An entry must not change its weight.
 */
export class Recent<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #weight = 0;
  readonly #bound: number;
  readonly #weigh: (value: V) => number;
  readonly #maxWeight: number;

  constructor(bound: number, weigh: (value: V) => number = () => 0, weight = 0) {
    this.#bound = bound / 2;
    this.#weigh = weigh;
    this.#maxWeight = weight / 2;
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (this.#young.size + 1 > this.#bound || this.#weight + weight > this.#maxWeight) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
      if (weight > this.#maxWeight) return;
    }
    this.#young.set(key, value);
    this.#weight += weight;
  }

  delete(key: string): void {
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
