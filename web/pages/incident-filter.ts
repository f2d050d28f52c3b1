/** The filters of the list of incidents. They stand in the URL as the API takes them, so that a link shows the same. */
import { open, path, query } from '../router.ts';

export const facetNames = ['state', 'severity', 'plant', 'product', 'release', 'diagnosis', 'acknowledged'] as const;
export type FacetName = (typeof facetNames)[number];

const OTHERS = ['q', 'device', 'openedAfter', 'openedBefore', 'changedAfter', 'graceBefore'];
/** Filters of the default list: what is open, the gravest first. */
const DEFAULT_STATE = 'open';
export const ANY_STATE = 'any';

/** The values of a text: commas stand between them, `\,` is one within a value. */
export function valuesIn(text: string): string[] {
  const values: string[] = [];
  let value = '';
  for (const [part] of text.matchAll(/\\[\\,]|,|[^\\,]+|\\/gs)) {
    if (part === ',') {
      values.push(value);
      value = '';
    } else value += part === '\\,' || part === '\\\\' ? part.slice(1) : part;
  }
  return [...values, value];
}

export const textOf = (values: readonly string[]): string =>
  values.map((value) => value.replace(/[\\,]/g, '\\$&')).join(',');

/** The chosen values of a facet. */
export function chosen(name: FacetName): readonly string[] {
  const text = query.value.get(name);
  return text === null ? [] : valuesIn(text);
}

export function toggle(name: FacetName, value: string): void {
  const values = chosen(name);
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  const asked = new URLSearchParams(query.value);
  asked.delete('cursor');
  // A value may be empty: then it is those without one.
  if (next.length === 0) asked.delete(name);
  else asked.set(name, textOf(next));
  open(path.value, asked);
}

/** What the API is asked for, of this page's query. */
export function filtersOf(search: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams();
  for (const name of [...facetNames, ...OTHERS]) {
    const value = search.get(name);
    if (value !== null) asked.set(name, value);
  }
  const state = search.get('state') ?? DEFAULT_STATE;
  if (state === ANY_STATE) asked.delete('state');
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
