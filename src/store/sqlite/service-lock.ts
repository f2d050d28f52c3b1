import { join } from 'node:path';
import Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import { toOperatingError } from './failures.ts';
import { type Identity, identityOf, isSame } from './open-files.ts';

/** A database of its own, so that commands may still use `quovadis.db` beside the service. */
export const LOCK_NAME = 'quovadis.lock';

/**
 * Makes this process the one service of a data directory, which exists. The lock is one of the kernel's, taken by SQLite: it
 * ends with the process, however that ends. The file may be removed or replaced meanwhile: then the lock is taken again.
 */
export class ServiceLock {
  readonly #file: string;
  #database: Database.Database;
  #identity: Identity | null;

  /** Throws `QVW_REFUSED` where another service has the directory. */
  constructor(directory: string) {
    this.#file = join(directory, LOCK_NAME);
    this.#database = locked(this.#file);
    this.#identity = identityOf(this.#file);
  }

  /** Throws `QVW_REFUSED` where another service has taken the directory, after the file of the lock had been removed. */
  requireHeld(): void {
    const now = identityOf(this.#file);
    if (now !== null && isSame(now, this.#identity)) return;
    const again = locked(this.#file);
    this.#database.close();
    this.#database = again;
    this.#identity = identityOf(this.#file);
  }

  release(): void {
    this.#database.close();
  }
}

function locked(file: string): Database.Database {
  const database = openLock(file);
  try {
    begin(database, file);
    database.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL) STRICT; DELETE FROM holder');
    database.prepare('INSERT INTO holder (pid) VALUES (?)').run(process.pid);
    database.exec('COMMIT');
    // Kept open: readers still see the process id.
    begin(database, file);
    return database;
  } catch (error) {
    database.close();
    throw toOperatingError(error, file);
  }
}

function openLock(file: string): Database.Database {
  try {
    return new Database(file, { timeout: 0 });
  } catch (error) {
    throw toOperatingError(error, file);
  }
}

function begin(database: Database.Database, file: string): void {
  try {
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
    const pid = holderOf(database);
    throw new OperatingError(
      'QVW_REFUSED',
      `another service${pid === null ? '' : ` (process ${pid})`} uses this data directory (${file}): ` +
        'stop it first, or name another directory with --data',
    );
  }
}

/** Null where it is not written yet. */
function holderOf(database: Database.Database): number | null {
  try {
    return (database.prepare('SELECT pid FROM holder').pluck().get() as number | undefined) ?? null;
  } catch {
    return null;
  }
}
