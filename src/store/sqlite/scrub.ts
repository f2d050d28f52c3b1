import type Database from 'better-sqlite3';
import { type StateTable, stateReader, stateTables } from './check-rows.ts';
import { prepareColumn } from './statements.ts';

/** Rows of one step: less than a millisecond of work, so that no request waits for it. */
const STEP_ROWS = 25;

/**
 * A pass over the rows of devices, tails and incidents, some at a time: so a bit that flips in a row that nobody reads is
 * found too, and a start need not read all of them. Changes nothing.
 */
export class SqliteScrub {
  readonly #read: Readonly<Record<StateTable, ReturnType<typeof stateReader>>>;
  readonly #isKnown: Database.Statement<[string, number], number>;
  #position: { readonly table: StateTable; readonly rowid: number } = { table: stateTables[0], rowid: 0 };

  constructor(database: Database.Database) {
    this.#read = {
      device: stateReader(database, 'device', STEP_ROWS),
      tail: stateReader(database, 'tail', STEP_ROWS),
      incident: stateReader(database, 'incident', STEP_ROWS),
    };
    this.#isKnown = prepareColumn(database, 'SELECT count(*) FROM damaged WHERE tab = ? AND row = ?');
  }

  /** `isDamaged`: there is a damaged row that was not known before. `isDone`: the pass is complete. */
  step(): { readonly isDamaged: boolean; readonly isDone: boolean } {
    const { table, rowid } = this.#position;
    const { found, last } = this.#read[table](rowid);
    const next = last === null ? stateTables[stateTables.indexOf(table) + 1] : table;
    this.#position = { table: next ?? stateTables[0], rowid: last ?? 0 };
    const isDamaged = found.some((row) => this.#isKnown.get(row.table, row.rowid) === 0);
    return { isDamaged, isDone: next === undefined };
  }
}
