import type Database from 'better-sqlite3';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';
import { IncidentColumns } from '../incident-columns.ts';
import { withOperatingErrors } from './failures.ts';
import { prepareColumn } from './statements.ts';

/** Rows that are read at once: some 10 ms. */
const ROWS_AT_ONCE = 4000;
/** How often all is read again where another process writes meanwhile; the next question reads it again. */
const TRIES = 3;

/** A row as the index of the table has it. */
type Indexed = {
  readonly device: string;
  readonly ordinal: number;
  readonly state: string;
  readonly severity: string;
  readonly plant: string | null;
  readonly product: string | null;
  readonly release: string | null;
  readonly diagnosis: string | null;
  readonly openedAt: string;
  readonly graceUntil: number | null;
  readonly acknowledgedAt: number | null;
  readonly changedAt: number | null;
};

type Step = (columns: IncidentColumns) => void;

function prepare(database: Database.Database) {
  return {
    version: prepareColumn<[], number>(database, 'PRAGMA data_version'),
    page: database.prepare<[object], Indexed>(
      `SELECT device, ordinal, state, severity, plant, product, release, diagnosis, opened_at AS openedAt,
         grace_until AS graceUntil, acknowledged_at AS acknowledgedAt, changed_at AS changedAt
       FROM incident INDEXED BY incident_columns WHERE (opened_at, device, ordinal) > (@openedAt, @device, @ordinal)
       ORDER BY opened_at, device, ordinal LIMIT @limit`,
    ),
  };
}

/**
 * The columns of all incidents in memory. They are read when they are asked for first, and again where another process has
 * written; what a transaction of this process changes goes to them when it has ended well.
 */
export class IncidentIndex {
  readonly #database: Database.Database;
  readonly #statements: ReturnType<typeof prepare>;
  /** What is complete, and of which version of the file; null before it was read. */
  #ready: { readonly columns: IncidentColumns; readonly version: number } | null = null;
  /** What is being read. */
  #growing: IncidentColumns | null = null;
  #reading: Promise<IncidentColumns> | null = null;
  #steps: Step[] = [];
  /** Another number after each change of rows that has no step. */
  #generation = 0;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  put(row: Indexed): void {
    this.#add((columns) => columns.put(rowOf(row)));
  }

  remove(device: string, ordinal: number): void {
    this.#add((columns) => columns.remove(device, ordinal));
  }

  removeUpTo(device: string, last: number): void {
    this.#add((columns) => columns.removeUpTo(device, last));
  }

  /** What was put and removed so far in this transaction, for `rollBackTo()` where a part of it is rolled back. */
  mark(): number {
    return this.#steps.length;
  }

  rollBackTo(mark: number): void {
    this.#steps.length = Math.min(mark, this.#steps.length);
  }

  /** The transaction has ended well. */
  commit(): void {
    if (this.#steps.length === 0) return;
    for (const columns of [this.#ready?.columns ?? null, this.#growing])
      if (columns !== null) for (const step of this.#steps) step(columns);
    this.#steps = [];
  }

  /** The transaction was rolled back. */
  rollBack(): void {
    this.#steps = [];
  }

  /** Rows were changed in another way: all is read again. */
  clear(): void {
    this.#ready = null;
    this.#generation++;
  }

  /** The columns of all incidents; at once where they are in memory. */
  async columns(): Promise<IncidentColumns> {
    if (this.#ready !== null && this.#ready.version === this.#version()) return this.#ready.columns;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
      this.#growing = null;
    });
    return this.#reading;
  }

  #add(step: Step): void {
    if (this.#ready !== null || this.#growing !== null) this.#steps.push(step);
  }

  async #readAll(): Promise<IncidentColumns> {
    for (let tries = 1; ; tries++) {
      const [version, generation] = [this.#version(), this.#generation];
      const columns = new IncidentColumns();
      this.#growing = columns;
      let after: object | undefined = { openedAt: '', device: '', ordinal: 0 };
      while (after !== undefined) {
        const rows = withOperatingErrors(this.#database, () =>
          this.#statements.page.all({ ...after, limit: ROWS_AT_ONCE }),
        );
        for (const row of rows) columns.put(rowOf(row));
        after = rows.length < ROWS_AT_ONCE ? undefined : pick(rows.at(-1) as Indexed);
        if (after !== undefined) await yieldToEventLoop();
      }
      // What was read before rows were mended may have those that are gone.
      if (generation !== this.#generation) continue;
      if (version !== this.#version() && tries < TRIES) continue;
      this.#ready = { columns, version };
      return columns;
    }
  }

  #version(): number {
    return this.#statements.version.get() ?? -1;
  }
}

function pick({ openedAt, device, ordinal }: Indexed) {
  return { openedAt, device, ordinal };
}

function rowOf({ openedAt, acknowledgedAt, changedAt, ...row }: Indexed) {
  return {
    ...row,
    openedAt: Date.parse(openedAt),
    acknowledged: acknowledgedAt !== null,
    // A row of an older version that was not brought over yet.
    changedAt: changedAt ?? 0,
  };
}
