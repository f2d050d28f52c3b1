import type Database from 'better-sqlite3';
import { migrations } from './schema.ts';

/**
 * Schemas that programs had for some hours before the first release, under the version number of the schema that
 * followed. The migrations build on the later form, so these files get it first. `isIn`: whether the file has the early
 * form. `mend`: returns the version that the file has then.
 */
const earlyForms: readonly {
  readonly isIn: (database: Database.Database, version: number) => boolean;
  readonly mend: (database: Database.Database, version: number) => number;
}[] = [
  {
    // Evidence had no digests.
    isIn: (database, version) => version >= 3 && !hasColumn(database, 'evidence', 'digest'),
    mend: (database, version) => {
      database.exec(`ALTER TABLE evidence ADD COLUMN decisive INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE evidence ADD COLUMN digest TEXT;`);
      return version;
    },
  },
  {
    // The loss ledger was not stored.
    isIn: (database, version) => version >= 4 && !hasColumn(database, 'source', 'peer'),
    mend: (database, version) => {
      database.exec(`CREATE TABLE source (
        peer TEXT NOT NULL,
        name INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (peer, name)
      ) STRICT, WITHOUT ROWID;`);
      return version;
    },
  },
  {
    // What is the eighth migration now came before the seventh.
    isIn: (database, version) => version === 7 && hasColumn(database, 'device', 'judged'),
    mend: (database) => {
      database.exec(migrations[6] as string);
      return 8;
    },
  },
];

/** Gives a file of an early form the later one, in one transaction. Returns the version of the schema that it has then. */
export function mendEarlyForms(database: Database.Database, stored: number): number {
  const found = stored === 0 ? [] : earlyForms.filter(({ isIn }) => isIn(database, stored));
  if (found.length === 0) return stored;
  return database.transaction(() => {
    const version = found.reduce((version, { mend }) => mend(database, version), stored);
    database.pragma(`user_version = ${version}`);
    return version;
  })();
}

function hasColumn(database: Database.Database, table: string, column: string): boolean {
  return database.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?').get(table, column) !== undefined;
}
