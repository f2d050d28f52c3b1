/** Lists as CSV (RFC 4180), streamed page by page. */

import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { type TObject, type TProperties, Type } from 'typebox';
import { limits } from '../core/model/limits.ts';
import type { Page } from '../store/ports/queries.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import type { PageParameters } from './paging.ts';

/** The parameter of a list that can be had as CSV. */
export const csvFormat = {
  format: Type.Optional(
    Type.Enum(['json', 'csv'], {
      description: `csv: all rows from the cursor on, at most ${limits.csvRows}, whatever the limit is; default json`,
    }),
  ),
};

/** Rows that are written without letting other work go on: a millisecond or two. */
const ROWS_AT_ONCE = 100;

/** What a route that has `csvFormat` produces, for its schema. */
export const jsonOrCsv = ['application/json', 'text/csv'];

/** A row as the API shows it: a cell is made of a text, a number, a boolean, null or a list of texts, of others their JSON. */
type Row = Readonly<Record<string, unknown>>;

/**
 * A list that can be had as CSV. `rows`: the key of its rows in JSON; `columns`: those of the CSV, see `columnsOf`; `read`: one
 * page of it as the API shows it, with the parameters and the cursors of the API.
 */
export type CsvList<K extends string, R extends Row> = {
  readonly rows: K;
  readonly columns: readonly (keyof R & string)[];
  read(page: PageParameters): Promise<Page<R>>;
};

/** The keys of a schema in their order. */
export function columnsOf<P extends TProperties>(schema: TObject<P>): (keyof P & string)[] {
  return Object.keys(schema.properties);
}

type Request = {
  readonly method: string;
  readonly query: PageParameters & { readonly format?: 'json' | 'csv' | undefined };
};
type Reply = { type(value: string): unknown; header(name: string, value: string): unknown };

/**
 * The answer of a list with `csvFormat`, for its route to return: a page of it as JSON, or the rest of it as CSV, in a file
 * `<file>.csv`. The first page of a CSV is read before the answer begins, so that a wrong cursor is answered with 400.
 */
export async function answerList<K extends string, R extends Row>(
  request: Request,
  reply: Reply,
  list: CsvList<K, R>,
  file: string = list.rows,
): Promise<Record<K, R[]> & { next: string | null }> {
  const { format, ...query } = request.query;
  if (format !== 'csv') {
    const { rows, next } = await list.read(query);
    return { [list.rows]: rows, next } as Record<K, R[]> & { next: string | null };
  }
  const read = (page: PageParameters) => list.read({ ...query, ...page, limit: limits.pageRows });
  const first = await read({});
  reply.type('text/csv; charset=utf-8');
  reply.header('content-disposition', `attachment; filename="${file}.csv"`);
  // A stream has no schema. Fastify would read all of it for a HEAD; an empty one has the same headers.
  const text = request.method === 'HEAD' ? [] : csvOf({ columns: list.columns, read }, first);
  return Readable.from(text) as never;
}

/**
 * A line of headings, then the rows. If there are more than `limits.csvRows`, the last line is a comment that says so. A page is
 * read when the reader has taken the page before, in a later turn of the event loop: a reader that is as fast as memory would
 * let nothing else go on for the whole of the list. So are the parts of a page. Nothing more is read for a reader that is gone.
 */
export async function* csvOf<R extends Row>(
  list: Omit<CsvList<string, R>, 'rows'>,
  first: Page<R>,
): AsyncGenerator<string> {
  yield linesOf([list.columns]);
  let left: number = limits.csvRows;
  for (let page = first; ; page = await list.read({ cursor: page.next ?? undefined })) {
    const rows = page.rows.slice(0, left);
    left -= rows.length;
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      await yieldToEventLoop();
      const part = rows.slice(from, from + ROWS_AT_ONCE);
      yield linesOf(part.map((row) => list.columns.map((column) => cellOf(row[column]))));
    }
    await yieldToEventLoop();
    if (page.next === null && rows.length === page.rows.length) return;
    if (left === 0) {
      yield `# cut after ${limits.csvRows} rows: ask with more filters\r\n`;
      return;
    }
  }
}

/**
 * A text that a spreadsheet would run as a formula is escaped, because names and lines are data from the network. A lone CR or LF
 * is quoted, too: readers take either for the end of a row.
 */
function linesOf(rows: readonly (readonly unknown[])[]): string {
  return stringify(rows as unknown[][], { escape_formulas: true, record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
}

/** A number stays one; the texts of a list are in one cell, as `a; b`. */
function cellOf(value: unknown): string | number {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((each) => `${cellOf(each)}`).join('; ');
  return typeof value === 'object' ? JSON.stringify(value) : `${value}`;
}
