import type Database from 'better-sqlite3';
import { page } from '../page.ts';
import type { Unparsed } from '../ports/batch.ts';
import type { Page, UnparsedFilter, UnparsedGroup, UnparsedQuery } from '../ports/queries.ts';
import { namesShownAs } from './fleet-counts.ts';

const among = (column: string, list: string) =>
  `(@${list} IS NULL OR ${column} IN (SELECT value FROM json_each(@${list})))`;
/** There are at most `unparsedRows`, so that no index is worth its room. */
const FITS = [
  'received_at >= @from AND received_at < @to AND (@device IS NULL OR device = @device)',
  ...[among('facility', 'facilities'), among('mnemonic', 'mnemonics'), among('why', 'whys')],
  among('(SELECT plant FROM member WHERE key = unparsed.device)', 'plants'),
].join(' AND ');

function valuesOf({ device, plants, facilities, mnemonics, whys, from, to }: UnparsedFilter) {
  const listed = Object.entries({ plants: plants?.flatMap(namesShownAs), facilities, mnemonics, whys }).map(
    ([name, values]) => [name, values === undefined ? null : JSON.stringify(values)] as const,
  );
  const times = { from: from ?? -Number.MAX_VALUE, to: to ?? Number.MAX_VALUE };
  return { device: device ?? null, ...times, ...Object.fromEntries(listed) };
}

function prepare(database: Database.Database) {
  return {
    list: database.prepare<[object], Unparsed & { id: number }>(
      `SELECT id, received_at AS receivedAt, device, facility, mnemonic, why, raw FROM unparsed
       WHERE id < @before AND ${FITS} ORDER BY id DESC LIMIT @limit`,
    ),
    // SQLite takes the columns without a function from the row with the maximum.
    groups: database.prepare<[object], UnparsedGroup & { id: number }>(
      `SELECT max(id) AS id, facility, mnemonic, why, count(*) AS count, count(DISTINCT device) AS devices, received_at AS lastAt, raw
       FROM unparsed WHERE ${FITS} GROUP BY facility, mnemonic, why ORDER BY count DESC, facility, mnemonic, why`,
    ),
    insert: database.prepare(
      'INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trim: database.prepare('DELETE FROM unparsed WHERE id <= ?'),
  };
}

/** Rows of tracked lines that the grammar could not read. */
export class SqliteUnparsed {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;

  /** `most`: how many rows there may be. */
  constructor(database: Database.Database, most: number) {
    this.#statements = prepare(database);
    this.#most = most;
  }

  /** The latest first. */
  list({ after, limit, ...filter }: UnparsedQuery): Page<Unparsed> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const found = this.#statements.list.all({ before, limit: limit + 1, ...valuesOf(filter) });
    const { rows, next } = page(found, limit, ({ id }) => `${id}`);
    return { rows: rows.map(({ id: _, ...row }) => row), next };
  }

  /** The most frequent first. */
  groups(filter: UnparsedFilter): UnparsedGroup[] {
    return this.#statements.groups.all(valuesOf(filter)).map(({ id: _, ...group }) => group);
  }

  /** Beyond the limit the oldest rows are deleted. */
  write(rows: readonly Unparsed[]): void {
    let last = 0;
    for (const { receivedAt, device, facility, mnemonic, why, raw } of rows) {
      const { lastInsertRowid } = this.#statements.insert.run(receivedAt, device, facility, mnemonic, why, raw);
      last = Number(lastInsertRowid);
    }
    if (last > 0) this.#statements.trim.run(last - this.#most);
  }
}
