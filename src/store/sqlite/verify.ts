import type Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import type { BackupDone } from '../ports/backup.ts';
import { damagedEvidence, damagedStates } from './check-rows.ts';
import { registerRowSum } from './checksums.ts';
import { MARKED_ID } from './copy-mark.ts';
import { APPLICATION_ID, migrations } from './schema.ts';
import { damagedPlain, damagedSide, sideTables } from './side-rows.ts';
import { wrongIndexes } from './table-indexes.ts';

/** Every version has had them. */
const countedTables = ['device', 'incident'] as const;

function hasTable(database: Database.Database, name: string): boolean {
  const sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return database.prepare<[string], number>(sql).pluck().get(name) === 1;
}

/**
 * Throws unless this is a database of quovadis-watch that this version can open, and SQLite finds no damage in it. `file`:
 * its name for people.
 */
function verifyDatabase(database: Database.Database, file: string): void {
  const id = database.pragma('application_id', { simple: true });
  const isOwn =
    (id === APPLICATION_ID || id === MARKED_ID) && countedTables.every((table) => hasTable(database, table));
  if (!isOwn) {
    throw new OperatingError('QVW_DATABASE_FOREIGN', `${file} is no database of quovadis-watch: name another file`);
  }
  if ((database.pragma('user_version', { simple: true }) as number) > migrations.length) {
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `${file} was written by a newer version of quovadis-watch: use that version`,
    );
  }
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') {
    const what = String(found).replace(/\s+/g, ' ');
    throw new OperatingError('QVW_DATABASE_DAMAGED', `${file} is damaged (${what}): take another copy`);
  }
}

/**
 * Makes a copy one file without a log and without the mark of a running service, and counts what is in it. Throws as
 * `verifyDatabase()`. `file`: the name of what was copied, for people.
 */
export function finishCopy(database: Database.Database, file: string): ReturnType<typeof countRows> {
  verifyDatabase(database, file);
  database.pragma('journal_mode = DELETE');
  if (database.pragma('application_id', { simple: true }) === MARKED_ID)
    database.pragma(`application_id = ${APPLICATION_ID}`);
  return countRows(database);
}

/**
 * How much is in a database, for people, and how many rows have not the content that was stored. Rows of a former schema
 * cannot be checked, as they have no checksums.
 */
function countRows(database: Database.Database): Pick<BackupDone, 'devices' | 'incidents' | 'damaged'> {
  const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  let damaged = wrongIndexes(database).length;
  if (database.pragma('user_version', { simple: true }) === migrations.length) {
    registerRowSum(database);
    for (const _ of damagedStates(database)) damaged++;
    for (const _ of damagedEvidence(database)) damaged++;
    for (const table of sideTables) for (const _ of damagedSide(database, table)) damaged++;
    for (const _ of damagedPlain(database)) damaged++;
  }
  return { devices: count('device'), incidents: count('incident'), damaged };
}
