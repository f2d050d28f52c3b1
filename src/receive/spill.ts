/**
 * The spill file: lines that were received and could not be stored before the service was stopped. They are read first at
 * the next start, in their order, with their senders and times of receipt.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Frame } from '../core/model/message.ts';
import { unfiltered } from '../core/read/frame-collector.ts';
import type { HeardFrame } from '../core/read/hearing.ts';
import { type FrameBatch, frameBatch, type Source, type UnstoredFrame } from './source.ts';

/**
 * Where it is: in the data directory. Several instances on one host may have one directory, so that there each has a file of its own.
 * `instance`: null for the only service of the directory.
 */
export function spillFile(data: string, instance: string | null): string {
  return join(data, instance === null ? 'quovadis.spill' : `quovadis-${encodeURIComponent(instance)}.spill`);
}

/** Its first line. */
const HEAD = 'quovadis-spill 1\n';

/**
 * Writes the file, all of it or nothing, and waits until it is on the disk. Lines beyond `mostBytes` are left out. Returns how
 * many lines are in it. Throws as the file system does.
 */
export function writeSpill(file: string, frames: readonly UnstoredFrame[], mostBytes: number): number {
  const partial = `${file}.partial`;
  const descriptor = openSync(partial, 'w', 0o600);
  let kept = 0;
  try {
    let bytes = writeSync(descriptor, HEAD);
    for (const frame of frames) {
      const line = packed(frame);
      if (bytes + line.length > mostBytes) break;
      for (let written = 0; written < line.length; ) written += writeSync(descriptor, line, written);
      bytes += line.length;
      kept++;
    }
    fsyncSync(descriptor);
  } catch (error) {
    closeSync(descriptor);
    rmSync(partial, { force: true });
    throw error;
  }
  closeSync(descriptor);
  renameSync(partial, file);
  return kept;
}

/** `damaged`: lines of the file that are not what was written. */
export type Spilled = { readonly frames: readonly UnstoredFrame[]; readonly damaged: number };

/** Null where there is no spill file. */
export function readSpill(file: string): Spilled | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const [head, ...lines] = bytes.toString('latin1').split('\n');
  const frames: UnstoredFrame[] = [];
  let damaged = `${head}\n` === HEAD ? 0 : 1;
  for (const line of lines) {
    if (line === '') continue;
    const frame = unpacked(line);
    if (frame === null) damaged++;
    else frames.push(frame);
  }
  return { frames, damaged };
}

export function removeSpill(file: string): void {
  rmSync(file, { force: true });
}

type Packed = Omit<UnstoredFrame, 'bytes' | 'start' | 'end'> & { readonly record: string };

/** A checksum, and the frame as JSON without any line end; all of it in ASCII. */
function packed({ bytes, start, end, ...rest }: UnstoredFrame): Buffer {
  const record = bytes.subarray(start, end).toString('base64');
  const text = JSON.stringify({ ...rest, record } satisfies Packed);
  return Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
}

function unpacked(line: string): UnstoredFrame | null {
  const text = Buffer.from(line.slice(9), 'latin1').toString();
  if (crc32(text).toString(16).padStart(8, '0') !== line.slice(0, 8)) return null;
  const { record, ...rest }: Packed = JSON.parse(text);
  const bytes = Buffer.from(record, 'base64');
  return { ...rest, bytes, start: 0, end: bytes.length } satisfies Frame;
}

/** The lines of a spill file as a source. `onStored`: all of them are stored. */
export class SpillSource implements Source {
  readonly #frames: readonly HeardFrame[];
  readonly #onStored: () => void;
  #next = 0;
  #acknowledged = 0;

  constructor(frames: readonly HeardFrame[], onStored: () => void) {
    this.#frames = frames;
    this.#onStored = onStored;
  }

  get length(): number {
    return this.#frames.length - this.#next;
  }

  get ended(): boolean {
    return this.length === 0;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  /** All lines are there from the beginning. */
  onWake(): void {}

  next(max: number): FrameBatch | null {
    if (this.ended) return null;
    const frames = this.#frames.slice(this.#next, this.#next + max);
    this.#next += frames.length;
    return frameBatch(unfiltered(frames), () => {
      this.#acknowledged += frames.length;
      if (this.#acknowledged === this.#frames.length) this.#onStored();
    });
  }
}
