import type Database from 'better-sqlite3';
import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { TransitionRow } from '../ports/queries.ts';
import { prepareColumn } from './statements.ts';

function prepare(database: Database.Database) {
  return {
    of: prepareColumn<[string, number], string>(
      database,
      'SELECT record FROM transition WHERE device = ? AND ordinal = ? ORDER BY id',
    ),
    insert: database.prepare(
      'INSERT INTO transition (device, ordinal, type, at, decided_at, record) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trim: database.prepare('DELETE FROM transition WHERE id <= ?'),
    removeOf: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal = ?'),
    removeUpTo: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE transition SET device = @into, ordinal = @intoOrdinal,
         record = json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal)
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
  };
}

/** Rows of the changes of incidents. */
export class SqliteTransitions {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;

  /** `most`: how many rows there may be. */
  constructor(database: Database.Database, most: number) {
    this.#statements = prepare(database);
    this.#most = most;
  }

  of(device: string, ordinal: number): TransitionRow[] {
    return this.#statements.of.all(device, ordinal).map((record) => JSON.parse(record));
  }

  /** Stores the changes and deletes the oldest beyond the limit. */
  write(changes: readonly DeviceChange[], now: number): void {
    let last = 0;
    for (const change of changes) {
      const { device, ordinal, type, at } = change;
      const record = JSON.stringify({ ...change, decidedAt: now } satisfies TransitionRow);
      const { lastInsertRowid } = this.#statements.insert.run(device, ordinal, type, at, now, record);
      last = Number(lastInsertRowid);
    }
    if (last > 0) this.#statements.trim.run(last - this.#most);
  }

  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    this.#statements.move.run({ from, into, fromOrdinal, intoOrdinal });
  }

  removeOf(device: string, ordinal: number): void {
    this.#statements.removeOf.run(device, ordinal);
  }

  removeUpTo(device: string, last: number): void {
    this.#statements.removeUpTo.run(device, last);
  }
}
