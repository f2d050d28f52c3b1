import type { Admits } from '../core/correlate/correlated.ts';
import { limits } from '../core/model/limits.ts';
import { TokenBuckets } from '../core/model/token-buckets.ts';

/** `sourceOf`: the source of an address. `rateOf`: how many new devices a second it may make. */
export type NewDeviceBounds = {
  readonly sourceOf: (sender: string) => string;
  readonly rateOf: (sender: string) => number;
};

/** How many new devices each source may still make: whoever invents devices leaves room for those that are there. */
export class NewDevices {
  readonly #bounds: NewDeviceBounds;
  #buckets = new TokenBuckets(limits.senderBudgets);

  constructor(bounds: NewDeviceBounds) {
    this.#bounds = bounds;
  }

  /** What the sources have left of the former one's. */
  takeOver(former: NewDevices): void {
    this.#buckets = former.#buckets;
  }

  /** For one try of a commit. `now`: milliseconds. `spend` is called once it is stored. */
  attempt(now: number): { readonly admits: Admits; readonly spend: () => void } {
    const { sourceOf, rateOf } = this.#bounds;
    const made = new Map<string, { count: number; readonly rate: number }>();
    return {
      admits: (sender) => {
        if (sender === null) return true;
        const source = sourceOf(sender);
        const known = made.get(source) ?? { count: 0, rate: rateOf(sender) };
        made.set(source, known);
        if (known.count >= this.#buckets.left(source, known.rate, now)) return false;
        known.count++;
        return true;
      },
      spend: () => {
        for (const [source, { count, rate }] of made) this.#buckets.take(source, rate, now, count);
      },
    };
  }
}
