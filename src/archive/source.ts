import { closeSync, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OperatingError } from '../errors.ts';

const STDIN = 0;
const BLOCK_BYTES = 1024 * 1024;

/** A file of lines, or stdin (`-`). `end` is when it was last changed: no line of it is newer. */
export type Source = { readonly name: string; readonly bytes: number; readonly end: number };

/** Looks at all files before any is read. */
export function sourcesOf(files: readonly string[], now: number): Source[] {
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

/** About how many bytes of lines there are; nobody knows of stdin. */
export function bytesOf(sources: readonly Source[]): number {
  const of = ({ name, bytes }: Source) =>
    name === '-' ? Number.POSITIVE_INFINITY : isPacked(name) ? 10 * bytes : bytes;
  return sources.reduce((sum, source) => sum + of(source), 0);
}

/** The bytes of a source, unpacked; `read` counts them as they are stored. */
export async function* chunksOf({ name }: Source, read: (bytes: number) => void = () => {}): AsyncGenerator<Buffer> {
  try {
    yield* open(name, read);
  } catch (error) {
    throw unreadable(name, error);
  }
}

/**
 * The bytes of a plain file, where nobody else waits for this thread. Two buffers serve in turn, as a new one for each block
 * takes longer than to read it. `isFree`: whether the block before the last is not needed any more.
 */
export function* plainChunksOf(
  { name }: Source,
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

/** A name that says so is of a packed file. */
export function isPlain({ name }: Source): boolean {
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

/** A file that was named cannot be read. */
export function unreadable(name: string, error: unknown): OperatingError {
  return new OperatingError('QVW_FILE_UNREADABLE', `${name} cannot be read: ${(error as Error).message}`, {
    cause: error,
  });
}
