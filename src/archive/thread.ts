/** The thread that reads and filters archives while the main one works on what was kept. Started by `ArchiveReaderThread`. */

import { parentPort, workerData } from 'node:worker_threads';
import { limits } from '../core/model/limits.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { OperatingError } from '../errors.ts';
import { BlockReader } from './block-reader.ts';
import { buffersOf, type FrameTransfer, packed } from './protocol.ts';
import { chunksOf, isPlain, plainChunksOf, type Source } from './source.ts';

/** A source to test, a block of stdin or null for its end; or that what was told with a `weight` is worked on. */
export type ToArchiveThread =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'block'; readonly bytes: Uint8Array<ArrayBuffer> | null }
  | { readonly kind: 'taken'; readonly weight: number };

/** `read`: so many bytes of the source more. */
export type FromArchiveThread =
  | { readonly kind: 'filtered'; readonly packed: FrameTransfer; readonly read: number; readonly weight: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Beside the bytes of its lines, of which there may be none. */
const TRANSFER_BYTES = 1024;

const port = parentPort;
const aheadBytes: number = workerData;
const reader = new BlockReader();
const blocks: (Uint8Array<ArrayBuffer> | null)[] = [];
let waiting = 0;
let goOn = () => {};

port?.on('message', (message: ToArchiveThread) => {
  if (message.kind === 'source') void test(message.source);
  else {
    if (message.kind === 'block') blocks.push(message.bytes);
    else waiting -= message.weight;
    goOn();
  }
});

async function test(source: Source): Promise<void> {
  let read = 0;
  /** Of the last block. */
  let records = 0;
  const counted = (bytes: number) => {
    read += bytes;
  };
  const tell = (filtered: FilteredFrames) => {
    const answer = packed(filtered);
    const weight = TRANSFER_BYTES + answer.bytes.length;
    waiting += weight;
    records = filtered.frames.length + filtered.other + filtered.noCore;
    port?.postMessage(
      { kind: 'filtered', packed: answer, read, weight } satisfies FromArchiveThread,
      buffersOf(answer),
    );
    read = 0;
  };
  try {
    for await (const chunk of chunks()) {
      tell(reader.block(chunk, source.end));
      while (waiting > aheadBytes) await news();
    }
    tell(reader.end(source.end));
    port?.postMessage({ kind: 'ended' } satisfies FromArchiveThread);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    port?.postMessage({ kind: 'refused', code: error.code, message: error.message } satisfies FromArchiveThread);
  }

  function chunks(): AsyncIterable<Buffer> | Iterable<Buffer> {
    if (source.name === '-') return given();
    // What was kept is packed, and the prefilter looks back over so many records.
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
