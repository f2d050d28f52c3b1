/** How far a move from PostgreSQL has come: a table that is there only while it is at work, or was broken off. */
import type Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import type { Mark } from '../moving/side.ts';

type Row = { readonly source: string; readonly tab: string; readonly after: string };

export function markOf(database: Database.Database): Mark | null {
  const exists = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'moving'").get();
  if (exists === undefined) return null;
  const row = database.prepare<[], Row>('SELECT source, tab, after FROM moving').get();
  return row === undefined ? null : { from: row.source, table: row.tab, after: JSON.parse(row.after) };
}

/** Within a transaction. */
export function putMark(database: Database.Database, { from, table, after }: Mark): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS moving (id INTEGER PRIMARY KEY, source TEXT NOT NULL, tab TEXT NOT NULL, after TEXT NOT NULL) STRICT',
  );
  database
    .prepare('INSERT OR REPLACE INTO moving (id, source, tab, after) VALUES (1, ?, ?, ?)')
    .run(from, table, JSON.stringify(after));
}

/** Within a transaction. */
export function removeMark(database: Database.Database): void {
  database.exec('DROP TABLE IF EXISTS moving');
}

/** Throws, and closes the database, where not everything was moved. */
export function requireMoved(database: Database.Database): void {
  const mark = markOf(database);
  if (mark === null) return;
  database.close();
  throw new OperatingError(
    'QVW_REFUSED',
    `a move from ${mark.from} into ${database.name} was broken off: finish it with migrate, or remove the file`,
  );
}
