import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import type { Restored } from '../ports/backup.ts';
import { refuseHalfCopy } from './copy-mark.ts';
import { putInPlace, stampOf, synchronise } from './durable-file.ts';
import { toOperatingError } from './failures.ts';
import { DATABASE_NAME, makeDirectory } from './open.ts';
import { LOCK_NAME, ServiceLock } from './service-lock.ts';
import { finishCopy } from './verify.ts';

/** `force`: a database that is there is moved aside. `evenDamaged`: also a backup with damaged rows. `now`: milliseconds, for its name then. */
export type RestoreOrder = {
  readonly directory: string;
  readonly force: boolean;
  readonly evenDamaged?: boolean;
  readonly now: number;
};

/** What SQLite needs beside the file; `-shm` is only an index of the log. */
const BESIDE = ['-wal', '-journal'] as const;

/**
 * Puts a backup, or a copy of `quovadis.db` with its write-ahead log, into a data directory. Checks a copy of it first, and
 * replaces nothing before that; `from` is never changed. Throws `QVW_REFUSED` while a service or a command uses the
 * directory, and where there is a database and no `force`.
 */
export function restoreDatabase(from: string, { directory, force, evenDamaged = false, now }: RestoreOrder): Restored {
  requireBackup(from);
  const made = makeDirectory(directory);
  const lock = new ServiceLock(directory);
  const file = join(directory, DATABASE_NAME);
  const copy = `${file}.restoring`;
  const remove = () => {
    for (const suffix of ['', '-shm', ...BESIDE]) rmSync(`${copy}${suffix}`, { force: true });
  };
  let isRestored = false;
  try {
    const there = () => ['', ...BESIDE].filter((suffix) => existsSync(`${file}${suffix}`));
    if (there().length > 0 && !force) {
      throw new OperatingError(
        'QVW_REFUSED',
        `${directory} has a database: give --force to replace it, and it is kept beside the restored one`,
      );
    }
    remove();
    const counts = checkedCopy(from, copy);
    if (counts.damaged > 0 && !evenDamaged) {
      throw new OperatingError(
        'QVW_DATABASE_DAMAGED',
        `${from} is damaged in ${counts.damaged} of its rows: take another backup, or give --even-damaged, and the service sets them aside`,
      );
    }
    if (existsSync(file)) requireUnused(file);
    const names = there();
    ownAs(directory, copy, names.includes('') ? file : from);
    const former = names.length === 0 ? null : moveAside(file, names, now);
    try {
      putInPlace(copy, file);
    } catch (error) {
      if (former !== null) for (const suffix of names) renameSync(`${former}${suffix}`, `${file}${suffix}`);
      throw error;
    }
    isRestored = true;
    return { ...counts, former };
  } catch (error) {
    throw toRestoreError(error, directory);
  } finally {
    remove();
    lock.release();
    if (!isRestored && made !== undefined) removeMade(directory, made);
  }
}

/** What a refused order has made: the lock, and directories from this one up to the first one made. */
function removeMade(directory: string, first: string): void {
  rmSync(join(directory, LOCK_NAME), { force: true });
  for (let path = resolve(directory); ; path = dirname(path)) {
    rmdirSync(path);
    if (path === resolve(first)) return;
  }
}

/** Throws where this is no file of SQLite, or half a copy. */
function requireBackup(from: string): void {
  const found = statSync(from, { throwIfNoEntry: false });
  if (found === undefined)
    throw new OperatingError('QVW_FILE_UNREADABLE', `there is no ${from}: name a file that \`backup\` has made`);
  if (found.isDirectory()) {
    throw new OperatingError('QVW_FILE_UNREADABLE', `${from} is a directory: name the file of the backup in it`);
  }
  if (!found.isFile()) {
    throw new OperatingError('QVW_FILE_UNREADABLE', `${from} is no regular file: name the file of a backup`);
  }
  if (found.size > 0 && !beginsAsDatabase(from))
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `${from} is no database of quovadis-watch: name a file that \`backup\` has made`,
    );
  refuseHalfCopy(from);
}

/** The first bytes of each database of SQLite (its file format, §1.3). */
const MAGIC = 'SQLite format 3\0';

function beginsAsDatabase(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(MAGIC.length);
    readSync(descriptor, head);
    return head.toString('latin1') === MAGIC;
  } finally {
    closeSync(descriptor);
  }
}

/** Copies the backup, and its log if it has one, beside the database; brings the log into the file, and checks it. */
function checkedCopy(from: string, copy: string): ReturnType<typeof finishCopy> {
  copyFileSync(from, copy, constants.COPYFILE_EXCL);
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${copy}-wal`, constants.COPYFILE_EXCL);
  let database: Database.Database;
  try {
    database = new Database(copy, { fileMustExist: true });
  } catch (error) {
    throw toOperatingError(error, from);
  }
  try {
    return finishCopy(database, from);
  } catch (error) {
    throw toOperatingError(error, from);
  } finally {
    database.close();
  }
}

/** Throws while a command uses the database. A database that cannot be read is used by nobody. */
function requireUnused(file: string): void {
  let database: Database.Database | null = null;
  try {
    database = new Database(file, { timeout: 0 });
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('SQLITE_BUSY'))
      throw new OperatingError('QVW_REFUSED', `${file} is in use by another command: wait until it ends`);
    if (typeof code !== 'string' || !/^SQLITE_(?:NOTADB|CORRUPT)/.test(code)) throw error;
  } finally {
    database?.close();
  }
}

/** Renames the database with what is beside it. Returns its new path. The log goes first: the file alone is told by its mark. */
function moveAside(file: string, suffixes: readonly string[], now: number): string {
  const wanted = `${file}.before-${stampOf(now)}`;
  let former = wanted;
  for (let count = 2; existsSync(former); count++) former = `${wanted}-${count}`;
  rmSync(`${file}-shm`, { force: true });
  for (const suffix of suffixes.toReversed()) renameSync(`${file}${suffix}`, `${former}${suffix}`);
  synchronise(dirname(file));
  return former;
}

/** Root restores for the user that the data directory belongs to. */
function ownAs(directory: string, copy: string, like: string): void {
  chmodSync(copy, statSync(like).mode & 0o777);
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(directory);
  for (const path of [copy, join(directory, LOCK_NAME)]) chownSync(path, uid, gid);
}

function toRestoreError(error: unknown, directory: string): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (error instanceof OperatingError || typeof code !== 'string') return error;
  return new OperatingError(
    'QVW_BACKUP_FAILED',
    `nothing was restored into ${directory} (${message}): check its permissions and free space`,
    { cause: error },
  );
}
