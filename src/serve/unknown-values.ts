/**
 * How a request names devices and incidents without a plant, a product or a release: by an empty value, or as lists call them,
 * `unknown`. Both mean the same in every route: those without one, and those of which the inventory says `unknown`.
 */
import { UNKNOWN } from '../core/model/inventory.ts';
import type { FacetCount } from '../store/ports/incidents.ts';

/** What parameters with such a value say of it. */
export const UNKNOWN_MEANS = `an empty value or ${UNKNOWN}: those without one`;

/** A value as lists of devices and of their lines are asked for it. */
export function valueMeant(value: string): string {
  return value === '' ? UNKNOWN : value;
}

/** Values as incidents have them: null is none. */
export function incidentValuesMeant(value: string): (string | null)[] {
  return valueMeant(value) === UNKNOWN ? [null, UNKNOWN] : [value];
}

/** The counts of a facet of incidents, the most frequent first: what the values above mean is one value, null. */
export function unknownTogether(counts: readonly FacetCount[]): FacetCount[] {
  const isUnknown = ({ value }: FacetCount) => (value ?? UNKNOWN) === UNKNOWN;
  const [unknown, known] = [counts.filter(isUnknown), counts.filter((each) => !isUnknown(each))];
  const count = unknown.reduce((sum, each) => sum + each.count, 0);
  return unknown.length === 0 ? known : [...known, { value: null, count }].sort((a, b) => b.count - a.count);
}
