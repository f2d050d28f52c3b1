/**
 * The tables beside devices, incidents and evidence whose rows have checksums. A row of them that is not what was stored is
 * left out of every answer; nothing is made anew of it but what the next lines say.
 */
import { crc32 } from 'node:zlib';
import type Database from 'better-sqlite3';
import { parseStored } from '../codec/stored-json.ts';
import type { FoundRow } from './check-rows.ts';
import { INTACT, rowSum } from './checksums.ts';

export type SideTable = 'alias' | 'transition' | 'note' | 'notice' | 'delivered' | 'inventory_change';

/** `row`: its number in its table. `intact`: 0 where its checksum is wrong. `owner`: whom people know it by. */
export type SideRow = {
  readonly row: number;
  readonly owner: string;
  readonly record: string;
  readonly intact: number;
};

/** Called for each row that is left out of an answer. */
export type OnDamaged = (row: FoundRow) => void;

type Columns = { readonly id: string; readonly owner: string; readonly record: string; readonly word: string };

const of = (owner: string, word: string, id = 'id'): Columns => ({ id, owner, record: 'record', word });

/** `word`: for people, before the number of the row; a name is its own. */
const COLUMNS: Readonly<Record<SideTable, Columns>> = {
  alias: { id: 'id', owner: 'name', record: "'{}'", word: '' },
  transition: of('device', 'change'),
  note: of('device', 'note'),
  notice: of('incident', 'notice', 'seq'),
  delivered: of('device', 'delivered notice', 'n'),
  inventory_change: of('device', 'inventory change'),
};

export const sideTables = Object.keys(COLUMNS) as readonly SideTable[];

/** What stands behind the name of a device in the names of its rows. */
export const rowWords = ['line', ...Object.values(COLUMNS).flatMap(({ word }) => (word === '' ? [] : word))];

/** What a query selects of a table to read its rows by `readSide()`. */
export const SIDE = Object.fromEntries(
  Object.entries(COLUMNS).map(([table, { id, owner, record }]) => [
    table,
    `${id} AS row, ${owner} AS owner, ${record} AS record, ${INTACT[table as SideTable]} AS intact`,
  ]),
) as Readonly<Record<SideTable, string>>;

/** The row as `read` makes it of its record; null where it is not what was stored, which is reported. */
export function readSide<T>(
  table: SideTable,
  row: SideRow,
  onDamaged: OnDamaged,
  read: (record: string) => T,
): T | null {
  const result = resultOf(row, read);
  if (!(result instanceof Error)) return result;
  onDamaged({ table, name: nameOf(table, row), rowid: row.row, why: result.message });
  return null;
}

/** A row of a table without numbers of rows. `sum`: null in rows of older versions. */
export type PlainRow = { readonly record: string; readonly sum: number | null };

/** What such a row holds; null where it is not what was stored, which is reported. `columns`: its key. */
export function readPlain<T>(
  table: 'source' | 'alert',
  { record, sum }: PlainRow,
  columns: readonly [string, string | number],
  onDamaged: OnDamaged,
): T | null {
  const value = sum === null || sum === rowSum(record, ...columns) ? parsed(record) : null;
  if (value !== null) return value as T;
  const name = columns.join(', ');
  onDamaged({ table, name, rowid: crc32(name), why: 'its record is not what was stored' });
  return null;
}

/** Null where a text is no object in JSON. */
function parsed(record: string): object | null {
  try {
    const value = parseStored(record);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The damaged rows of a table, in the order of the file and not by an index. */
export function* damagedSide(database: Database.Database, table: SideTable): Generator<FoundRow> {
  const rows = database.prepare<[], SideRow>(`SELECT ${SIDE[table]} FROM ${table} NOT INDEXED`);
  for (const row of rows.iterate()) {
    const found: FoundRow[] = [];
    readSide(table, row, (damaged) => found.push(damaged), parseStored);
    yield* found;
  }
}

/** The damaged rows of the tables without numbers of rows. */
export function* damagedPlain(database: Database.Database): Generator<FoundRow> {
  const found: FoundRow[] = [];
  for (const [table, columns] of [
    ['source', 'peer, name'],
    ['alert', 'sink, key'],
  ] as const) {
    const rows = database.prepare(`SELECT record, sum, ${columns} FROM ${table}`).raw(true);
    for (const row of rows.iterate()) {
      const [record, sum, ...key] = row as [string, number | null, string, string | number];
      readPlain(table, { record, sum }, key, (damaged) => found.push(damaged));
      yield* found.splice(0);
    }
  }
}

function nameOf(table: SideTable, { row, owner }: SideRow): string {
  const { word } = COLUMNS[table];
  return word === '' ? owner : `${owner}, ${word} ${row}`;
}

function resultOf<T>({ record, intact }: SideRow, read: (record: string) => T): T | Error {
  if (intact === 0) return new Error('its checksum is wrong');
  try {
    return read(record);
  } catch (error) {
    return error as Error;
  }
}
