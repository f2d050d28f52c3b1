import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import { makeDirectories } from '../../make-directories.ts';
import { registerRowSum } from './checksums.ts';
import { forgetCleanStop, isCleanStop } from './clean-stop.ts';
import { MARKED_ID, refuseHalfCopy } from './copy-mark.ts';
import { buildDeferredIndexes, hasDeferredIndexes } from './deferred-indexes.ts';
import { mendEarlyForms } from './early-forms.ts';
import { damaged, toOperatingError } from './failures.ts';
import { foundAtOpening } from './found-at-opening.ts';
import { registerLowered } from './lowered.ts';
import { rememberFiles } from './open-files.ts';
import { APPLICATION_ID, migrations } from './schema.ts';
import { beginShrinkable } from './shrinking.ts';
import { problemsOf } from './table-indexes.ts';
import { keepDamagedLog } from './write-ahead-log.ts';

export const DATABASE_NAME = 'quovadis.db';
/**
 * Size of SQLite's page cache: the pages that a commit of `archiveLines` changes fit in, so that SQLite writes each
 * page once.
 */
const CACHE_KIB = 32 * 1024;
/**
 * Pages of the write-ahead log before SQLite copies them into the file: a page that many commits change is copied once.
 */
const LOG_PAGES = 8192;
/** How long the write-ahead log is at most after a checkpoint has emptied it. */
const LOG_LIMIT_BYTES = 64 * 2 ** 20;
/** How long SQLite waits for another process that has locked the file. */
const BUSY_MS = 5000;

/**
 * Opens `quovadis.db` in a directory, creates the file if it is missing, and brings it to this version's schema.
 * Refuses a file of another program, a damaged file and a file of a newer version, and leaves them unchanged. With
 * `readonly` it also refuses a missing file and a file of an older version. `watchesFiles`: false for a test, which then sees
 * what is lost in a file that was replaced.
 */
export function openDatabase(directory: string, { readonly = false, watchesFiles = true } = {}): Database.Database {
  const file = join(directory, DATABASE_NAME);
  if (readonly) requireDatabase(directory);
  try {
    if (!readonly) {
      makeDirectory(directory);
      refuseLeftLog(file);
    }
    refuseHalfCopy(file);
    // Asked before SQLite makes a log.
    const isClean = isCleanStop(file);
    const damagedLog = readonly || isClean ? null : keepDamagedLog(file);
    const database = new Database(file, { readonly, timeout: BUSY_MS });
    if (watchesFiles) rememberFiles(database);
    foundAtOpening(database).damagedLog = damagedLog;
    registerRowSum(database);
    registerLowered(database);
    try {
      prepare(database, file, { readonly, isClean });
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (error) {
    throw toOperatingError(error, file);
  }
}

/** Throws if there is no `quovadis.db` in a directory, or if this user may not read it. */
export function requireDatabase(directory: string): void {
  const file = join(directory, DATABASE_NAME);
  try {
    statSync(file);
    accessSync(file, constants.R_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      throw new OperatingError(
        'QVW_REFUSED',
        `this user may not read ${file}: run the command with sudo, or as the user of the service`,
        { cause: error },
      );
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      `there is no ${file}: name the data directory of the service with --data`,
    );
  }
}

/** SQLite deletes the write-ahead log of a database that is gone, and with it the last commits. */
function refuseLeftLog(file: string): void {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size === 0 || existsSync(file)) return;
  throw new OperatingError(
    'QVW_DATABASE_DAMAGED',
    `${file} is gone, but its write-ahead log is there: put ${DATABASE_NAME} back beside it, or move ${file}-wal away to start anew`,
  );
}

/** Returns the first directory that it has made; undefined if all were there. */
export function makeDirectory(directory: string): string | undefined {
  try {
    return makeDirectories(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      isFile
        ? `${directory} is not a directory: name one with --data, where quovadis.db is or will be`
        : `${directory} cannot be made (${code}): name a directory with --data where this user may write`,
      { cause: error },
    );
  }
}

function prepare(
  database: Database.Database,
  file: string,
  { readonly, isClean }: { readonly: boolean; isClean: boolean },
): void {
  refuseForeign(database, file);
  if (!isClean) lookThrough(database, file, readonly);
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length) {
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `${file} was written by a newer version of quovadis-watch: use that version, or another --data`,
    );
  }
  if (readonly && version < migrations.length) {
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `${file} was written by an older version of quovadis-watch: start this version's service on it once, or use that one`,
    );
  }
  if (readonly) {
    if (hasDeferredIndexes(database)) throw interrupted(file);
    return;
  }
  forgetCleanStop(file);
  foundAtOpening(database).isUntouched = isClean && version === migrations.length;
  if (version === 0) beginShrinkable(database);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma(`cache_size = -${CACHE_KIB}`);
  database.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
  // A log that grew while somebody read the database gives its space back.
  database.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`);
  buildDeferredIndexes(database);
  const from = mendEarlyForms(database, version);
  migrations.slice(from).forEach((statements, index) => {
    database.transaction(() => {
      database.exec(statements);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${from + index + 1}`);
    })();
  });
}

/**
 * Locks the file until it is closed, against readers too. Returns false where another process has the file open. In WAL
 * mode the only connection to a file may lock it permanently (https://sqlite.org/pragma.html#pragma_locking_mode).
 */
export function lockAlone(database: Database.Database): boolean {
  database.pragma('busy_timeout = 0');
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw toOperatingError(error, database.name);
    database.pragma('locking_mode = NORMAL');
    return false;
  } finally {
    database.pragma(`busy_timeout = ${BUSY_MS}`);
  }
}

/** Reads all pages. Only who writes compares the indexes with their tables, too: `check` and backups do so by themselves. */
function lookThrough(database: Database.Database, file: string, readonly: boolean): void {
  if (!readonly && problemsOf(database, 'integrity_check', 1).length === 0) return;
  if (problemsOf(database, 'quick_check', 1).length > 0) throw damaged(file);
  if (!readonly) foundAtOpening(database).isDisordered = true;
}

function interrupted(file: string): OperatingError {
  return new OperatingError(
    'QVW_DATABASE_FAILED',
    `a replay into ${file} is at work or was interrupted: wait for it; or start the service on it or replay into it once, which completes its indexes`,
  );
}

function refuseForeign(database: Database.Database, file: string): void {
  const id = database.pragma('application_id', { simple: true });
  if (id === APPLICATION_ID || id === MARKED_ID) return;
  const tables = database.prepare('SELECT count(*) FROM sqlite_master').pluck().get() as number;
  if (tables === 0) return;
  throw new OperatingError(
    'QVW_DATABASE_FOREIGN',
    `${file} is a database of another program: name another directory with --data`,
  );
}
