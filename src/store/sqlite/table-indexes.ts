/** Indexes that have not what the rows of their tables have. SQLite answers from such an index as if rows were not there. */
import type Database from 'better-sqlite3';
import type { DamagedRow } from '../ports/damage.ts';
import type { FoundRow } from './check-rows.ts';

/** How many problems SQLite is asked for: enough to name each index where each of some thousand rows has one. */
const MOST_PROBLEMS = 10_000;
/** `row 5 missing from index N`, `wrong # of entries in index N`, `non-unique entry in index N`, and `row not in PRIMARY KEY order for N`. */
const NAMED = /(?:index|order for) (\S+)$/;

/** Tables with an index of which no two rows may have the same. Devices and incidents have checksums, by which they are mended. */
const UNIQUE: Readonly<Record<string, string>> = {
  alias: 'name',
  gone_incident: 'device, ordinal',
  damaged: 'tab, row, name',
};

/** What people know the rows of these tables by. That a damaged row is noted twice loses nothing. */
const NAMES = { alias: 'name', gone_incident: "device || ', incident ' || ordinal" } as const;

export type WrongIndex = { readonly name: string; readonly table: string; readonly problem: string };

/** Reads the whole file. Changes nothing. */
export function wrongIndexes(database: Database.Database): WrongIndex[] {
  const tableOf = database.prepare<[string], string>('SELECT tbl_name FROM sqlite_master WHERE name = ?').pluck();
  const wrong = new Map<string, WrongIndex>();
  for (const problem of problemsOf(database, 'integrity_check', MOST_PROBLEMS)) {
    const named = NAMED.exec(problem)?.[1];
    const table = named === undefined ? undefined : tableOf.get(named);
    const name = table === undefined ? 'quovadis.db' : (named ?? '');
    if (!wrong.has(name)) wrong.set(name, { name, table: table ?? '', problem: problem.replace(/\s+/g, ' ') });
  }
  return [...wrong.values()];
}

/** What SQLite finds wrong, at most `most` problems. It may also give up at a row of an index that it cannot read. */
export function problemsOf(
  database: Database.Database,
  check: 'integrity_check' | 'quick_check',
  most: number,
): string[] {
  try {
    const rows = database.pragma(`${check}(${most})`) as Record<string, string>[];
    return rows.flatMap((row) => Object.values(row)).filter((problem) => problem !== 'ok');
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown };
    if (!String(code).startsWith('SQLITE_CORRUPT')) throw error;
    return [message];
  }
}

export function asDamagedIndex({ name, problem }: WrongIndex): DamagedRow {
  return { table: 'index', name, why: `it was not what its table says (${problem}): the service makes it anew` };
}

/**
 * Makes every index anew from the rows of its table. An index of devices or incidents stays as it is where two rows would have
 * the same key: one of them is damaged, and is to be mended first. Of the rows of another table that have the same key by damage
 * the first stays; returns the others, which are deleted.
 */
export function reindexAll(database: Database.Database): FoundRow[] {
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all();
  return tables.flatMap((table) => reindexOne(database, table));
}

/** As `reindexAll()`, for one table. */
export function reindexOne(database: Database.Database, table: string): FoundRow[] {
  const doubles = removeDoubles(database, table);
  try {
    database.exec(`REINDEX ${table}`);
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('SQLITE_CONSTRAINT')) throw error;
    if (table !== 'device' && table !== 'incident') throw error;
  }
  return doubles;
}

function removeDoubles(database: Database.Database, table: string): FoundRow[] {
  const columns = UNIQUE[table];
  if (columns === undefined) return [];
  const double = `rowid NOT IN (SELECT min(rowid) FROM ${table} NOT INDEXED GROUP BY ${columns})`;
  const found: FoundRow[] = [];
  for (const [known, name] of Object.entries(NAMES)) {
    if (known !== table) continue;
    const rows = database.prepare<[], { rowid: number; name: string }>(
      `SELECT rowid AS rowid, ${name} AS name FROM ${table} NOT INDEXED WHERE ${double}`,
    );
    const why = 'another row has its name, and came first: this one is deleted';
    for (const row of rows.all()) found.push({ table: known as keyof typeof NAMES, ...row, why });
  }
  database.exec(`DELETE FROM ${table} NOT INDEXED WHERE ${double}`);
  return found;
}
