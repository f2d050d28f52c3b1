import type { Page } from './ports/queries.ts';

/** A page of rows out of one row more than it holds. `position`: what the next page begins behind. */
export function page<T>(rows: readonly T[], limit: number, position: (row: T) => string): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: last !== undefined && rows.length > limit ? position(last) : null };
}
