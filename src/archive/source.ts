import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { FrameParts } from '../receive/frame-parts.ts';
import { type FrameBatch, frameBatch, type Source } from '../receive/source.ts';
import type { ArchiveFile } from './archive-files.ts';
import type { ArchiveReader } from './archive-reader.ts';

/**
 * One file of an archive as a source. `start()` asks the reader for the first block, and `next()` for another one where it
 * has none. A reader that has a thread reads ahead, bounded by `archiveAheadBytes`. Whoever asks for a block has read the
 * frames of the one before, whose bytes then no longer count towards that bound; `ack()` has no effect, as no sender waits
 * for it.
 *
 * Files that share a reader are read one after the other: the next source is started once the one before has ended. A
 * source that is stopped earlier leaves the reader fit only for `stop()`, which is up to whoever has started the reader.
 */
export class ArchiveSource implements Source {
  readonly #blocks: AsyncIterator<FilteredFrames>;
  readonly #block = new FrameParts();
  #wake: () => void = () => {};
  #reading = false;
  #over = false;
  #error: unknown = null;

  /** `onRead`: as in `ArchiveReader.read`. */
  constructor(reader: ArchiveReader, file: ArchiveFile, onRead?: (bytes: number) => void) {
    this.#blocks = reader.read(file, onRead)[Symbol.asyncIterator]();
  }

  get length(): number {
    return this.#block.length;
  }

  get ended(): boolean {
    return this.#over && this.#block.isEmpty;
  }

  onWake(callback: () => void): void {
    this.#wake = callback;
  }

  async start(): Promise<void> {
    this.#read();
  }

  next(max: number): FrameBatch | null {
    if (this.#error !== null) throw this.#error;
    const filtered = this.#block.next(max);
    if (filtered === null) this.#read();
    return filtered === null ? null : frameBatch(filtered, () => {});
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#wake = () => {};
    // A generator that waits for bytes answers only when they come, and of stdin they may never come.
    if (!this.#reading) await this.#blocks.return?.();
  }

  /** Has the next block read, unless that is under way. */
  #read(): void {
    if (this.#reading || this.#over) return;
    this.#reading = true;
    const settle = (set: () => void) => {
      this.#reading = false;
      // What comes after `stop()` is of nobody's interest.
      if (this.#over) return;
      set();
      this.#wake();
    };
    this.#blocks.next().then(
      ({ done = false, value }) => {
        settle(() => {
          if (done) this.#over = true;
          else this.#block.put(value);
        });
      },
      (error) => {
        settle(() => {
          this.#over = true;
          this.#error = error;
        });
      },
    );
  }
}
