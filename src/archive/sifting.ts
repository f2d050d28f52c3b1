/** Who sifts an archive: this thread, or one beside it. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Sifting } from '../core/sieve.ts';
import { BlockSifter } from './block-sifter.ts';
import { type PackedSifting, unpacked } from './packed-sifting.ts';
import type { Block } from './sifting-thread.ts';

/** Sifts blocks in their order, several of which may be under way. A block is given away: nobody reads it afterwards. */
export interface ArchiveSifter {
  block(bytes: Buffer, receivedAt: number): Promise<Sifting>;
  /** The file has ended; the next block is of another one. */
  end(receivedAt: number): Promise<Sifting>;
  stop(): Promise<void>;
}

/** A thread takes 50 ms of a processor to start; shorter archives are sifted here in less. */
const THREAD_FROM_BYTES = 16 * 1024 * 1024;

/** `bytes`: how long the archive is, `Infinity` where nobody knows. */
export function startSifter(bytes: number): ArchiveSifter {
  return bytes >= THREAD_FROM_BYTES && availableParallelism() > 1 ? new SiftingThread() : new SiftingHere();
}

class SiftingHere implements ArchiveSifter {
  readonly #sifter = new BlockSifter();

  async block(bytes: Buffer, receivedAt: number): Promise<Sifting> {
    return this.#sifter.block(bytes, receivedAt);
  }

  async end(receivedAt: number): Promise<Sifting> {
    return this.#sifter.end(receivedAt);
  }

  async stop(): Promise<void> {}
}

type Waiting = { readonly receivedAt: number; readonly done: (sifting: Sifting) => void };

/** What fails in the thread is a defect of the program, which ends with it. */
export class SiftingThread implements ArchiveSifter {
  readonly #worker: Worker;
  /** The thread answers in the order in which it was asked. */
  readonly #waiting: Waiting[] = [];

  constructor() {
    // Where the sources are run as they are it is a .ts file, in the package a .js file.
    const file = new URL(`./sifting-thread${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(file, { execArgv: [] });
    this.#worker.on('message', (answer: PackedSifting) => {
      const waiting = this.#waiting.shift();
      waiting?.done(unpacked(answer, waiting.receivedAt));
    });
  }

  block(bytes: Buffer, receivedAt: number): Promise<Sifting> {
    // A part of a buffer has neighbours that stay here.
    const whole = bytes.byteLength === bytes.buffer.byteLength;
    const own = whole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
    return this.#ask({ bytes: own, receivedAt }, [own.buffer]);
  }

  end(receivedAt: number): Promise<Sifting> {
    return this.#ask({ bytes: null, receivedAt }, []);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(block: Block, moved: ArrayBuffer[]): Promise<Sifting> {
    this.#worker.postMessage(block, moved);
    return new Promise((done) => this.#waiting.push({ receivedAt: block.receivedAt, done }));
  }
}
