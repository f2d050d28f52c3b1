import { resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { limits } from '../../core/model/limits.ts';
import { OperatingError } from '../../errors.ts';
import { packDevice, unpackDevice } from '../codec/device-record.ts';
import type { Projection } from '../projection.ts';
import { INTACT, SUMS } from '../sqlite/checksums.ts';
import { SqliteDevices } from '../sqlite/devices.ts';
import { inTransaction } from '../sqlite/failures.ts';
import { SqliteMembers } from '../sqlite/members.ts';
import { markOf, putMark, removeMark } from '../sqlite/moving-mark.ts';
import { DATABASE_NAME, makeDirectory, openDatabase, requireDatabase } from '../sqlite/open.ts';
import { ServiceLock } from '../sqlite/service-lock.ts';
import type { Mark, Side } from './side.ts';
import { type MovedRow, type MovedTable, pageOf, ROWS_AT_ONCE, sumsOfDays } from './tables.ts';

const NO_BLOCKS = { sizes: [], settled: 0 };

export class SqliteSide implements Side {
  readonly place: string;
  readonly #database: Database.Database;
  readonly #lock: ServiceLock;
  readonly #members: SqliteMembers;
  readonly #devices: SqliteDevices;

  /** `isTarget`: the file is made where it is missing; else nothing in it is changed. Throws where a service uses the directory. */
  static open(directory: string, projection: Projection, isTarget: boolean): SqliteSide {
    if (isTarget) makeDirectory(directory);
    else requireDatabase(directory);
    const lock = new ServiceLock(directory);
    try {
      return new SqliteSide(openDatabase(directory, { readonly: !isTarget }), projection, lock, directory);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(database: Database.Database, projection: Projection, lock: ServiceLock, directory: string) {
    this.#database = database;
    this.#lock = lock;
    // The same for whoever names the directory in another way when a move goes on.
    this.place = resolve(directory, DATABASE_NAME);
    this.#members = new SqliteMembers(database, projection, () => {});
    this.#devices = new SqliteDevices(database, projection, this.#members, limits.devices);
    const older = database.prepare('SELECT 1 FROM incident WHERE changed_at IS NULL LIMIT 1').get();
    if (older === undefined) return;
    database.close();
    throw new OperatingError(
      'QVW_REFUSED',
      `${this.place} is of an older version: start the service on it once, and stop it`,
    );
  }

  async page(table: MovedTable, after: readonly unknown[] | null): Promise<readonly MovedRow[]> {
    if (table.name === 'device') return this.#devicesBehind((after?.[0] as string | undefined) ?? '');
    const sums = table.name === 'day' ? sumsOfDays(table.columns) : {};
    const intact = table.name in INTACT ? INTACT[table.name as keyof typeof INTACT] : '1';
    const sql = pageOf(table, after, () => '?', sums).replace('SELECT ', `SELECT ${intact} AS intact, `);
    const rows = inTransaction(this.#database, () =>
      this.#database.prepare<unknown[], MovedRow>(sql).all(...(after ?? [])),
    );
    const damaged = rows.find((row) => row['intact'] === 0);
    if (damaged !== undefined) throw this.#damaged(`row ${damaged[table.key[0] as string]} of ${table.name}`);
    return rows.map(({ intact: _, ...row }) => ({ ...row, ...asThere(table, row) }));
  }

  async put(table: MovedTable, rows: readonly MovedRow[], mark: Mark): Promise<void> {
    inTransaction(this.#database, () => {
      if (table.name === 'device') this.#putDevices(rows);
      else this.#putRows(table, rows);
      putMark(this.#database, mark);
    });
  }

  async mark(): Promise<Mark | null> {
    return markOf(this.#database);
  }

  async finish(): Promise<void> {
    inTransaction(this.#database, () => removeMark(this.#database));
  }

  async close(): Promise<void> {
    this.#database.close();
    this.#lock.release();
  }

  #devicesBehind(after: string): MovedRow[] {
    return this.#devices.behind(after, ROWS_AT_ONCE).map(({ key, judged, device }) => {
      if (device === null) throw this.#damaged(`the device ${key}`);
      return { key, judged, record: packDevice(device, { recent: device.recent, blocks: NO_BLOCKS }) };
    });
  }

  #putDevices(rows: readonly MovedRow[]): void {
    for (const { record, judged } of rows) {
      const { device } = unpackDevice({ record: record as string, blocks: null });
      this.#devices.bring(device, judged as string | null);
    }
    this.#members.flush();
  }

  #putRows({ name, columns }: MovedTable, rows: readonly MovedRow[]): void {
    const added = ADDED[name] ?? {};
    const all = [...columns, ...Object.keys(added)];
    const insert = this.#database.prepare(
      `INSERT INTO ${name} (${all.join(', ')}) VALUES (${all.map((column) => `@${column}`).join(', ')})`,
    );
    const sum =
      name in SUMS
        ? this.#database.prepare(`UPDATE ${name} SET sum = ${SUMS[name as keyof typeof SUMS]} WHERE rowid = ?`)
        : null;
    for (const row of rows) {
      const further = Object.fromEntries(Object.entries(added).map(([column, of]) => [column, of(row)]));
      const { lastInsertRowid } = insert.run({ ...row, ...asHere(name, row), ...further });
      sum?.run(lastInsertRowid);
    }
  }

  #damaged(what: string): OperatingError {
    return new OperatingError(
      'QVW_DATABASE_DAMAGED',
      `${what} in ${this.place} is damaged: start the service on it once, which sets it aside, and stop it`,
    );
  }
}

function asHere(name: string, row: MovedRow): MovedRow {
  return name === 'incident' ? { opened_at: new Date(row['opened_at'] as number).toISOString() } : {};
}

/** As PostgreSQL has it: times as numbers, and no NUL. */
function asThere({ name }: MovedTable, row: MovedRow): MovedRow {
  if (name === 'incident') return { opened_at: Date.parse(row['opened_at'] as string) };
  return name === 'unparsed' ? { raw: (row['raw'] as string).replaceAll('\0', '␀') } : {};
}

type Values = Readonly<Record<string, (row: MovedRow) => string | number>>;
/** Columns that PostgreSQL does not have, or has otherwise. */
const ADDED: Readonly<Record<string, Values>> = {
  transition: { type: ({ record }) => JSON.parse(record as string).type },
  day: { instance: () => INSTANCE, filled: () => 0 },
};
/** As `SqliteDays` writes them. */
const INSTANCE = 'main';
