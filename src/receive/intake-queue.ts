import type { Frame } from '../core/model/message.ts';
import { unfiltered } from '../core/read/frame-collector.ts';
import { type FrameBatch, frameBatch } from './source.ts';

/** `thread` has had so many of its frames acknowledged; of all that it has put, the first `stored` are acknowledged. */
type Acknowledged = (thread: number, frames: number, stored: number) => void;

/** A batch that was handed out. `upTo`: by thread, which frames of it were handed out before the end of the batch. */
type HandedOut = { readonly upTo: ReadonlyMap<number, number>; isAcknowledged: boolean };

/**
 * The queue between the threads that receive and the pipeline. The threads keep its bound: each knows how many of its
 * frames it has sent and how many of them were acknowledged.
 */
export class IntakeQueue {
  readonly #acknowledged: Acknowledged;
  #wake: () => void = () => {};
  #parts: { readonly frames: readonly Frame[]; readonly thread: number }[] = [];
  /** How many frames of the first part were handed out. */
  #offset = 0;
  #length = 0;
  /** Not acknowledged, or behind one that is not; in their order. */
  readonly #batches: HandedOut[] = [];
  /** By thread: how many frames were handed out, and how many of these are acknowledged without a gap. */
  readonly #handedOut = new Map<number, number>();
  readonly #stored = new Map<number, number>();

  constructor(acknowledged: Acknowledged) {
    this.#acknowledged = acknowledged;
  }

  /** Frames that were not handed out. */
  get length(): number {
    return this.#length;
  }

  /** As in `Source`. */
  onWake(callback: () => void): void {
    this.#wake = callback;
  }

  put(frames: readonly Frame[], thread: number): void {
    if (frames.length === 0) return;
    this.#parts.push({ frames, thread });
    this.#length += frames.length;
    this.#wake();
  }

  /** As in `Source`. */
  next(max: number): FrameBatch | null {
    const frames: Frame[] = [];
    const byThread = new Map<number, number>();
    while (frames.length < max) {
      const [part] = this.#parts;
      if (part === undefined) break;
      const some = part.frames.slice(this.#offset, this.#offset + max - frames.length);
      for (const frame of some) frames.push(frame);
      byThread.set(part.thread, (byThread.get(part.thread) ?? 0) + some.length);
      this.#offset += some.length;
      if (this.#offset < part.frames.length) break;
      this.#parts.shift();
      this.#offset = 0;
    }
    if (frames.length === 0) return null;
    this.#length -= frames.length;
    const upTo = new Map<number, number>();
    for (const [thread, count] of byThread) upTo.set(thread, (this.#handedOut.get(thread) ?? 0) + count);
    for (const [thread, count] of upTo) this.#handedOut.set(thread, count);
    const batch: HandedOut = { upTo, isAcknowledged: false };
    this.#batches.push(batch);
    return frameBatch(unfiltered(frames), () => {
      batch.isAcknowledged = true;
      this.#tell(byThread);
    });
  }

  /** `counts`: the frames of the batch that was acknowledged, by thread. */
  #tell(counts: ReadonlyMap<number, number>): void {
    const threads = new Set(counts.keys());
    for (let [first] = this.#batches; first?.isAcknowledged === true; [first] = this.#batches) {
      this.#batches.shift();
      for (const [thread, count] of first.upTo) {
        threads.add(thread);
        this.#stored.set(thread, count);
      }
    }
    for (const thread of threads) {
      this.#acknowledged(thread, counts.get(thread) ?? 0, this.#stored.get(thread) ?? 0);
    }
  }
}
