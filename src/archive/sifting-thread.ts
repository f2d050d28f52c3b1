/** The thread that reads and sifts archives while the main one works on what was kept. Started by `SiftingThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { limits } from '../core/limits.ts';
import type { Sifting } from '../core/sieve.ts';
import { OperatingError } from '../errors.ts';
import { BlockSifter } from './block-sifter.ts';
import { buffersOf, type PackedSifting, packed } from './packed-sifting.ts';
import { chunksOf, isPlain, plainChunksOf, type Source } from './source.ts';

/** A source to sift, a block of stdin or null for its end; or that what was told with a `weight` is worked on. */
export type ToSifting =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'block'; readonly bytes: Uint8Array<ArrayBuffer> | null }
  | { readonly kind: 'taken'; readonly weight: number };

/** `read`: so many bytes of the source more. */
export type FromSifting =
  | { readonly kind: 'sifted'; readonly packed: PackedSifting; readonly read: number; readonly weight: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Beside the bytes of its lines, of which there may be none. */
const SIFTING_BYTES = 1024;

const port = parentPort;
const aheadBytes: number = workerData;
const sifter = new BlockSifter();
const blocks: (Uint8Array<ArrayBuffer> | null)[] = [];
let waiting = 0;
let goOn = () => {};

port?.on('message', (message: ToSifting) => {
  if (message.kind === 'source') void sift(message.source);
  else {
    if (message.kind === 'block') blocks.push(message.bytes);
    else waiting -= message.weight;
    goOn();
  }
});

async function sift(source: Source): Promise<void> {
  let read = 0;
  /** Of the last block. */
  let records = 0;
  const counted = (bytes: number) => {
    read += bytes;
  };
  const tell = (sifting: Sifting) => {
    const answer = packed(sifting);
    const weight = SIFTING_BYTES + answer.bytes.length;
    waiting += weight;
    records = sifting.frames.length + sifting.other + sifting.noCore;
    port?.postMessage({ kind: 'sifted', packed: answer, read, weight } satisfies FromSifting, buffersOf(answer));
    read = 0;
  };
  try {
    for await (const chunk of chunks()) {
      tell(sifter.block(chunk, source.end));
      while (waiting > aheadBytes) await news();
    }
    tell(sifter.end(source.end));
    port?.postMessage({ kind: 'ended' } satisfies FromSifting);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    port?.postMessage({ kind: 'refused', code: error.code, message: error.message } satisfies FromSifting);
  }

  function chunks(): AsyncIterable<Buffer> | Iterable<Buffer> {
    if (source.name === '-') return given();
    // What was kept is packed, and the sieve looks back over so many records.
    return isPlain(source)
      ? plainChunksOf(source, counted, () => records >= limits.repeatLines)
      : chunksOf(source, counted);
  }

  async function* given(): AsyncGenerator<Buffer> {
    for (;;) {
      const block = blocks.shift();
      if (block === null) return;
      if (block === undefined) await news();
      else {
        counted(block.length);
        yield Buffer.from(block.buffer);
      }
    }
  }
}

function news(): Promise<void> {
  return new Promise((resolve) => {
    goOn = resolve;
  });
}
