/** What a damaged write-ahead log loses. Its form: https://sqlite.org/fileformat2.html#walformat */
import { closeSync, copyFileSync, openSync, readSync, statSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The sums of a log with the first number are made of little-endian words, those of one with the second of big-endian words. */
const MAGIC = { little: 0x377f0682, big: 0x377f0683 } as const;

/** Bytes of a log that are read at once: a log may be longer than a buffer. */
const CHUNK_BYTES = 2 ** 20;

type Sum = readonly [number, number];

/** The next so many bytes of a log, valid until the next call; null where fewer are left. */
export type NextBytes = (bytes: number) => Buffer | null;

/**
 * How many transactions stand in a log behind a frame that is not what was written: SQLite reads a log up to there, and takes the
 * rest for what another log has left. 0 for a log that ends as a crash leaves it: with a part of its last transaction, and with
 * frames of a former log. A flip in the last transaction is not told from that.
 */
export function commitsBehindDamage(next: NextBytes): number {
  const header = readHeader(next(HEADER_BYTES));
  if (header === null) return 0;
  const { frameBytes, salt, isBig } = header;
  let { sum } = header;
  let isSound = true;
  let commits = 0;
  for (let frame = next(frameBytes); frame !== null; frame = next(frameBytes)) {
    const expected = sumOf(frame, FRAME_HEADER_BYTES, frameBytes, isBig, sumOf(frame, 0, 8, isBig, sum));
    const stored: Sum = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
    const fits = isSame(expected, stored) && frame.readBigUInt64BE(8) === salt;
    if (!fits) isSound = false;
    // A commit has the size of the database in its last frame. The sum of a frame is made with that of the frame before.
    else if (!isSound && frame.readUInt32BE(4) > 0) commits++;
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
  const commits = readLog(log, commitsBehindDamage);
  if (commits === 0) return null;
  // Another process that has the database open may have begun the log anew meanwhile: then what was read is of two logs.
  if (readLog(log, commitsBehindDamage) !== commits) return null;
  const copy = `${log}.damaged-${found.mtime.toISOString().replaceAll(':', '-')}`;
  copyFileSync(log, copy);
  return { copy, commits };
}

function readLog<T>(file: string, read: (next: NextBytes) => T): T {
  const descriptor = openSync(file, 'r');
  let [chunk, at] = [Buffer.alloc(0), 0];
  try {
    return read((bytes) => {
      if (chunk.length - at < bytes) {
        const rest = chunk.subarray(at);
        const more = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, bytes));
        const length = readSync(descriptor, more, rest.copy(more), more.length - rest.length, null);
        [chunk, at] = [more.subarray(0, rest.length + length), 0];
      }
      if (chunk.length - at < bytes) return null;
      at += bytes;
      return chunk.subarray(at - bytes, at);
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Null where SQLite itself takes nothing from the log. */
function readHeader(log: Buffer | null) {
  if (log === null) return null;
  const magic = log.readUInt32BE(0);
  if (magic !== MAGIC.little && magic !== MAGIC.big) return null;
  const isBig = magic === MAGIC.big;
  const pageBytes = log.readUInt32BE(8);
  if (pageBytes < 512 || pageBytes > 65_536) return null;
  const sum = sumOf(log, 0, 24, isBig, [0, 0]);
  if (!isSame(sum, [log.readUInt32BE(24), log.readUInt32BE(28)])) return null;
  return { isBig, sum, salt: log.readBigUInt64BE(16), frameBytes: FRAME_HEADER_BYTES + pageBytes };
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
