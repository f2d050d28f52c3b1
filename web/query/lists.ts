/** Parameters of lists in the query. */
import { open, PLACE, path, query } from '../router.ts';
import { nextValues, textOf, valuesIn } from './values.ts';

/** The chosen values of a parameter. */
export function chosen(name: string): readonly string[] {
  const text = query.value.get(name);
  return text === null ? [] : valuesIn(text);
}

/** Chooses a value, or takes the choice back. A value may be empty: then it is those without one. */
export function toggle(name: string, value: string): void {
  const next = nextValues(name, chosen(name), value);
  const asked = new URLSearchParams(query.value);
  for (const name of PLACE) asked.delete(name);
  if (next.length === 0) asked.delete(name);
  else asked.set(name, textOf(next));
  open(path.value, asked);
}

/** The parameters of these names that are in the query. */
export function picked(names: readonly string[], search = query.value): URLSearchParams {
  const asked = new URLSearchParams();
  for (const name of names) {
    const value = search.get(name);
    if (value !== null) asked.set(name, value);
  }
  return asked;
}

/** Not the first page of a list. */
export const isFurtherPage = (): boolean => query.value.has('cursor');

/** The address of the whole list as CSV: without a cursor. */
export function csvOf(list: string, asked: URLSearchParams): string {
  const all = new URLSearchParams(asked);
  for (const name of ['cursor', 'limit']) all.delete(name);
  all.set('format', 'csv');
  return `${list}?${all}`;
}
