import type { InstanceState, OtherInstances, StoredElsewhere } from '../ports/others.ts';
import { changeName, noteName, noteOf, transitionOf } from './changes.ts';
import type { PostgresDamage } from './damage.ts';
import type { Presence } from './presence.ts';
import type { Session } from './session.ts';

/** A transaction may commit so long after it has taken the number of a row; then the server has ended it. */
const LATE_MS = 20_000;
/** Of rows that only say where there is something new: the next one says it again. */
const HINT_LATE_MS = 2000;
/** Rows that are read at once. */
const MOST = 10_000;

type Row = { readonly id: number; readonly instance: string };
type OfDevice = Row & { readonly device: string };
type WithRecord = OfDevice & { readonly ordinal: number; readonly record: string };
type Acted = Row & { readonly at: number; readonly by: string | null; readonly devices: readonly string[] };

/** What the process with the name of the instance says of itself and learns of the others. */
type Present = Pick<Presence, 'judgeBy' | 'instances' | 'noteClock'>;

/**
 * Reads new rows of tables. `instance`: this one; `clock`: milliseconds of a clock that never steps.
 */
export class PostgresOthers implements OtherInstances {
  database = '';
  readonly #presence: Present;
  readonly #session: Session;
  readonly #damage: PostgresDamage;
  readonly #changes: NewRows<WithRecord>;
  readonly #notes: NewRows<WithRecord>;
  readonly #acts: NewRows<Acted>;
  readonly #lines: NewRows<OfDevice>;
  readonly #inventory: NewRows<OfDevice>;

  constructor(session: Session, instance: string, clock: () => number, presence: Present, damage: PostgresDamage) {
    this.#damage = damage;
    this.#presence = presence;
    this.#session = session;
    const not = { instance, clock, lateMs: LATE_MS };
    const hint = { instance, clock, lateMs: HINT_LATE_MS };
    this.#changes = new NewRows('transition', 'instance, device, ordinal, record', not);
    this.#notes = new NewRows('note', 'instance, device, ordinal, record', not);
    this.#acts = new NewRows('device_act', 'instance, at, author AS by, devices', not);
    this.#lines = new NewRows('evidence', 'instance, device', hint);
    this.#inventory = new NewRows('inventory_change', 'instance, device', hint);
  }

  async readDatabase(): Promise<void> {
    const [row] = await this.#session.rows<{ name: string }>(
      "SELECT current_database() || '-' || left(database::text, 8) AS name FROM meta",
    );
    this.database = row?.name ?? '';
  }

  judgeBy(judgedBy: string): Promise<void> {
    return this.#presence.judgeBy(judgedBy);
  }

  instances(): Promise<readonly InstanceState[]> {
    return this.#presence.instances();
  }

  noteClock(offsetMs: number | null): void {
    this.#presence.noteClock(offsetMs);
  }

  async next(): Promise<StoredElsewhere> {
    const looks = await Promise.all([
      this.#changes.read(this.#session),
      this.#notes.read(this.#session),
      this.#acts.read(this.#session),
      this.#lines.read(this.#session),
      this.#inventory.read(this.#session),
    ]);
    // Where one of them fails, nothing has gone on, and the next call gives all of it.
    for (const { tell } of looks) tell();
    const [{ rows: changes }, { rows: notes }, { rows: acts }, { rows: lines }, { rows: inventory }] = looks;
    return {
      changes: changes.flatMap((row) => {
        const of = this.#damage.readOne('transition', changeName(row), () => transitionOf(row));
        return of === null ? [] : { instance: row.instance, of };
      }),
      notes: notes.flatMap((row) => {
        const of = this.#damage.readOne('note', noteName(row), () => noteOf(row));
        return of === null ? [] : { instance: row.instance, of };
      }),
      acts: acts.map(({ instance, by, at, devices }) => ({ instance, of: { by, at, devices } })),
      devices: [...new Set([...lines, ...inventory].map(({ device }) => device))],
    };
  }
}

/** `instance`: whose rows are none of others. `lateMs`: so long a row may be missing behind one with a higher number. */
type Watching = { readonly instance: string; readonly clock: () => number; readonly lateMs: number };

type Passed = { readonly at: number; readonly id: number };

/** What one look at a table has found. `tell`: the rows have gone on; without it the next look finds them again. */
type Look<T> = { readonly rows: readonly T[]; readonly tell: () => void };

/** Of a table whose rows have rising numbers: a row with a lower one may be seen later, as its transaction took longer. */
class NewRows<T extends Row> {
  readonly #select: string;
  readonly #newest: string;
  readonly #instance: string;
  readonly #clock: () => number;
  readonly #lateMs: number;
  /** The highest number at some times; of the rows up to that of the first one all were told. */
  #passed: Passed[] = [];
  /** Numbers behind `#passed[0]` that were told. */
  #told = new Set<number>();

  constructor(table: string, columns: string, { instance, clock, lateMs }: Watching) {
    this.#lateMs = lateMs;
    this.#select = `SELECT id, ${columns} FROM ${table} WHERE id > $1 AND instance <> $2 ORDER BY id LIMIT ${MOST}`;
    this.#newest = `SELECT coalesce(max(id), 0) AS id FROM ${table}`;
    this.#instance = instance;
    this.#clock = clock;
  }

  /** The rows that were not told yet, until `tell()` is called. */
  async read(session: Session): Promise<Look<T>> {
    const at = this.#clock();
    const [newest] = await session.rows<{ id: number }>(this.#newest);
    const rows: T[] = [];
    let from = this.#passed[0]?.id ?? null;
    while (from !== null) {
      const some: T[] = await session.rows<T>(this.#select, from, this.#instance);
      for (const row of some) if (!this.#told.has(row.id)) rows.push(row);
      from = some.length < MOST ? null : (some.at(-1)?.id ?? null);
    }
    return { rows, tell: () => this.#tell(rows, { at, id: newest?.id ?? 0 }) };
  }

  #tell(rows: readonly T[], passed: Passed): void {
    for (const { id } of rows) this.#told.add(id);
    this.#passed.push(passed);
    while ((this.#passed[1]?.at ?? passed.at) < passed.at - this.#lateMs) this.#passed.shift();
    const from = this.#passed[0]?.id ?? 0;
    for (const id of this.#told) if (id <= from) this.#told.delete(id);
  }
}
