import { limits } from '../core/model/limits.ts';
import type { Frame } from '../core/model/message.ts';

type Events = {
  /** There is something to take. */
  readonly wake: () => void;
  /** So many frames that a thread had brought have left the queue. */
  readonly acknowledged: (thread: number, frames: number) => void;
};

/**
 * The queue between the threads that receive and the pipeline. Its bound is kept by the threads, which know what they
 * handed over and what was taken of it.
 */
export class IntakeQueue {
  readonly #events: Events;
  #parts: { readonly frames: readonly Frame[]; readonly thread: number }[] = [];
  /** Of the first part. */
  #taken = 0;
  #length = 0;

  constructor(events: Events) {
    this.#events = events;
  }

  get length(): number {
    return this.#length;
  }

  put(frames: readonly Frame[], thread: number): void {
    if (frames.length === 0) return;
    this.#parts.push({ frames, thread });
    this.#length += frames.length;
    this.#events.wake();
  }

  /** Up to `limits.batchLines` frames, oldest first. */
  next(): Frame[] {
    const batch: Frame[] = [];
    while (batch.length < limits.batchLines) {
      const [part] = this.#parts;
      if (part === undefined) break;
      const some = part.frames.slice(this.#taken, this.#taken + limits.batchLines - batch.length);
      batch.push(...some);
      this.#taken += some.length;
      this.#events.acknowledged(part.thread, some.length);
      if (this.#taken < part.frames.length) break;
      this.#parts.shift();
      this.#taken = 0;
    }
    this.#length -= batch.length;
    return batch;
  }
}
