/** Rows that cannot be read, as somebody or something has changed them: they are left out, told once, and end nothing. */
import { limits } from '../../core/model/limits.ts';
import { OperatingError } from '../../errors.ts';
import { noDamage } from '../no-damage.ts';
import type { CheckedTable, DamagedRow } from '../ports/damage.ts';
import type { Session } from './session.ts';

type Read = { readonly [name: string]: unknown };
type Table = Exclude<CheckedTable, 'tail' | 'alias' | 'index' | 'wal'>;

const has =
  (...names: readonly string[]) =>
  (value: Read) =>
    names.every((name) => value[name] !== undefined);
const announces = ({ announcement }: Read) => has('type')((announcement ?? {}) as Read);

/**
 * What rows of every version have: JSON of something else can be read, too. `mend`: run with the names of the rows that
 * were found, so that they are made anew; others stay as they are.
 */
const TABLES: Readonly<Record<Table, { readonly isWhole: (value: Read) => boolean; readonly mend?: string }>> = {
  device: { isWhole: () => true, mend: 'UPDATE device SET judged = NULL WHERE key = ANY($1)' },
  member: { isWhole: () => true, mend: 'UPDATE device SET projected = 0 WHERE key = ANY($1)' },
  incident: {
    isWhole: has('id', 'state', 'openedAt'),
    mend: 'UPDATE device SET judged = NULL WHERE key IN (SELECT device FROM incident WHERE id = ANY($1))',
  },
  evidence: { isWhole: has('receivedAt', 'raw', 'kind') },
  transition: { isWhole: has('type', 'at') },
  note: { isWhole: has('at') },
  notice: { isWhole: announces },
  delivered: { isWhole: announces },
  inventory_change: { isWhole: (value) => Array.isArray(value) },
  gone_incident: { isWhole: () => true },
  source: { isWhole: has('peer', 'name', 'lastSeenAt') },
  alert: { isWhole: has('startsAt') },
};

export class PostgresDamage {
  /** What was left out since the last call of `mend()`, by table and name. */
  readonly #found = new Map<string, DamagedRow>();
  /** What was told, and stays in its table. */
  readonly #known = new Set<string>();

  note(row: DamagedRow): void {
    const id = idOf(row);
    if (this.#known.has(id) || this.#found.size + this.#known.size >= limits.damagedRows) return;
    this.#found.set(id, row);
  }

  /** What `read` makes of a row; null where that cannot be what was stored. `name`: for people. */
  readOne<T>(table: Table, name: string, read: () => T): T | null {
    const value = tried(read);
    const isRead = !(value instanceof Error) && typeof value === 'object' && value !== null;
    if (isRead && TABLES[table].isWhole(value as Read)) return value;
    this.note({ table, name, why: value instanceof Error ? value.message : 'its record is not what was stored' });
    return null;
  }

  /** The rows that can be read. */
  readAll<R, T>(table: Table, rows: readonly R[], name: (row: R) => string, read: (row: R) => T): T[] {
    return rows.flatMap((row) => this.readOne(table, name(row), () => read(row)) ?? []);
  }

  /** Throws `QVW_ROW_DAMAGED` where a row was left out: whoever looks for deadlines has it mended. */
  requireMended(): void {
    const [row] = this.#found.values();
    if (row !== undefined) throw rowDamaged(`${row.table} ${row.name}`, row.why);
  }

  /**
   * Notes what was found, and has made anew what can be. `work`: runs a transaction. Returns what no instance has told
   * before.
   */
  async mend(work: <T>(work: (session: Session) => Promise<T>) => Promise<T>, now: number): Promise<DamagedRow[]> {
    const found = [...this.#found.values()];
    if (found.length === 0) return [];
    const fresh = await work(async (session) => {
      for (const [table, rows] of Map.groupBy(found, (row) => row.table as Table)) {
        const { mend } = TABLES[table];
        if (mend !== undefined)
          await session.run(
            mend,
            rows.map(({ name }) => name),
          );
      }
      const noted = await session.rows<DamagedRow>(
        `INSERT INTO damaged (tab, name, why, at) SELECT *, $4::float8 FROM unnest($1::text[], $2::text[], $3::text[])
         ON CONFLICT (tab, name) DO NOTHING RETURNING tab AS "table", name, why`,
        ...[found.map(({ table }) => table), found.map(({ name }) => name), found.map(({ why }) => why), now],
      );
      await session.run('DELETE FROM damaged WHERE id <= (SELECT max(id) FROM damaged) - $1::int8', limits.damagedRows);
      return noted;
    });
    for (const row of found) {
      this.#found.delete(idOf(row));
      // A device is set aside, so that another one may have its key.
      if (row.table !== 'device') this.#known.add(idOf(row));
    }
    return fresh;
  }

  async counts(session: Session): Promise<Record<CheckedTable, number>> {
    const sql = 'SELECT tab, count(*) AS count FROM damaged GROUP BY tab';
    const rows = await session.rows<{ tab: CheckedTable; count: number }>(sql);
    return { ...noDamage, ...Object.fromEntries(rows.map(({ tab, count }) => [tab, count])) };
  }

  /** The damaged rows that were found last. */
  list(session: Session, limit: number): Promise<(DamagedRow & { readonly at: number })[]> {
    return session.rows('SELECT tab AS "table", name, why, at FROM damaged ORDER BY id DESC LIMIT $1', limit);
  }

  async forget(session: Session, keys: readonly string[]): Promise<void> {
    await session.run('DELETE FROM damaged WHERE name = ANY($1)', keys);
  }
}

const idOf = ({ table, name }: DamagedRow) => `${table} ${name}`;

/** It passes: the service sets the row aside. */
export function rowDamaged(what: string, why: string): OperatingError {
  return new OperatingError(
    'QVW_ROW_DAMAGED',
    `the row of ${what} cannot be read (${why}): the service sets it aside; without a service, start it, or restore a backup`,
  );
}

function tried<T>(read: () => T): T | Error {
  try {
    return read();
  } catch (error) {
    return error as Error;
  }
}
