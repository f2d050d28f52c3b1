import type Database from 'better-sqlite3';
import { type StateTable, stateProblems, stateTables } from './check-rows.ts';
import { prepareColumn } from './statements.ts';

/** Rows of one step: some milliseconds of work. */
const STEP_ROWS = 200;

/**
 * A pass over the rows of devices, tails and incidents, some at a time: so a bit that flips in a row that nobody reads is
 * found too, and a start need not read all of them. Changes nothing.
 */
export class SqliteScrub {
  readonly #database: Database.Database;
  readonly #isKnown: Database.Statement<[string, number], number>;
  #position: { readonly table: StateTable; readonly rowid: number } = { table: stateTables[0], rowid: 0 };

  constructor(database: Database.Database) {
    this.#database = database;
    this.#isKnown = prepareColumn(database, 'SELECT count(*) FROM damaged WHERE tab = ? AND row = ?');
  }

  /** `isDamaged`: there is a damaged row that was not known before. `isDone`: the pass is complete. */
  step(): { readonly isDamaged: boolean; readonly isDone: boolean } {
    const { table, rowid } = this.#position;
    const { found, last } = stateProblems(this.#database, table, { after: rowid, limit: STEP_ROWS });
    const next = last === null ? stateTables[stateTables.indexOf(table) + 1] : table;
    this.#position = { table: next ?? stateTables[0], rowid: last ?? 0 };
    const isDamaged = found.some((row) => this.#isKnown.get(row.table, row.rowid) === 0);
    return { isDamaged, isDone: next === undefined };
  }
}
