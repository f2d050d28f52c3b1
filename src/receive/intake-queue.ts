import type { Frame } from '../core/model/message.ts';
import { unfiltered } from '../core/read/frame-collector.ts';
import { type FrameBatch, frameBatch } from './source.ts';

/** `thread` has had so many of its frames acknowledged. */
type Acknowledged = (thread: number, frames: number) => void;

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
    return frameBatch(unfiltered(frames), () => {
      for (const [thread, count] of byThread) this.#acknowledged(thread, count);
    });
  }
}
