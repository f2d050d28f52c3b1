import { limits } from '../core/model/limits.ts';
import { sourceOf } from './senders.ts';

/** Lines of one sender that wait, by the pool that they are in. */
type Sender = { readonly source: string; datagrams: number; streams: number };
type Pool = 'datagrams' | 'streams';

/** So many times what is left of a pool one sender may have in it. */
const SHARE = 4;
/** A sender with fewer lines may use the reserve of a pool, which is a quarter more than the pool. */
const FEW = 8;
const RESERVE = 1.25;

/** Where the lines of a pool end: streams are paused there and can be refused later, datagrams are refused. */
const BOUND: Readonly<Record<Pool, number>> = { datagrams: limits.queueLines, streams: limits.queuePauseLines };

/**
 * The lines of a thread that wait for the pipeline or are not stored yet, by their ordinals. Datagrams and streams have a pool
 * each, so that a flood of datagrams pauses no stream. In a pool a sender may have at most four times what is left of it: one
 * that floods fills four fifths and finds the rest taken from it as others come (the dynamic threshold of Choudhury and Hahne,
 * IEEE/ACM Transactions on Networking 6(2), 1998). However many flood, a sender with few lines finds room in a reserve that
 * none of them reaches, up to some 4000 of them. A relay may fill a pool.
 */
export class WaitingLines {
  readonly #lines: Readonly<Record<Pool, Map<number, Sender>>> = { datagrams: new Map(), streams: new Map() };
  readonly #senders = new Map<string, Sender>();
  readonly #isRelay: (peer: string) => boolean;

  constructor(isRelay: (peer: string) => boolean) {
    this.#isRelay = isRelay;
  }

  has(ordinal: number): boolean {
    return this.#lines.datagrams.has(ordinal) || this.#lines.streams.has(ordinal);
  }

  add(ordinal: number, peer: string, pool: Pool): void {
    const source = sourceOf(peer);
    let sender = this.#senders.get(source);
    if (sender === undefined) {
      sender = { source, datagrams: 0, streams: 0 };
      this.#senders.set(source, sender);
    }
    sender[pool]++;
    this.#lines[pool].set(ordinal, sender);
  }

  /** Ordinals that are not known are ignored. */
  remove(ordinals: Iterable<number>): void {
    for (const ordinal of ordinals) {
      const pool = this.#lines.datagrams.has(ordinal) ? 'datagrams' : 'streams';
      const sender = this.#lines[pool].get(ordinal);
      if (sender === undefined) continue;
      this.#lines[pool].delete(ordinal);
      sender[pool]--;
      if (sender.datagrams + sender.streams === 0) this.#senders.delete(sender.source);
    }
  }

  /** Whether a sender may have one more line, or, with `part`, has less than this part of what it may have. */
  hasRoom(peer: string, pool: Pool, part = 1): boolean {
    const { size } = this.#lines[pool];
    const left = BOUND[pool] - size;
    const share = SHARE * left * part;
    // Called for each line, and nearly always nobody can have that much.
    if (size < share) return true;
    const own = this.#senders.get(sourceOf(peer))?.[pool] ?? 0;
    if (own < FEW) return size < BOUND[pool] * RESERVE;
    // What others fill must not keep a relay away for ever: it is judged by its own lines and what is left for them.
    return left > 0 && own < (this.#isRelay(peer) ? (own + left) * part : share);
  }

  /** Whether no line of a stream may be kept, although its connection is read. */
  get isFull(): boolean {
    return this.#lines.streams.size >= limits.queueLines;
  }
}
