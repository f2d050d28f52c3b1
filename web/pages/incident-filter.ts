import { valuesIn } from '../query/values.ts';

/** The filters of the list of incidents. They stand in the URL as the API takes them, so that a link shows the same. */
export const facetNames = ['state', 'severity', 'plant', 'product', 'release', 'diagnosis', 'acknowledged'] as const;
export type FacetName = (typeof facetNames)[number];

const OTHERS = ['q', 'device', 'openedAfter', 'openedBefore', 'changedAfter', 'graceBefore'];
/** Filters of the default list: what is open, the gravest first. */
const DEFAULT_STATE = 'open';
export const ANY_STATE = 'any';

/** What the API is asked for, of this page's query. */
export function filtersOf(search: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams();
  for (const name of [...facetNames, ...OTHERS]) {
    const value = search.get(name);
    if (value !== null) asked.set(name, value);
  }
  const state = search.get('state') ?? DEFAULT_STATE;
  if (valuesIn(state).includes(ANY_STATE)) asked.delete('state');
  else asked.set('state', state);
  return asked;
}

export function listOf(search: URLSearchParams): URLSearchParams {
  const asked = filtersOf(search);
  asked.set('sort', search.get('sort') ?? '-severity');
  const cursor = search.get('cursor');
  if (cursor !== null) asked.set('cursor', cursor);
  return asked;
}

export const isFiltered = (search: URLSearchParams): boolean =>
  [...facetNames, ...OTHERS].some((name) => search.has(name));

/** The filters of a list as the body of a request has them. */
export function filterBody(filters: URLSearchParams): Record<string, unknown> {
  const lists: readonly string[] = facetNames;
  const bodyValue = (name: string, text: string) =>
    name === 'acknowledged' ? text === 'true' : lists.includes(name) ? valuesIn(text) : text;
  return Object.fromEntries([...filters].map(([name, text]) => [name, bodyValue(name, text)]));
}
