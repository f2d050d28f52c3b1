import type { Page } from './ports/queries.ts';

/**
 * A page of at most `limit` rows. `rows`: up to one row more, which shows that there is a next page. `position`: of a row, as
 * the query for the next page gives it in `after`.
 */
export function page<T>(rows: readonly T[], limit: number, position: (row: T) => string): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: last !== undefined && rows.length > limit ? position(last) : null };
}
