/**
 * How a database is known that was closed properly and that nobody has touched since: SQLite needs not read all of its pages
 * at the next start, which takes a second for each 700 MB. The note beside the file says which file it was, and when the
 * file was changed last. A copy, a restored backup, a page that was written by something else and a process that was killed
 * leave another file, or a write-ahead log. What a disk has lost silently is found by the checksums of rows, as ever.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** The note is `quovadis.db-clean`. */
const SUFFIX = '-clean';

/** To be called right after the file was closed. Without a note, the next start only takes longer. */
export function noteCleanStop(file: string): void {
  const state = stateOf(file);
  if (state === null) return;
  try {
    writeFileSync(`${file}${SUFFIX}`, `${state}\n`);
  } catch {
    forgetCleanStop(file);
  }
}

/** Whether the file is as it was when it was closed properly. */
export function isCleanStop(file: string): boolean {
  try {
    return readFileSync(`${file}${SUFFIX}`, 'utf8') === `${stateOf(file)}\n`;
  } catch {
    return false;
  }
}

/** To be called before the file is written to. */
export function forgetCleanStop(file: string): void {
  rmSync(`${file}${SUFFIX}`, { force: true });
}

/** Null where there is no such file, or where its last changes are in the log beside it. The time of its inode cannot be set. */
function stateOf(file: string): string | null {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0) return null;
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}
