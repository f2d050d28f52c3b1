import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { limits } from '../../core/model/limits.ts';
import { OperatingError } from '../../errors.ts';
import type { BackupDone } from '../ports/backup.ts';
import { applicationIdIn, refuseHalfCopy } from './copy-mark.ts';
import { putInPlace, stampOf } from './durable-file.ts';
import { toOperatingError } from './failures.ts';
import { DATABASE_NAME, requireDatabase } from './open.ts';
import { APPLICATION_ID } from './schema.ts';
import { finishCopy } from './verify.ts';

/** Pages that are copied between two pauses: 1 MiB. */
const STEP_PAGES = 256;
const BUSY_MS = 5000;
/** Names that a backup into a directory has. */
const OWN_NAME = /^quovadis-\d{8}T\d{6}Z\.db$/;
/** What a backup that was killed has left; a backup at work is younger. */
const PARTIAL = /\.partial-[0-9a-f]{12}(?:-journal)?$/;
const LEFT_AFTER_MS = 86_400_000;

/** `keep`: how many backups stay in the directory `to`. `now`: milliseconds, for the name in a directory.
 * `stop`: one number, not 0 once the backup shall end. */
export type BackupOrder = {
  readonly to: string;
  readonly now: number;
  readonly keep?: number | undefined;
  readonly stop?: Int32Array<SharedArrayBuffer>;
};

/**
 * Copies the database of a data directory while a service may write to it: its state at one instant. The copy is checked
 * before it gets its name. To be called where nothing else has to be done meanwhile: it pauses so that reading and
 * writing stay below `limits.backupBytesPerSecond`, and it waits for the disk.
 */
export async function backupDatabase(directory: string, { to, now, keep, stop }: BackupOrder): Promise<BackupDone> {
  requireDatabase(directory);
  const source = join(directory, DATABASE_NAME);
  const into = isDirectory(to) ? to : null;
  if (keep !== undefined && into === null) {
    throw new OperatingError('QVW_FILE_UNREADABLE', `there is no directory ${to}: make it first`);
  }
  const file = into === null ? to : join(into, `quovadis-${stampOf(now)}.db`);
  requireBackupName(file, source);
  removeLeft(dirname(file), now);
  const partial = join(dirname(file), `.${basename(file)}.partial-${randomBytes(6).toString('hex')}`);
  const remove = () => {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
  };
  process.once('exit', remove);
  try {
    await copyInto(partial, source, stop ?? new Int32Array(new SharedArrayBuffer(4)));
    const counts = finish(partial, source);
    putInPlace(partial, file);
    const { size: bytes } = statSync(file);
    // The older ones may have what is damaged now.
    const removed = into === null || counts.damaged > 0 ? [] : removeOldest(into, basename(file), keep);
    return { file, bytes, ...counts, removed };
  } catch (error) {
    throw toBackupError(error, file, source);
  } finally {
    process.removeListener('exit', remove);
    remove();
  }
}

/** Copies the pages of one instant: the transaction holds SQLite's view of it, and holds up no writer. */
async function copyInto(partial: string, source: string, stop: Int32Array<SharedArrayBuffer>): Promise<void> {
  refuseHalfCopy(source);
  const database = new Database(source, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
  try {
    database.exec('BEGIN');
    const pageBytes = database.pragma('page_size', { simple: true }) as number;
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    const pauseMs = (1000 * STEP_PAGES * pageBytes) / limits.backupBytesPerSecond;
    await database.backup(partial, {
      progress: () => {
        Atomics.wait(stop, 0, 0, pauseMs);
        if (stop[0] !== 0)
          throw new OperatingError('QVW_BACKUP_FAILED', 'the backup was stopped: nothing is left of it');
        return STEP_PAGES;
      },
    });
  } finally {
    database.close();
  }
}

/** Makes the copy one file without a log, and checks it. */
function finish(partial: string, source: string): ReturnType<typeof finishCopy> {
  const database = new Database(partial, { fileMustExist: true });
  try {
    return finishCopy(database, source);
  } finally {
    database.close();
    chmodSync(partial, statSync(source).mode & 0o777);
  }
}

/** A file that is there is replaced only if it is a backup. */
function requireBackupName(file: string, source: string): void {
  const directory = dirname(file);
  if (!isDirectory(directory)) {
    throw new OperatingError('QVW_FILE_UNREADABLE', `there is no directory ${directory}: make it first`);
  }
  if (!existsSync(file)) return;
  if (realpathSync(file) === realpathSync(source)) {
    throw new OperatingError('QVW_USAGE', `${file} is the database itself: name another file`);
  }
  const id = isDirectory(file) ? null : applicationIdIn(file);
  if (id === APPLICATION_ID && !existsSync(`${file}-wal`)) return;
  throw new OperatingError('QVW_REFUSED', `${file} is there and is no backup: name another file, or move it away`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Deletes the oldest backups of a directory beyond `keep`, never the one that was made just now. One whose name is of a later time was
 * made while the clock was ahead: it goes first.
 */
function removeOldest(directory: string, made: string, keep: number | undefined): string[] {
  if (keep === undefined) return [];
  const others = readdirSync(directory).filter((name) => OWN_NAME.test(name) && name !== made);
  const inOrder = others.sort((a, b) => Number(a < made) - Number(b < made) || (a < b ? -1 : 1));
  const removed = inOrder.slice(0, Math.max(0, others.length + 1 - Math.max(1, keep)));
  for (const name of removed) rmSync(join(directory, name), { force: true });
  return removed;
}

/** Deletes what a backup that was killed has left. */
function removeLeft(directory: string, now: number): void {
  for (const name of readdirSync(directory)) {
    if (!PARTIAL.test(name)) continue;
    const path = join(directory, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && now - found.mtimeMs > LEFT_AFTER_MS) rmSync(path, { force: true });
  }
}

/** What SQLite or the system says against the source or the copy. */
function toBackupError(error: unknown, file: string, source: string): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (code === 'SQLITE_NOTADB' || (typeof code === 'string' && code.startsWith('SQLITE_CORRUPT')))
    return toOperatingError(error, source);
  if (error instanceof OperatingError || typeof code !== 'string') return error;
  return new OperatingError(
    'QVW_BACKUP_FAILED',
    `no backup was made at ${file} (${message}): check its directory's permissions and free space`,
    { cause: error },
  );
}
