/**
 * Which thread owns a sender: the first one that received a line of it. Only the owner has the numbers of its lines. The
 * kernel distributes datagrams by address and port, so a device that begins to send from another port may come to another
 * thread, and its numbers must stay together. The memory is shared by all threads. Senders whose addresses have the same
 * hash have the same owner, which does no harm.
 */
import { nameHash } from '../../core/decode/name-hash.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';

/** One byte for each hash: 0, or the owner's number plus one. */
const PLACES = 1 << 20;

export class SenderOwners {
  readonly #places: Uint8Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.#places = new Uint8Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(PLACES);
  }

  /** The thread that owns the sender; a sender without an owner is owned by `thread` from now on. */
  ownerOf(peer: string, thread: number): number {
    const place = nameHash(peer) & (PLACES - 1);
    const owner = Atomics.compareExchange(this.#places, place, 0, thread + 1);
    return owner === 0 ? thread : owner - 1;
  }
}

/** The rows of each thread: a source belongs to the thread that owns its sender from now on. */
export function partition(rows: readonly LossRow[], owners: SenderOwners, count: number): LossRow[][] {
  const parts: LossRow[][] = Array.from({ length: count }, () => []);
  for (const [index, row] of rows.entries()) parts[owners.ownerOf(row.peer, index % count)]?.push(row);
  return parts;
}
