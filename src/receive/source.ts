/**
 * PORT: where records come from. test/receive/sources.ts lists every implementation, and
 * test/receive/source-contract.test.ts holds each to what is written here.
 */

import { assert } from '../core/model/assert.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import type { HeardFrame } from '../core/read/hearing.ts';

/**
 * One consumer drives a source, in this order: `onWake()`, `start()`, then `next()` and `ack()` as often as it likes, and
 * `stop()` at the end. All calls are made on the main thread; `next()` and `ack()` never wait for anything.
 *
 * **What is bounded.** A source bounds the frames that wait, and slows its senders down or drops and counts what is beyond
 * the bound. `Receiving` counts the frames of batches that are not acknowledged, too, so that senders get their receipt
 * (RELP, Kafka) or an open window (TCP) after the commit. A consumer of such a source must hold few frames back: `Pump` has
 * one batch of at most `batchLines` at a time. An archive bounds only what waits. Its bytes are free as soon as they are
 * read, and its consumer (`commitInBatches`) commits more lines together than may wait: if they counted until the commit,
 * the reader would stop before the commit is due, or had to be allowed three times the memory.
 *
 * **A batch that is never acknowledged** (its commit has failed for good) is not handed out again. Its frames count towards
 * the bound until the source stops; whether they come once more after a restart is up to the sender.
 */
export interface Source {
  /** Begins to receive or to read. Rejects with `OperatingError` where that is not possible; nothing is left open then. */
  start(): Promise<void>;
  /**
   * The oldest frames that wait, at most `max` (1 or more) of them, in the order of their receipt; where senders take turns,
   * the oldest of each sender; null where nothing waits
   * now, or will ever wait again (`ended`). A batch without frames has only counts. Throws `OperatingError` where the source
   * cannot go on: it has ended then.
   */
  next(max: number): FrameBatch | null;
  /** How many frames wait and have not been handed out; at least that many come from `next()`. */
  readonly length: number;
  /** Whether `next()` gives null from now on: an archive was read to its end, or the source was stopped and emptied. */
  readonly ended: boolean;
  /**
   * Sets the callback that is called whenever `next()` may have something new to say after it gave null: a batch, the end or
   * an error. It may be called more often. There is one callback; it must not call `next()` itself.
   */
  onWake(callback: () => void): void;
  /**
   * Receives or reads no more. Once this resolves, `next()` still gives all that was received, and `onWake` is not called any
   * more: if stopping completes a record, `onWake` was called before. `ack()` may still be called, and need not be. Harmless before `start()` and after `stop()`.
   */
  stop(): Promise<void>;
}

export type FrameBatch = {
  readonly filtered: FilteredFrames;
  /**
   * To be called once, after everything that was made of the batch is stored. Batches may be acknowledged in any order. Whoever
   * holds this function does not hold the frames.
   */
  readonly ack: () => void;
};

/** A frame that a stopped service could not store. `turn`: perhaps it is stored; `Store.wasStored()` finds that out. */
export type UnstoredFrame = HeardFrame & { readonly turn?: string };

/** A batch whose second acknowledgement is a defect of the consumer. `onAck`: called at the first one. */
export function frameBatch(filtered: FilteredFrames, onAck: () => void): FrameBatch {
  let pending = true;
  return {
    filtered,
    ack: () => {
      assert(pending, 'a batch is acknowledged once');
      pending = false;
      onAck();
    },
  };
}

/** The batches of a source up to its end. It sets the source's `onWake`, and does not start the source. */
export async function* batchesOf(source: Source, max = Number.POSITIVE_INFINITY): AsyncGenerator<FrameBatch> {
  let notify = () => {};
  source.onWake(() => notify());
  for (;;) {
    // Made before the question, so that no call in between is missed.
    const woken = new Promise<void>((resolve) => {
      notify = resolve;
    });
    const batch = source.next(max);
    if (batch !== null) yield batch;
    else if (source.ended) return;
    else await woken;
  }
}
