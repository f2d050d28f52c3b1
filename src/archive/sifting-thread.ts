/** The thread that sifts an archive's blocks while the main one reads what was kept. Started by `SiftingThread`. */
import { parentPort } from 'node:worker_threads';
import { BlockSifter } from './block-sifter.ts';
import { buffersOf, packed } from './packed-sifting.ts';

/** Null where the file has ended. Each is answered with a `PackedSifting`. */
export type Block = { readonly bytes: Uint8Array<ArrayBuffer> | null; readonly receivedAt: number };

const sifter = new BlockSifter();
const port = parentPort;
port?.on('message', ({ bytes, receivedAt }: Block) => {
  const sifting = bytes === null ? sifter.end(receivedAt) : sifter.block(Buffer.from(bytes.buffer), receivedAt);
  const answer = packed(sifting);
  port.postMessage(answer, buffersOf(answer));
});
