import { GenerationalCache } from './generational-cache.ts';

/** A key may take so many tokens at once as of so many seconds. */
const BURST_SECONDS = 60;

type Bucket = { tokens: number; at: number };

/** A token bucket for each key; those that were used last are remembered. `rate`: tokens a second. `now`: milliseconds. */
export class TokenBuckets {
  readonly #buckets: GenerationalCache<string, Bucket>;

  constructor(bound: number) {
    this.#buckets = new GenerationalCache(bound);
  }

  /** How many whole tokens the key has. */
  left(key: string, rate: number, now: number): number {
    return Math.max(0, Math.floor(this.#filled(key, rate, now).tokens));
  }

  /** Takes one token; false if the key has none. */
  takeOne(key: string, rate: number, now: number): boolean {
    const bucket = this.#filled(key, rate, now);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /** Takes so many tokens; the bucket may owe some afterwards. */
  take(key: string, rate: number, now: number, count: number): void {
    this.#filled(key, rate, now).tokens -= count;
  }

  #filled(key: string, rate: number, now: number): Bucket {
    const most = rate * BURST_SECONDS;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      const full = { tokens: most, at: now };
      this.#buckets.set(key, full);
      return full;
    }
    bucket.tokens = Math.min(most, bucket.tokens + Math.max(0, (now - bucket.at) / 1000) * rate);
    bucket.at = now;
    return bucket;
  }
}
