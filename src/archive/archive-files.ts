import { closeSync, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { OperatingError, unreadable } from '../errors.ts';
import { formatOf, HEAD_BYTES, unreadText } from './file-format.ts';
import { unpackedLines, zipLines } from './unpacked.ts';

const STDIN = 0;
const BLOCK_BYTES = 1024 * 1024;

/**
 * A file of lines, or stdin (`-`). `bytes`: its stored length, 0 for stdin. `end`: when the file was last changed, in
 * milliseconds; no line of it is newer. `form`: what its first bytes say; `stream` where they can be read only once.
 */
export type ArchiveFile = {
  readonly name: string;
  readonly bytes: number;
  readonly end: number;
  readonly form: 'plain' | 'packed' | 'zip' | 'stream';
};

/**
 * The files of these names; of no name, stdin. All of them are looked at before any is read: throws `OperatingError` for
 * the first that cannot be, also by its format. `now`: the `end` of stdin.
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
    if (name === '-') return { name, bytes: 0, end: now, form: 'stream' };
    return { name, bytes: stats.size, end: stats.mtimeMs, form: stats.isFile() ? formOf(name) : 'stream' };
  });
}

function formOf(name: string): ArchiveFile['form'] {
  const format = formatOf(headOf(name), name);
  if (format === null) return 'plain';
  if (typeof format === 'object') throw new OperatingError('QVW_FILE_UNREADABLE', unreadText(format, name));
  return format === 'zip' ? 'zip' : 'packed';
}

/** The first bytes of a file. */
export function headOf(name: string, bytes = HEAD_BYTES): Buffer {
  let file: number | null = null;
  try {
    file = openSync(name, 'r');
    const head = Buffer.alloc(bytes);
    return head.subarray(0, readSync(file, head));
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** About how many bytes of lines there are: `Infinity` with stdin, ten times the stored length of a packed file. */
export function bytesOf(files: readonly ArchiveFile[]): number {
  const of = ({ form, bytes }: ArchiveFile) =>
    form === 'stream' ? Number.POSITIVE_INFINITY : form === 'plain' ? bytes : 10 * bytes;
  return files.reduce((sum, file) => sum + of(file), 0);
}

/** The bytes of a file, unpacked. `read`: called with the number of stored bytes that were read since the last call. */
export async function* chunksOf(
  { name, form }: ArchiveFile,
  read: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  try {
    yield* form === 'zip' ? zipLines(name, read) : unpackedLines(stored(name, read), name);
  } catch (error) {
    throw error instanceof OperatingError ? error : unreadable(name, error);
  }
}

async function* stored(name: string, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  const raw = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: BLOCK_BYTES });
  for await (const chunk of raw) {
    read(chunk.length);
    yield chunk;
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

/** Whether the file can be read by `plainChunksOf`. */
export function isPlain({ form }: ArchiveFile): boolean {
  return form === 'plain';
}
