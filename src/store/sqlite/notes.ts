import type Database from 'better-sqlite3';
import type { Merge } from '../../core/correlate/correlated.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import { parseStored } from '../codec/stored-json.ts';
import type { Note } from '../ports/batch.ts';
import type { DispositionQuery } from '../ports/queries.ts';
import { rowSum, sumIfIntact } from './checksums.ts';
import { type OnDamaged, readSide, SIDE, type SideRow } from './side-rows.ts';

/**
 * In a query with `max(id)`, SQLite takes the other columns of the row that has this id (https://sqlite.org/quirks.html):
 * here those of an incident's last disposition.
 */
export const DISPOSITIONS = `
  SELECT hypothesis, diagnosis, release, count(*) AS count FROM
    (SELECT max(id), at, hypothesis, diagnosis, release FROM note
     WHERE hypothesis IS NOT NULL GROUP BY device, ordinal)
  WHERE at >= @since AND at < @until GROUP BY hypothesis, diagnosis, release`;

/** The record as that of another incident. One that is damaged stays as it is. */
const MOVED = "iif(json_valid(record), json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal), record)";
const TO_ORDINAL = "iif(json_valid(record), json_set(record, '$.ordinal', @to), record)";
const REST = 'at, hypothesis, diagnosis, release';

function prepare(database: Database.Database) {
  return {
    of: database.prepare<[string, number], SideRow>(
      `SELECT ${SIDE.note} FROM note WHERE device = ? AND ordinal = ? ORDER BY id`,
    ),
    one: database.prepare<[number], SideRow>(`SELECT ${SIDE.note} FROM note WHERE id = ?`),
    dispositions: database.prepare<[object], DispositionCount>(DISPOSITIONS),
    insert: database.prepare(
      `INSERT INTO note (device, ordinal, at, hypothesis, diagnosis, release, record, sum)
       VALUES (@device, @ordinal, @at, @hypothesis, @diagnosis, @release, @record, @sum)`,
    ),
    remove: database.prepare('DELETE FROM note WHERE device = ? AND ordinal = ?'),
    removeUpTo: database.prepare('DELETE FROM note WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE note SET device = @into, ordinal = @intoOrdinal, record = ${MOVED},
         sum = ${sumIfIntact('note', `row_sum(${MOVED}, @into, @intoOrdinal, ${REST})`)}
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
    moveToOrdinal: database.prepare(
      `UPDATE note SET ordinal = @to, record = ${TO_ORDINAL},
         sum = ${sumIfIntact('note', `row_sum(${TO_ORDINAL}, device, @to, ${REST})`)}
       WHERE device = @device AND ordinal = @ordinal`,
    ),
  };
}

const NO_DISPOSITION = { hypothesis: null, diagnosis: null, release: null };

/** Rows of what people said about incidents. */
export class SqliteNotes {
  readonly #statements: ReturnType<typeof prepare>;

  readonly #onDamaged: OnDamaged;

  constructor(database: Database.Database, onDamaged: OnDamaged) {
    this.#statements = prepare(database);
    this.#onDamaged = onDamaged;
  }

  of(device: string, ordinal: number): Note[] {
    return this.#statements.of.all(device, ordinal).flatMap((row) => this.#read(row) ?? []);
  }

  /** The row with this number; null where it is not there, or is not what was stored. */
  one(id: number): Note | null {
    const row = this.#statements.one.get(id);
    return row === undefined ? null : this.#read(row);
  }

  #read(row: SideRow): Note | null {
    // A note of an older version says nothing of a disposition.
    return readSide('note', row, this.#onDamaged, (record): Note => ({ disposition: null, ...parseStored(record) }));
  }

  dispositions({ since = -Number.MAX_VALUE, until = Number.MAX_VALUE }: DispositionQuery): DispositionCount[] {
    return this.#statements.dispositions.all({ since, until });
  }

  write(notes: readonly Note[]): void {
    for (const note of notes) {
      const { device, ordinal, at, disposition } = note;
      const { hypothesis, diagnosis, release } = disposition ?? NO_DISPOSITION;
      const record = JSON.stringify(note);
      const sum = rowSum(record, device, ordinal, at, hypothesis, diagnosis, release);
      this.#statements.insert.run({ device, ordinal, at, hypothesis, diagnosis, release, record, sum });
    }
  }

  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    this.#statements.move.run({ from, into, fromOrdinal, intoOrdinal });
  }

  /** The notes of one incident of a device become those of another one. Returns whether there were any. */
  moveToOrdinal(device: string, ordinal: number, to: number): boolean {
    return this.#statements.moveToOrdinal.run({ device, ordinal, to }).changes > 0;
  }

  removeOf(device: string, ordinal: number): void {
    this.#statements.remove.run(device, ordinal);
  }

  removeUpTo(device: string, last: number): void {
    this.#statements.removeUpTo.run(device, last);
  }
}
