/** The paging of all lists of the API: the query of a page, its answer, and the reading of a page. */

import { type TArray, type TProperties, type TSchema, Type } from 'typebox';
import { limits } from '../core/model/limits.ts';
import type { Page } from '../store/ports/queries.ts';
import { fromCursor, type List, type Query, toCursor } from './cursor.ts';
import { nullable } from './views/types.ts';

const DEFAULT_ROWS = 100;
/** Values of one parameter. */
const MOST_VALUES = 64;

/**
 * A parameter that takes several values: comma-separated, or given several times. `\\,` is a comma within a value
 * (`list-parameters.ts`).
 */
export function listOf<T extends TSchema>(item: T, options: { readonly description?: string } = {}) {
  return Type.Array(item, { minItems: 1, maxItems: MOST_VALUES, ...options });
}

/** The query string of a list: its filters, `cursor` and `limit`. */
export function pageQuery<P extends TProperties>(filters: P) {
  const page = {
    cursor: Type.Optional(Type.String({ maxLength: 2048, description: 'the value of next in the previous page' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageRows, default: DEFAULT_ROWS })),
  };
  return Type.Object({ ...filters, ...page }, { additionalProperties: false });
}

/** The answer of a list: its rows under the key `name`, and the cursor of the next page. */
export function pageSchema<N extends string, T extends TSchema>(name: N, row: T) {
  const rows = { [name]: Type.Array(row) } as Record<N, TArray<T>>;
  return Type.Object({ ...rows, next: nullable(Type.String()) });
}

export type PageParameters = Query & { readonly cursor?: string | undefined; readonly limit?: number | undefined };

/**
 * Reads one page of a list. `query`: all parameters of the request, as filters and order belong to the cursor. A cursor of
 * another list, of other filters or of another order is answered with status 400.
 */
export async function readPage<T>(
  list: List,
  query: PageParameters,
  read: (page: { readonly after: string | undefined; readonly limit: number }) => Promise<Page<T>>,
): Promise<Page<T>> {
  const { cursor, limit } = query;
  const { rows, next } = await read({ after: fromCursor(list, cursor, query), limit: limit ?? DEFAULT_ROWS });
  return { rows, next: toCursor(list, next, query) };
}
