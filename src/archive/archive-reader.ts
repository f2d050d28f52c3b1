/** Who reads and filters an archive: this thread, or one beside it. */

import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { limits } from '../core/model/limits.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { type ErrorCode, OperatingError } from '../errors.ts';
import { BlockReader } from './block-reader.ts';
import { unpacked } from './protocol.ts';
import { chunksOf, type Source } from './source.ts';
import type { FromArchiveThread, ToArchiveThread } from './thread.ts';

/** Reads and filters sources, one after the other. */
export interface ArchiveReader {
  /**
   * What is kept of a source, block after block. `read`: so many bytes more of it, as they are stored. Throws
   * `OperatingError` where it cannot be read.
   */
  read(source: Source, read?: (bytes: number) => void): AsyncIterable<FilteredFrames>;
  stop(): Promise<void>;
}

/** A thread takes 50 ms of a processor to start; shorter archives are read here in less. */
const THREAD_FROM_BYTES = 16 * 1024 * 1024;

/** `bytes`: how long the archive is, `Infinity` where nobody knows. */
export function startArchiveReader(bytes: number): ArchiveReader {
  return bytes >= THREAD_FROM_BYTES && availableParallelism() > 1
    ? new ArchiveReaderThread()
    : new InlineArchiveReader();
}

class InlineArchiveReader implements ArchiveReader {
  readonly #blocks = new BlockReader();

  async *read(source: Source, read?: (bytes: number) => void): AsyncGenerator<FilteredFrames> {
    for await (const chunk of chunksOf(source, read)) yield this.#blocks.block(chunk, source.end);
    yield this.#blocks.end(source.end);
  }

  async stop(): Promise<void> {}
}

/** It reads on while this one decides. What fails in it is a defect of the program, which ends with it. */
export class ArchiveReaderThread implements ArchiveReader {
  readonly #worker: Worker;
  readonly #aheadBytes: number;
  #arrived: FromArchiveThread[] = [];
  #waiting: (() => void)[] = [];
  /** Bytes of stdin that the thread has not read. */
  #given = 0;
  #feeding = false;

  /** `aheadBytes`: so much of stdin waits for the thread, and so much of what it kept for this one. */
  constructor({ aheadBytes = limits.archiveAheadBytes as number } = {}) {
    this.#aheadBytes = aheadBytes;
    // Where the sources are run as they are it is a .ts file, in the package a .js file.
    const file = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(file, { execArgv: [], workerData: aheadBytes });
    this.#worker.on('message', (message: FromArchiveThread) => this.#take(message));
  }

  async *read(source: Source, read: (bytes: number) => void = () => {}): AsyncGenerator<FilteredFrames> {
    this.#tell({ kind: 'source', source });
    if (source.name === '-') void this.#feed(source);
    for (;;) {
      for (const message of this.#arrived.splice(0)) {
        if (message.kind === 'ended') return;
        if (message.kind === 'refused') throw new OperatingError(message.code as ErrorCode, message.message);
        read(message.read);
        yield unpacked(message.packed, source.end);
        this.#tell({ kind: 'taken', weight: message.weight });
      }
      if (this.#arrived.length === 0) await this.#arrival();
    }
  }

  async stop(): Promise<void> {
    if (this.#feeding) process.stdin.destroy();
    await this.#worker.terminate();
  }

  /** Only this thread can wait for stdin. */
  async #feed(source: Source): Promise<void> {
    this.#feeding = true;
    this.#given = 0;
    try {
      for await (const chunk of chunksOf(source)) {
        // A part of a buffer has neighbours that stay here.
        const whole = chunk.byteLength === chunk.buffer.byteLength;
        const bytes = whole ? (chunk as Uint8Array<ArrayBuffer>) : new Uint8Array(chunk);
        this.#given += bytes.length;
        this.#tell({ kind: 'block', bytes }, [bytes.buffer]);
        while (this.#given > this.#aheadBytes) await this.#arrival();
      }
      this.#tell({ kind: 'block', bytes: null });
    } catch (error) {
      // It was stopped, or cannot be read; who has stopped it does not listen any more.
      if (!(error instanceof OperatingError)) throw error;
      this.#take({ kind: 'refused', code: error.code, message: error.message });
    } finally {
      this.#feeding = false;
    }
  }

  #take(message: FromArchiveThread): void {
    this.#arrived.push(message);
    if (this.#feeding && message.kind === 'filtered') this.#given -= message.read;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #tell(message: ToArchiveThread, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
