/**
 * How a half copy is recognised: `quovadis.db` of a running service without its write-ahead log, in which the last commits
 * are. While the service runs, the file alone has another application id than the file and its log together: SQLite always
 * sees the one in the log. So only who takes the file without the log has the mark.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import { APPLICATION_ID } from './schema.ts';

/** `QVDw`. */
export const MARKED_ID = 0x51564477;
/** Where the application id is in the file (https://sqlite.org/fileformat.html). */
const ID_OFFSET = 68;

/**
 * Marks the file, if it is not marked. A checkpoint takes the mark away, so it is set again from time to time. A kill
 * between the two commits leaves the mark in the log, which is no half copy, as the log is there.
 */
export function markFile(database: Database.Database): void {
  if (applicationIdIn(database.name) === MARKED_ID) return;
  database.pragma(`application_id = ${MARKED_ID}`);
  database.pragma('wal_checkpoint(PASSIVE)');
  database.pragma(`application_id = ${APPLICATION_ID}`);
}

/** Throws `QVW_DATABASE_DAMAGED` for the file of a running service without its log. */
export function refuseHalfCopy(file: string): void {
  if (existsSync(`${file}-wal`) || applicationIdIn(file) !== MARKED_ID) return;
  const log = `${basename(file)}-wal`;
  throw new OperatingError(
    'QVW_DATABASE_DAMAGED',
    `${file} is half a copy of a running service's database: take ${log} too, or use \`backup\``,
  );
}

/** The application id in the file itself; null where there is no such file, or it is too short. A FIFO would never end. */
export function applicationIdIn(file: string): number | null {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const open = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(4);
    return readSync(open, bytes, 0, 4, ID_OFFSET) === 4 ? bytes.readUInt32BE() : null;
  } finally {
    closeSync(open);
  }
}
