import type { OtherInstances, StoredElsewhere } from '../ports/others.ts';
import { noteOf, transitionOf } from './changes.ts';
import type { Session } from './session.ts';

/** A transaction may commit so long after it has taken the number of a row; then the server has ended it. */
const LATE_MS = 20_000;
/** Of rows that only say where there is something new: the next one says it again. */
const HINT_LATE_MS = 2000;
/** Rows that are read at once. */
const MOST = 10_000;

type Row = { readonly id: number; readonly instance: string; readonly device: string; readonly ordinal: number };
type WithRecord = Row & { readonly record: string };

/** Reads new rows of tables. `instance`: this one; `clock`: milliseconds of a clock that never steps. */
export class PostgresOthers implements OtherInstances {
  readonly #session: Session;
  readonly #changes: NewRows<WithRecord>;
  readonly #notes: NewRows<WithRecord>;
  readonly #lines: NewRows<Row>;
  readonly #inventory: NewRows<Row>;

  constructor(session: Session, instance: string, clock: () => number) {
    this.#session = session;
    const not = { instance, clock, lateMs: LATE_MS };
    const hint = { instance, clock, lateMs: HINT_LATE_MS };
    this.#changes = new NewRows('transition', 'instance, device, ordinal, record', not);
    this.#notes = new NewRows('note', 'instance, device, ordinal, record', not);
    this.#lines = new NewRows('evidence', 'instance, device', hint);
    this.#inventory = new NewRows('inventory_change', 'instance, device', hint);
  }

  async next(): Promise<StoredElsewhere> {
    const [changes, notes, lines, inventory] = await Promise.all([
      this.#changes.next(this.#session),
      this.#notes.next(this.#session),
      this.#lines.next(this.#session),
      this.#inventory.next(this.#session),
    ]);
    return {
      changes: changes.map((row) => ({ instance: row.instance, of: transitionOf(row) })),
      notes: notes.map((row) => ({ instance: row.instance, of: noteOf(row) })),
      devices: [...new Set([...lines, ...inventory].map(({ device }) => device))],
    };
  }
}

/** `instance`: whose rows are none of others. `lateMs`: so long a row may be missing behind one with a higher number. */
type Watching = { readonly instance: string; readonly clock: () => number; readonly lateMs: number };

/** Of a table whose rows have rising numbers: a row with a lower one may be seen later, as its transaction took longer. */
class NewRows<T extends Row> {
  readonly #select: string;
  readonly #newest: string;
  readonly #instance: string;
  readonly #clock: () => number;
  readonly #lateMs: number;
  /** The highest number at some times; no row up to that of the first one can still come. */
  #passed: { readonly at: number; readonly id: number }[] = [];
  /** Numbers behind `#passed[0]` that were told. */
  #told = new Set<number>();

  constructor(table: string, columns: string, { instance, clock, lateMs }: Watching) {
    this.#lateMs = lateMs;
    this.#select = `SELECT id, ${columns} FROM ${table} WHERE id > $1 AND instance <> $2 ORDER BY id LIMIT ${MOST}`;
    this.#newest = `SELECT coalesce(max(id), 0) AS id FROM ${table}`;
    this.#instance = instance;
    this.#clock = clock;
  }

  async next(session: Session): Promise<T[]> {
    const at = this.#clock();
    const [newest] = await session.rows<{ id: number }>(this.#newest);
    this.#passed.push({ at, id: newest?.id ?? 0 });
    const first = this.#passed.length === 1;
    while ((this.#passed[1]?.at ?? at) < at - this.#lateMs) this.#passed.shift();
    const from = this.#passed[0]?.id ?? 0;
    for (const id of this.#told) if (id <= from) this.#told.delete(id);
    if (first) return [];
    const rows = (await session.rows<T>(this.#select, from, this.#instance)).filter(({ id }) => !this.#told.has(id));
    for (const { id } of rows) this.#told.add(id);
    return rows;
  }
}
