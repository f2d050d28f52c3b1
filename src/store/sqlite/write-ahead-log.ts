/** What a damaged write-ahead log loses. Its form: https://sqlite.org/fileformat2.html#walformat */
import { copyFileSync, readFileSync, statSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The sums of a log with the first number are made of little-endian words, those of one with the second of big-endian words. */
const MAGIC = { little: 0x377f0682, big: 0x377f0683 } as const;

type Sum = readonly [number, number];

/**
 * How many transactions stand in a log behind a frame that is not what was written: SQLite reads a log up to there, and takes the
 * rest for what another log has left. 0 for a log that ends as a crash leaves it: with a part of its last transaction, and with
 * frames of a former log. A flip in the last transaction is not told from that.
 */
export function commitsBehindDamage(log: Buffer): number {
  const header = readHeader(log);
  if (header === null) return 0;
  const { frameBytes, salt, isBig } = header;
  let { sum } = header;
  let isSound = true;
  let commits = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    const expected = sumOf(log, at + FRAME_HEADER_BYTES, at + frameBytes, isBig, sumOf(log, at, at + 8, isBig, sum));
    const stored: Sum = [log.readUInt32BE(at + 16), log.readUInt32BE(at + 20)];
    const fits = isSame(expected, stored) && log.readBigUInt64BE(at + 8) === salt;
    if (!fits) isSound = false;
    // A commit has the size of the database in its last frame. The sum of a frame is made with that of the frame before.
    else if (!isSound && log.readUInt32BE(at + 4) > 0) commits++;
    sum = stored;
  }
  // One transaction alone may be the last one, of which a power cut has left its end and not its beginning.
  return commits >= 2 ? commits : 0;
}

/**
 * Copies the log of a database that lost transactions in this way, before SQLite writes over it. To be asked before the database is
 * opened. Null where it is sound, or not there. Errors are those of the file system.
 */
export function keepDamagedLog(file: string): { readonly copy: string; readonly commits: number } | null {
  const log = `${file}-wal`;
  const found = statSync(log, { throwIfNoEntry: false });
  if (found === undefined || found.size === 0) return null;
  const bytes = readFileSync(log);
  const commits = commitsBehindDamage(bytes);
  if (commits === 0) return null;
  // Another process that has the database open has begun the log anew meanwhile: what was read is of two logs.
  if (!readFileSync(log).subarray(0, HEADER_BYTES).equals(bytes.subarray(0, HEADER_BYTES))) return null;
  const copy = `${log}.damaged-${found.mtime.toISOString().replaceAll(':', '-')}`;
  copyFileSync(log, copy);
  return { copy, commits };
}

/** Null where SQLite itself takes nothing from the log. */
function readHeader(log: Buffer) {
  if (log.length < HEADER_BYTES) return null;
  const magic = log.readUInt32BE(0);
  if (magic !== MAGIC.little && magic !== MAGIC.big) return null;
  const isBig = magic === MAGIC.big;
  const sum = sumOf(log, 0, 24, isBig, [0, 0]);
  if (!isSame(sum, [log.readUInt32BE(24), log.readUInt32BE(28)])) return null;
  return { isBig, sum, salt: log.readBigUInt64BE(16), frameBytes: FRAME_HEADER_BYTES + log.readUInt32BE(8) };
}

function sumOf(log: Buffer, from: number, to: number, isBig: boolean, [first, second]: Sum): Sum {
  let [a, b] = [first, second];
  for (let at = from; at < to; at += 8) {
    a = (a + (isBig ? log.readUInt32BE(at) : log.readUInt32LE(at)) + b) >>> 0;
    b = (b + (isBig ? log.readUInt32BE(at + 4) : log.readUInt32LE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

function isSame(a: Sum, b: Sum): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
