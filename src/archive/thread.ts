/** The thread that reads and filters archives while the main thread decides on what was kept. Started by `ArchiveReaderThread`. */

import { parentPort, workerData } from 'node:worker_threads';
import { zoneOffsetOf } from '../core/decode/zone-offset.ts';
import { assert } from '../core/model/assert.ts';
import { limits } from '../core/model/limits.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { buffersOfPacked } from '../core/read/packed-observations.ts';
import { OperatingError } from '../errors.ts';
import { type ArchiveFile, chunksOf, isPlain, plainChunksOf } from './archive-files.ts';
import { BlockBatches } from './block-batches.ts';
import { BlockReader } from './block-reader.ts';
import { buffersOf, type FrameTransfer, packed } from './protocol.ts';
import type { PackedBatch, ReadingOrder } from './reading.ts';

export type ToArchiveThread =
  | { readonly kind: 'file'; readonly file: ArchiveFile }
  /** From the next file on, lines are read here, too. */
  | { readonly kind: 'reading'; readonly order: ReadingOrder }
  /** All files are read: what waits for a second record comes as a `read` message. */
  | { readonly kind: 'end' }
  /** Bytes of stdin, or null for its end. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array<ArrayBuffer> | null }
  /** The frames of a message with this `weight` have been read: as many bytes may be sent again. */
  | { readonly kind: 'release'; readonly weight: number };

export type FromArchiveThread =
  /** `read`: stored bytes of the file that were read since the last message. `weight`: what the message counts towards the bound. */
  | { readonly kind: 'filtered'; readonly packed: FrameTransfer; readonly read: number; readonly weight: number }
  /** The same, where lines are read here. */
  | { readonly kind: 'read'; readonly batch: PackedBatch; readonly read: number; readonly weight: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** The weight of a message beside the bytes of its lines, of which there may be none. */
const TRANSFER_BYTES = 1024;

const port = parentPort;
const aheadBytes: number = workerData;
const reader = new BlockReader();
/** Of stdin; null is its end. */
const blocks: (Uint8Array<ArrayBuffer> | null)[] = [];
/** The weight of what was sent and not released. */
let pending = 0;
let batches: BlockBatches | null = null;
let notify = () => {};

port?.on('message', (message: ToArchiveThread) => {
  if (message.kind === 'file') void read(message.file);
  else if (message.kind === 'reading') batches = batchesBy(message.order);
  else if (message.kind === 'end') sendBatch((batches as BlockBatches).end(), 0);
  else {
    if (message.kind === 'block') blocks.push(message.bytes);
    else pending -= message.weight;
    notify();
  }
});

function batchesBy(order: ReadingOrder): BlockBatches {
  const zone = zoneOffsetOf(order.zone);
  assert(zone !== null, 'the zone was checked before');
  return new BlockBatches(order, zone);
}

function sendBatch(batch: PackedBatch, read: number): void {
  const { observations, bytes } = batch;
  const weight = TRANSFER_BYTES + observations.numbers.byteLength + bytes;
  pending += weight;
  port?.postMessage({ kind: 'read', batch, read, weight } satisfies FromArchiveThread, buffersOfPacked(observations));
}

async function read(file: ArchiveFile): Promise<void> {
  batches?.beginFile();
  let bytesRead = 0;
  /** Of the last block. */
  let records = 0;
  const onRead = (bytes: number) => {
    bytesRead += bytes;
  };
  const send = (filtered: FilteredFrames) => {
    records = filtered.frames.length + filtered.other + filtered.noCore;
    if (batches !== null) {
      sendBatch(batches.block(filtered, file.end), bytesRead);
      bytesRead = 0;
      return;
    }
    const transfer = packed(filtered);
    const weight = TRANSFER_BYTES + transfer.bytes.length;
    pending += weight;
    port?.postMessage(
      { kind: 'filtered', packed: transfer, read: bytesRead, weight } satisfies FromArchiveThread,
      buffersOf(transfer),
    );
    bytesRead = 0;
  };
  try {
    for await (const chunk of chunks()) {
      send(reader.block(chunk, file.end));
      while (pending > aheadBytes) await nextMessage();
    }
    send(reader.end(file.end));
    port?.postMessage({ kind: 'ended' } satisfies FromArchiveThread);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    port?.postMessage({ kind: 'refused', code: error.code, message: error.message } satisfies FromArchiveThread);
  }

  function chunks(): AsyncIterable<Buffer> | Iterable<Buffer> {
    if (file.name === '-') return stdinChunks();
    // The frames that were kept have been copied by `packed`; only the prefilter looks back, over so many records.
    return isPlain(file) ? plainChunksOf(file, onRead, () => records >= limits.repeatLines) : chunksOf(file, onRead);
  }

  async function* stdinChunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const block = blocks.shift();
      if (block === null) return;
      if (block === undefined) await nextMessage();
      else {
        onRead(block.length);
        yield Buffer.from(block.buffer);
      }
    }
  }
}

function nextMessage(): Promise<void> {
  return new Promise((resolve) => {
    notify = resolve;
  });
}
