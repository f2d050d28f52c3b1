import { type BigIntStats, statSync } from 'node:fs';
import { basename } from 'node:path';
import type Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';

/** Which file a path leads to. */
export type Identity = { readonly dev: bigint; readonly ino: bigint };

/** Files that SQLite keeps beside the database. It makes them with the first transaction, and never anew while it is open. */
const BESIDE = ['-wal', '-shm'] as const;

/**
 * The files of an open database, by device and inode. SQLite writes on into a file that was removed, renamed or replaced,
 * and nobody finds there again what it has written.
 */
export class OpenFiles {
  readonly #file: string;
  readonly #database: Identity | null;
  readonly #beside = new Map<string, Identity>();

  /** To be made right after the file was opened. */
  constructor(file: string) {
    this.#file = file;
    this.#database = identityOf(file);
  }

  /** Throws `QVW_DATABASE_FAILED` where a path does not lead to the open file any more: it may be put back. */
  requireInPlace(): void {
    const now = identityOf(this.#file);
    if (now === null || !isSame(now, this.#database)) throw this.#moved(now === null);
    for (const [path, opened] of this.#beside) {
      const found = identityOf(path);
      if (found === null || !isSame(found, opened)) throw this.#movedBeside(path, found === null);
    }
  }

  /** The same at the end of a transaction that writes, when SQLite has the files beside the database open. */
  requireInPlaceForCommit(): void {
    this.requireInPlace();
    if (this.#beside.size === BESIDE.length) return;
    for (const suffix of BESIDE) {
      const path = `${this.#file}${suffix}`;
      const found = this.#beside.has(path) ? null : identityOf(path);
      if (found !== null) this.#beside.set(path, found);
    }
  }

  #moved(gone: boolean): OperatingError {
    const what = gone ? 'was removed or renamed' : 'was replaced by another file';
    return new OperatingError(
      'QVW_DATABASE_FAILED',
      `${this.#file} ${what} while it is open: put the same file back, or restart the service to use what is there now; ` +
        'until then nothing is stored and lines wait',
    );
  }

  #movedBeside(path: string, gone: boolean): OperatingError {
    const what = gone ? 'was removed or renamed' : 'was replaced by another file';
    return new OperatingError(
      'QVW_DATABASE_FAILED',
      `${path} ${what} while it is open: put the same file back, or restart the service, which brings what was stored ` +
        `into ${basename(this.#file)} when it stops; until then nothing is stored and lines wait`,
    );
  }
}

const openFiles = new WeakMap<Database.Database, OpenFiles>();

/** Remembers the files of a database that was opened just now. */
export function rememberFiles(database: Database.Database): void {
  openFiles.set(database, new OpenFiles(database.name));
}

/** As `OpenFiles.requireInPlace()`. */
export function requireInPlace(database: Database.Database): void {
  openFiles.get(database)?.requireInPlace();
}

/** Whether the path of a database still leads to the file that is open. */
export function isInPlace(database: Database.Database): boolean {
  try {
    requireInPlace(database);
    return true;
  } catch {
    return false;
  }
}

/** As `OpenFiles.requireInPlaceForCommit()`: the last step of every transaction that writes. */
export function requireInPlaceForCommit(database: Database.Database): void {
  openFiles.get(database)?.requireInPlaceForCommit();
}

/** Null where there is no such file. */
export function identityOf(path: string): Identity | null {
  let found: BigIntStats | undefined;
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw new OperatingError('QVW_DATABASE_FAILED', `${path} cannot be looked at: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return found === undefined ? null : { dev: found.dev, ino: found.ino };
}

export function isSame(a: Identity, b: Identity | null): boolean {
  return b !== null && a.dev === b.dev && a.ino === b.ino;
}
