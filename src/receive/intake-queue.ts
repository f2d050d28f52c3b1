import { unfiltered } from '../core/read/frame-collector.ts';
import type { HeardFrame } from '../core/read/hearing.ts';
import { sourceOf } from './senders.ts';
import { type FrameBatch, frameBatch } from './source.ts';

/** Frames of this thread are stored. `ordinals`: from 1, of all that the thread has put. */
type Acknowledged = (thread: number, ordinals: readonly number[]) => void;

/** `place`: in the order of receipt of all frames. */
type Waiting = {
  readonly frame: HeardFrame;
  readonly thread: number;
  readonly ordinal: number;
  readonly place: number;
};

/** The frames of one sender that wait, the oldest first. */
type Sender = { readonly source: string; readonly turn: number; waiting: Waiting[]; taken: number };

/** Frames that a sender may hand out before the next one's turn; fewer where all turns would be longer than a round. */
const TURN = 16;
const ROUND = 512;

type Options = {
  readonly acknowledged: Acknowledged;
  /** How much a sender may have of what a device may have so much of. */
  readonly boundOf: (peer: string, bound: number) => number;
};

/**
 * The queue between the threads that receive and the pipeline. Its senders take turns (a relay has longer ones), so that no
 * line waits for the flood of another sender; within a batch frames have the order of their receipt, and those of one sender
 * always have. The threads keep its bound.
 */
export class IntakeQueue {
  readonly #options: Options;
  #wake: () => void = () => {};
  /** By source; the one whose turn it is first. */
  readonly #senders = new Map<string, Sender>();
  #length = 0;
  #place = 0;
  /** By thread: how many frames it has put. */
  readonly #put: number[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  /** Frames that were not handed out. */
  get length(): number {
    return this.#length;
  }

  /** As in `Source`. */
  onWake(callback: () => void): void {
    this.#wake = callback;
  }

  put(frames: readonly HeardFrame[], thread: number): void {
    if (frames.length === 0) return;
    let ordinal = this.#put[thread] ?? 0;
    for (const frame of frames) {
      ordinal++;
      this.#senderOf(frame.peer ?? '').waiting.push({ frame, thread, ordinal, place: this.#place++ });
    }
    this.#put[thread] = ordinal;
    this.#length += frames.length;
    this.#wake();
  }

  /** As in `Source`. */
  next(max: number): FrameBatch | null {
    const batch = this.#take(max).sort((a, b) => a.place - b.place);
    if (batch.length === 0) return null;
    this.#length -= batch.length;
    const ordinals = new Map<number, number[]>();
    for (const { thread, ordinal } of batch) {
      const some = ordinals.get(thread);
      if (some === undefined) ordinals.set(thread, [ordinal]);
      else some.push(ordinal);
    }
    return frameBatch(unfiltered(batch.map(({ frame }) => frame)), () => {
      for (const [thread, some] of ordinals) this.#options.acknowledged(thread, some);
    });
  }

  #senderOf(peer: string): Sender {
    const source = sourceOf(peer);
    let sender = this.#senders.get(source);
    if (sender === undefined) {
      sender = { source, turn: this.#options.boundOf(peer, TURN), waiting: [], taken: 0 };
      this.#senders.set(source, sender);
    }
    return sender;
  }

  #take(max: number): Waiting[] {
    const batch: Waiting[] = [];
    const part = Math.min(1, ROUND / (TURN * this.#senders.size));
    for (const sender of this.#senders.values()) {
      const { source, waiting } = sender;
      const turn = Math.max(1, Math.floor(sender.turn * part));
      const until = Math.min(waiting.length, sender.taken + turn, sender.taken + max - batch.length);
      while (sender.taken < until) batch.push(waiting[sender.taken++] as Waiting);
      this.#senders.delete(source);
      if (sender.taken < waiting.length) this.#senders.set(source, shortened(sender));
      if (batch.length === max) break;
    }
    return batch;
  }
}

/** Gives back the memory of what was taken, once that is half. */
function shortened(sender: Sender): Sender {
  if (sender.taken * 2 < sender.waiting.length) return sender;
  sender.waiting = sender.waiting.slice(sender.taken);
  sender.taken = 0;
  return sender;
}
