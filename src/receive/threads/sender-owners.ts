/**
 * Which thread has the numbers of a sender: the first that hears it. The kernel deals out datagrams by address and port;
 * a device that begins to send from another port may come to another thread, and its numbers must not be torn apart.
 * Shared by all threads. Senders whose addresses share a place have one owner, which is no harm.
 */
import { nameHash } from '../../core/decode/name-hash.ts';

/** A byte for each place: 0, or the thread plus one. */
const PLACES = 1 << 20;

export class SenderOwners {
  readonly #places: Uint8Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.#places = new Uint8Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(PLACES);
  }

  /** The thread that has the sender; it is `thread` from now on where there was none. */
  ownerOf(peer: string, thread: number): number {
    const place = nameHash(peer) & (PLACES - 1);
    const owner = Atomics.compareExchange(this.#places, place, 0, thread + 1);
    return owner === 0 ? thread : owner - 1;
  }
}
