/** Reads and filters the files of an archive: in this thread, or in one beside it. */

import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assert } from '../core/model/assert.ts';
import { limits } from '../core/model/limits.ts';
import type { ArchiveTime } from '../core/read/event-time.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { ObservationUnpacker } from '../core/read/packed-observations.ts';
import { type ErrorCode, OperatingError } from '../errors.ts';
import type { ReadBatch } from '../pipeline/read-batch.ts';
import { type ArchiveFile, chunksOf } from './archive-files.ts';
import { BlockReader } from './block-reader.ts';
import { unpacked } from './protocol.ts';
import { type ArchiveReading, type ReadingOrder, statsOf } from './reading.ts';
import type { FromArchiveThread, ToArchiveThread } from './thread.ts';

export interface ArchiveReader {
  /**
   * The filtered frames of a file, one block after the other. Files are read one at a time: a file that is left before its
   * end leaves the reader fit only for `stop()`.
   *
   * Who asks for the next block has read the frames of the one before: its bytes no longer count to what may be read ahead.
   * `onRead`: called with the number of stored bytes that were read since the last call. Throws `OperatingError` where the
   * file cannot be read; the next file can be read after that.
   */
  read(file: ArchiveFile, onRead?: (bytes: number) => void): AsyncIterable<FilteredFrames>;
  /**
   * Has the lines read where they are filtered, from now on: whoever calls it does not call `read()`. Missing where that is
   * this thread. `time`: is brought to the time of the lines that were read.
   */
  reading?(order: ReadingOrder, time: Pick<ArchiveTime, 'adopt'>): ArchiveReading;
  stop(): Promise<void>;
}

type ReadMessage = Extract<FromArchiveThread, { readonly kind: 'read' }>;
/** A part of a file. */
type BlockMessage = ReadMessage | Extract<FromArchiveThread, { readonly kind: 'filtered' }>;

/** Starting a thread takes 50 ms of a processor; shorter archives are read by this thread in less. */
const THREAD_FROM_BYTES = 16 * 1024 * 1024;

/** What the thread allocates is garbage at once; without a bound V8 lets its young generation grow. */
const resourceLimits = { maxYoungGenerationSizeMb: 32 };

/** `bytes`: about how long the archive is, `Infinity` where that is not known. */
export function startArchiveReader(bytes: number): ArchiveReader {
  return bytes >= THREAD_FROM_BYTES && availableParallelism() > 1
    ? new ArchiveReaderThread()
    : new InlineArchiveReader();
}

export class InlineArchiveReader implements ArchiveReader {
  readonly #blocks = new BlockReader();

  async *read(file: ArchiveFile, onRead?: (bytes: number) => void): AsyncGenerator<FilteredFrames> {
    for await (const chunk of chunksOf(file, onRead)) yield this.#blocks.block(chunk, file.end);
    yield this.#blocks.end(file.end);
  }

  async stop(): Promise<void> {}
}

/** The thread reads on while this one decides. What fails in the thread is a defect of the program, which ends with it. */
export class ArchiveReaderThread implements ArchiveReader {
  readonly #worker: Worker;
  readonly #aheadBytes: number;
  #received: FromArchiveThread[] = [];
  #waiting: (() => void)[] = [];
  /** Bytes of stdin that the thread was sent and has not read. */
  #unreadBytes = 0;
  #readingStdin = false;

  /** `aheadBytes`: the bound on the bytes of stdin that wait for the thread, and on filtered bytes that wait for this one. */
  constructor({ aheadBytes = limits.archiveAheadBytes as number } = {}) {
    this.#aheadBytes = aheadBytes;
    // A .ts file where the sources are run as they are, a .js file in the package.
    const file = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(file, { execArgv: [], workerData: aheadBytes, resourceLimits });
    this.#worker.on('message', (message: FromArchiveThread) => this.#receive(message));
  }

  async *read(file: ArchiveFile, onRead: (bytes: number) => void = () => {}): AsyncGenerator<FilteredFrames> {
    for await (const message of this.#messages(file, onRead)) {
      assert(message.kind === 'filtered', 'the thread does not read lines');
      yield unpacked(message.packed, file.end);
    }
  }

  reading(order: ReadingOrder, time: Pick<ArchiveTime, 'adopt'>): ArchiveReading {
    this.#send({ kind: 'reading', order });
    const unpacker = new ObservationUnpacker();
    const readOf = ({ batch }: ReadMessage): ReadBatch => {
      time.adopt(batch.time);
      const observations = unpacker.unpack(batch.observations);
      return { stats: statsOf(batch.counts), observations, unparsed: batch.unparsed };
    };
    const messages = (file: ArchiveFile, onRead: (bytes: number) => void) => this.#messages(file, onRead);
    return {
      blocks: async function* (file, onRead = () => {}) {
        for await (const message of messages(file, onRead)) {
          assert(message.kind === 'read', 'the thread reads lines');
          const { lines, bytes } = message.batch;
          yield { read: readOf(message), lines, bytes, ack: () => {} };
        }
      },
      end: async () => {
        this.#send({ kind: 'end' });
        while (this.#received.length === 0) await this.#nextMessage();
        const message = this.#received.shift();
        assert(message?.kind === 'read', 'no other file is read');
        return readOf(message);
      },
    };
  }

  /** The blocks of a file. Whoever asks for the next one has read the one before. */
  async *#messages(file: ArchiveFile, onRead: (bytes: number) => void): AsyncGenerator<BlockMessage> {
    this.#send({ kind: 'file', file });
    if (file.name === '-') void this.#sendStdin(file);
    for (;;) {
      for (const message of this.#received.splice(0)) {
        if (message.kind === 'ended') return;
        if (message.kind === 'refused') throw new OperatingError(message.code as ErrorCode, message.message);
        onRead(message.read);
        yield message;
        this.#send({ kind: 'release', weight: message.weight });
      }
      if (this.#received.length === 0) await this.#nextMessage();
    }
  }

  async stop(): Promise<void> {
    if (this.#readingStdin) process.stdin.destroy();
    await this.#worker.terminate();
  }

  /** This thread reads stdin, as a thread that waits in a read cannot be stopped. */
  async #sendStdin(file: ArchiveFile): Promise<void> {
    this.#readingStdin = true;
    this.#unreadBytes = 0;
    try {
      for await (const chunk of chunksOf(file)) {
        // Only a whole buffer can be moved to the thread; a part of one is copied.
        const whole = chunk.byteLength === chunk.buffer.byteLength;
        const bytes = whole ? (chunk as Uint8Array<ArrayBuffer>) : new Uint8Array(chunk);
        this.#unreadBytes += bytes.length;
        this.#send({ kind: 'block', bytes }, [bytes.buffer]);
        while (this.#unreadBytes > this.#aheadBytes) await this.#nextMessage();
      }
      this.#send({ kind: 'block', bytes: null });
    } catch (error) {
      // Stdin was destroyed by `stop()`, after which nobody reads the messages, or it cannot be read.
      if (!(error instanceof OperatingError)) throw error;
      this.#receive({ kind: 'refused', code: error.code, message: error.message });
    } finally {
      this.#readingStdin = false;
    }
  }

  #receive(message: FromArchiveThread): void {
    this.#received.push(message);
    const isBlock = message.kind === 'filtered' || message.kind === 'read';
    if (this.#readingStdin && isBlock) this.#unreadBytes -= message.read;
    for (const notify of this.#waiting.splice(0)) notify();
  }

  #send(message: ToArchiveThread, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  #nextMessage(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
