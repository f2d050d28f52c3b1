import { createReadStream, type Stats, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { NonTransparentFramer, type TakeRecord } from '../core/frame/non-transparent.ts';
import type { Frame } from '../core/message.ts';
import { Sieve, Sifter, type Sifting } from '../core/sieve.ts';
import { OperatingError } from '../errors.ts';

/** A block is a batch of an archive: the larger, the less often a device is written. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** A file of lines, or stdin (`-`). `end` is when it was last changed: no line of it is newer. */
export type Source = { readonly name: string; readonly bytes: number; readonly end: number };

/** Looks at all files before any is read. */
export function sourcesOf(files: readonly string[], now: number): Source[] {
  return (files.length === 0 ? ['-'] : files).map((name) => {
    if (name === '-') return { name, bytes: 0, end: now };
    let stats: Stats;
    try {
      stats = statSync(name);
    } catch (error) {
      throw unreadable(name, error);
    }
    if (stats.isDirectory()) throw new OperatingError('QVW_FILE_UNREADABLE', `${name} is a directory: name files`);
    return { name, bytes: stats.size, end: stats.mtimeMs };
  });
}

/** The lines of a source as frames, a block at a time; a name that ends in .gz is unpacked. */
export async function* blocksOf(source: Source): AsyncGenerator<Frame[]> {
  const framer = new NonTransparentFramer();
  const toFrames = (records: ReturnType<NonTransparentFramer['push']>): Frame[] =>
    records.map(({ bytes, start, end, truncated }) => ({
      bytes,
      start,
      end,
      truncated,
      peer: null,
      transport: 'file',
      receivedAt: source.end,
    }));
  try {
    for await (const chunk of open(source.name)) yield toFrames(framer.push(chunk));
  } catch (error) {
    throw unreadable(source.name, error);
  }
  yield toFrames(framer.end());
}

/**
 * What a sieve keeps of a source, a block at a time. `wants`: whether an ordinary line is kept all the same. `first` is
 * shown the lines of the first block before any is sifted.
 */
export async function* siftedOf(
  source: Source,
  { wants, first, read }: { wants: () => boolean; first: (frames: Frame[]) => void; read: (bytes: number) => void },
): AsyncGenerator<Sifting> {
  const framer = new NonTransparentFramer();
  const sifter = new Sifter(new Sieve(), wants);
  const from = { peer: null, transport: 'file', receivedAt: source.end } as const;
  const waiting: Parameters<TakeRecord>[] = [];
  const add: TakeRecord = (bytes, start, end, _framing, truncated) => sifter.add(bytes, start, end, truncated, from);
  const shown = () => {
    first(waiting.map(([bytes, start, end, , truncated]) => ({ ...from, bytes, start, end, truncated })));
    for (const record of waiting.splice(0)) add(...record);
  };
  let isFirst = true;
  try {
    for await (const chunk of open(source.name, read)) {
      framer.each(chunk, isFirst ? (...record) => void waiting.push(record) : add);
      if (isFirst && waiting.length > 0) {
        shown();
        isFirst = false;
      }
      yield sifter.take();
    }
  } catch (error) {
    throw unreadable(source.name, error);
  }
  framer.last((...record) => void waiting.push(record));
  if (isFirst) shown();
  for (const record of waiting) add(...record);
  yield sifter.take();
}

/** `read` counts raw bytes. */
function open(name: string, read: (bytes: number) => void = () => {}): Readable {
  const raw: Readable = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: BLOCK_BYTES });
  raw.on('data', (chunk: Buffer) => read(chunk.length));
  if (!name.endsWith('.gz')) return raw;
  const unpacked = createGunzip({ chunkSize: BLOCK_BYTES });
  raw.on('error', (error) => unpacked.destroy(error));
  return raw.pipe(unpacked);
}

/** A file that was named cannot be read. */
export function unreadable(name: string, error: unknown): OperatingError {
  return new OperatingError('QVW_FILE_UNREADABLE', `${name} cannot be read: ${(error as Error).message}`, {
    cause: error,
  });
}
