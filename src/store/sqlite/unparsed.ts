import type Database from 'better-sqlite3';
import { page } from '../page.ts';
import type { Unparsed } from '../ports/batch.ts';
import type { Page, PageQuery } from '../ports/queries.ts';

function prepare(database: Database.Database) {
  return {
    list: database.prepare<[number, number], Unparsed & { id: number }>(
      `SELECT id, received_at AS receivedAt, device, facility, mnemonic, why, raw FROM unparsed
       WHERE id < ? ORDER BY id DESC LIMIT ?`,
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
  list({ after, limit }: PageQuery): Page<Unparsed> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const { rows, next } = page(this.#statements.list.all(before, limit + 1), limit, ({ id }) => `${id}`);
    return { rows: rows.map(({ id: _, ...row }) => row), next };
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
