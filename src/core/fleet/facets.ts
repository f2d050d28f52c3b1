/** How many devices there are of each value, under filters. */
import { type FacetName, facetNames } from './member.ts';

/** Values of one filter are alternatives; filters of different names must all fit. An empty list fits nothing. */
export type FacetFilter = Partial<Readonly<Record<FacetName, readonly string[] | undefined>>>;

/** The most frequent value first. */
export type Facet = readonly { readonly value: string; readonly count: number }[];

/** `total`: devices that fit all filters. A facet counts those that fit all filters but its own. */
export type Facets = { readonly total: number; readonly facets: Readonly<Record<FacetName, Facet>> };

/** Devices with the same values, in the order of `facetNames`. `count`: below zero takes devices away. */
export type Cell = { readonly values: readonly string[]; readonly count: number };

export class FacetCount {
  readonly #allowed: readonly (ReadonlySet<string> | null)[];
  readonly #counts = facetNames.map(() => new Map<string, number>());
  #total = 0;

  constructor(filter: FacetFilter) {
    this.#allowed = facetNames.map((name) => (filter[name] === undefined ? null : new Set(filter[name])));
  }

  add({ values, count }: Cell): void {
    let misses = 0;
    let missed = 0;
    for (const [index, allowed] of this.#allowed.entries()) {
      if (allowed === null || allowed.has(values[index] as string)) continue;
      misses++;
      missed = index;
      if (misses > 1) return;
    }
    if (misses === 0) this.#total += count;
    for (const [index, counts] of this.#counts.entries()) {
      if (misses === 1 && index !== missed) continue;
      const value = values[index] as string;
      counts.set(value, (counts.get(value) ?? 0) + count);
    }
  }

  facets(): Facets {
    const facets = Object.fromEntries(facetNames.map((name, index) => [name, facetOf(this.#counts[index])]));
    return { total: this.#total, facets: facets as Record<FacetName, Facet> };
  }
}

function facetOf(counts: ReadonlyMap<string, number> = new Map()): Facet {
  return [...counts]
    .filter(([, count]) => count > 0)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .map(([value, count]) => ({ value, count }));
}
