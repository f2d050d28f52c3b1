import { assert } from '../core/model/assert.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { unfiltered } from '../core/read/frame-collector.ts';

/** Filtered frames, to be handed out in parts of a size that the consumer chooses. */
export class FrameParts {
  #filtered: FilteredFrames | null = null;
  /** How many of the frames were handed out. */
  #offset = 0;

  /** Frames that were not handed out. */
  get length(): number {
    return this.#filtered === null ? 0 : this.#filtered.frames.length - this.#offset;
  }

  /** Whether everything was handed out, counts included. */
  get isEmpty(): boolean {
    return this.#filtered === null;
  }

  /** May be called only while it is empty. */
  put(filtered: FilteredFrames): void {
    assert(this.#filtered === null, 'all parts were handed out');
    this.#filtered = filtered;
  }

  /** The next frames, at most `max`; the counts come with the last of them. Null while it is empty. */
  next(max: number): FilteredFrames | null {
    const filtered = this.#filtered;
    if (filtered === null) return null;
    const { frames } = filtered;
    const start = this.#offset;
    const end = Math.min(frames.length, start + max);
    const isLast = end === frames.length;
    this.#offset = isLast ? 0 : end;
    if (isLast) this.#filtered = null;
    if (isLast && start === 0) return filtered;
    return { ...(isLast ? filtered : unfiltered([])), frames: frames.slice(start, end) };
  }
}
