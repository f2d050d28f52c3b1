import type Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import { requireInPlaceForCommit } from './open-files.ts';

/** Runs `work`. A failure of SQLite is thrown as an `OperatingError` that names the file. */
export function withOperatingErrors<T>(database: Database.Database, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toOperatingError(error, database.name);
  }
}

/** Runs `work` in one transaction, which nothing is left of where the file is not in its place. A failure of SQLite is thrown as an `OperatingError` that names the file. */
export function inTransaction<T>(database: Database.Database, work: () => T): T {
  return withOperatingErrors(
    database,
    database.transaction(() => {
      const result = work();
      requireInPlaceForCommit(database);
      return result;
    }),
  );
}

/** SQLite's own failures as operating errors. Any other error is a programmer's error and is returned as it is. */
export function toOperatingError(error: unknown, file: string): unknown {
  if (error instanceof OperatingError) return error;
  const code = (error as { code?: unknown }).code;
  if (code === 'SQLITE_NOTADB' || (typeof code === 'string' && code.startsWith('SQLITE_CORRUPT')))
    return damaged(file, error);
  if (typeof code !== 'string') return error;
  const what = (error as Error).message;
  if (code.startsWith('SQLITE_BUSY')) {
    return new OperatingError(
      'QVW_DATABASE_FAILED',
      `${file} is in use by another process (${what}): wait until it ends, as a replay into it lets nobody else in`,
      { cause: error },
    );
  }
  return new OperatingError(
    'QVW_DATABASE_FAILED',
    `${file} cannot be used (${what}): check the directory's permissions and free space`,
    { cause: error },
  );
}

export function damaged(file: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'QVW_DATABASE_DAMAGED',
    `${file} is damaged or not a database: restore a copy of it, or move it away to start anew`,
    { cause },
  );
}
