import { closeSync, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OperatingError, unreadable } from '../errors.ts';

const STDIN = 0;
const BLOCK_BYTES = 1024 * 1024;

/**
 * A file of lines, or stdin (`-`). `bytes`: its stored length, 0 for stdin. `end`: when the file was last changed, in
 * milliseconds; no line of it is newer.
 */
export type ArchiveFile = { readonly name: string; readonly bytes: number; readonly end: number };

/**
 * The files of these names; of no name, stdin. All of them are looked at before any is read: throws `OperatingError` for
 * the first that cannot be. `now`: the `end` of stdin.
 */
export function archiveFilesOf(files: readonly string[], now: number): ArchiveFile[] {
  return (files.length === 0 ? ['-'] : files).map((name) => {
    let stats: Stats;
    try {
      stats = name === '-' ? fstatSync(STDIN) : statSync(name);
    } catch (error) {
      throw unreadable(name, error);
    }
    // Of a directory on stdin Node reads nothing, and reports nothing.
    if (stats.isDirectory())
      throw new OperatingError('QVW_FILE_UNREADABLE', `${name === '-' ? 'stdin' : name} is a directory: name files`);
    return name === '-' ? { name, bytes: 0, end: now } : { name, bytes: stats.size, end: stats.mtimeMs };
  });
}

/** About how many bytes of lines there are: `Infinity` with stdin, ten times the stored length of a packed file. */
export function bytesOf(files: readonly ArchiveFile[]): number {
  const of = ({ name, bytes }: ArchiveFile) =>
    name === '-' ? Number.POSITIVE_INFINITY : isPacked(name) ? 10 * bytes : bytes;
  return files.reduce((sum, file) => sum + of(file), 0);
}

/** The bytes of a file, unpacked. `read`: called with the number of stored bytes that were read since the last call. */
export async function* chunksOf(
  { name }: ArchiveFile,
  read: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  try {
    yield* open(name, read);
  } catch (error) {
    throw unreadable(name, error);
  }
}

/**
 * The bytes of a plain file, for a thread that nobody waits for: each read blocks it. Two buffers are used in turn, as
 * allocating one for each block takes longer than reading it. `isFree`: whether the block before the last one may be
 * overwritten.
 */
export function* plainChunksOf(
  { name }: ArchiveFile,
  read: (bytes: number) => void,
  isFree: () => boolean,
): Generator<Buffer> {
  let file: number | null = null;
  try {
    file = openSync(name, 'r');
    let [before, free]: (Buffer | null)[] = [null, null];
    for (;;) {
      const block: Buffer = free ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const length = readSync(file, block);
      if (length === 0) return;
      read(length);
      yield block.subarray(0, length);
      free = isFree() ? before : null;
      before = block;
    }
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Whether the file can be read by `plainChunksOf`: it is not stdin, and its name does not end in `.gz`. */
export function isPlain({ name }: ArchiveFile): boolean {
  return name !== '-' && !isPacked(name);
}

function open(name: string, read: (bytes: number) => void): Readable {
  const raw: Readable = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: BLOCK_BYTES });
  raw.on('data', (chunk: Buffer) => read(chunk.length));
  if (!isPacked(name)) return raw;
  const unpacked = createGunzip({ chunkSize: BLOCK_BYTES });
  raw.on('error', (error) => unpacked.destroy(error));
  return raw.pipe(unpacked);
}

function isPacked(name: string): boolean {
  return name.endsWith('.gz');
}
