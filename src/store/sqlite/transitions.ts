import type Database from 'better-sqlite3';
import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import { parseStored } from '../codec/stored-json.ts';
import type { TransitionRow } from '../ports/queries.ts';
import { rowSum, sumIfIntact } from './checksums.ts';
import { type OnDamaged, readSide, SIDE, type SideRow } from './side-rows.ts';

/** The record as that of another device's incident. One that is damaged stays as it is. */
const MOVED = "iif(json_valid(record), json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal), record)";

function prepare(database: Database.Database) {
  return {
    of: database.prepare<[string, number], SideRow>(
      `SELECT ${SIDE.transition} FROM transition WHERE device = ? AND ordinal = ? ORDER BY id`,
    ),
    one: database.prepare<[number], SideRow>(`SELECT ${SIDE.transition} FROM transition WHERE id = ?`),
    insert: database.prepare(
      'INSERT INTO transition (device, ordinal, type, at, decided_at, record, sum) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    trim: database.prepare('DELETE FROM transition WHERE id <= ?'),
    removeOf: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal = ?'),
    removeUpTo: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE transition SET device = @into, ordinal = @intoOrdinal, record = ${MOVED},
         sum = ${sumIfIntact('transition', `row_sum(${MOVED}, @into, @intoOrdinal, type, at, decided_at)`)}
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
  };
}

/** Rows of the changes of incidents. */
export class SqliteTransitions {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;

  readonly #onDamaged: OnDamaged;

  /** `most`: how many rows there may be. */
  constructor(database: Database.Database, most: number, onDamaged: OnDamaged) {
    this.#statements = prepare(database);
    this.#most = most;
    this.#onDamaged = onDamaged;
  }

  of(device: string, ordinal: number): TransitionRow[] {
    return this.#statements.of.all(device, ordinal).flatMap((row) => this.#read(row) ?? []);
  }

  /** The row with this number; null where it is not there, or is not what was stored. */
  one(id: number): TransitionRow | null {
    const row = this.#statements.one.get(id);
    return row === undefined ? null : this.#read(row);
  }

  #read(row: SideRow): TransitionRow | null {
    return readSide('transition', row, this.#onDamaged, (record) => parseStored(record) as TransitionRow);
  }

  /** Stores the changes and deletes the oldest beyond the limit. */
  write(changes: readonly DeviceChange[], now: number): void {
    let last = 0;
    for (const change of changes) {
      const { device, ordinal, type, at } = change;
      const record = JSON.stringify({ ...change, decidedAt: now } satisfies TransitionRow);
      const { lastInsertRowid } = this.#statements.insert.run(
        ...[device, ordinal, type, at, now, record],
        rowSum(record, device, ordinal, type, at, now),
      );
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
