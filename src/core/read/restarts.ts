/**
 * The records of a start: `%SYS-5-RESTART`, then, with the next counter and without a name or a stamp, the release. The
 * release is of the device that has sent the first record, also if other lines are between them or the second comes first.
 */
import { limits } from '../model/limits.ts';
import type { Transport } from '../model/message.ts';
import { belongs, isPast, type ReadRecord, timeOf } from './continuation.ts';

/** A record with the start of a device, or with its release. */
export type ReadRestart = ReadRecord & {
  readonly raw: string;
  /** The text after the header. */
  readonly text: string;
  /** As in `show version`; null if the record does not name the release. */
  readonly release: string | null;
  /** The record is `%SYS-5-RESTART` itself. */
  readonly restarted: boolean;
};

/** At most `continuations` records of each kind are remembered; one more makes the oldest wait no longer. */
export class Restarts {
  /** First records whose release is not known yet. */
  #heads: ReadRestart[] = [];
  /** Releases that wait for their first record. */
  #waiting: ReadRestart[] = [];

  /** Whether a release waits for its first record. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** When the oldest release that waits was received over a transport; infinite if none does. Milliseconds. */
  waitingSince(transport: Transport): number {
    const since = this.#waiting.filter(({ frame }) => frame.transport === transport);
    return Math.min(...since.map(({ frame }) => frame.receivedAt));
  }

  /** Adds all that `former` remembers, which must not be used any more. */
  takeOver(former: Restarts): void {
    this.#heads.push(...former.#heads);
    this.#waiting.push(...former.#waiting);
  }

  /** Adds a record. Returns the records whose device is as clear as it will be. */
  add(record: ReadRestart): readonly ReadRestart[] {
    if (record.restarted) return record.release === null ? this.#addHead(record) : [record];
    this.#heads = this.#heads.filter((head) => !isPast(timeOf(head), timeOf(record)));
    const head = onlyOne(this.#heads, (each) => belongs(each, record));
    if (head !== null) {
      this.#heads = this.#heads.filter((each) => each !== head);
      return [joined(head, record)];
    }
    const { origin, counter } = record.envelope;
    // Without a counter, nothing shows that two records in the wrong order belong together.
    if (origin !== null || counter === null) return [record];
    this.#waiting.push(record);
    return this.#waiting.splice(0, this.#waiting.length - limits.continuations);
  }

  #addHead(head: ReadRestart): readonly ReadRestart[] {
    const release = onlyOne(this.#waiting, (each) => belongs(head, each));
    if (release !== null) {
      this.#waiting = this.#waiting.filter((each) => each !== release);
      return [head, joined(head, release)];
    }
    this.#heads.push(head);
    this.#heads.splice(0, this.#heads.length - limits.continuations);
    return [head];
  }

  /** Releases whose first record is lost, as the time of another record shows. */
  endedAt(record: Pick<ReadRecord, 'frame' | 'timing'>): readonly ReadRestart[] {
    return this.#end((waiting) => isPast(timeOf(waiting), timeOf(record)));
  }

  /** Releases that have waited for more than 2 s since their receipt. `end`: the input has ended. */
  release(now: number, { end = false } = {}): readonly ReadRestart[] {
    return this.#end(({ frame }) => end || (frame.transport !== 'file' && isPast(frame.receivedAt, now)));
  }

  #end(isOver: (record: ReadRestart) => boolean): readonly ReadRestart[] {
    if (this.#waiting.length === 0) return NONE;
    const ended = this.#waiting.filter(isOver);
    if (ended.length > 0) this.#waiting = this.#waiting.filter((record) => !isOver(record));
    return ended;
  }
}

const NONE: readonly never[] = [];

/** The record that fits; null if several do: switches that start together have the same counters. */
function onlyOne(records: readonly ReadRestart[], fits: (record: ReadRestart) => boolean): ReadRestart | null {
  const found = records.filter(fits);
  return found.length === 1 ? (found[0] as ReadRestart) : null;
}

/** The release, under the names and at the time of the first record. */
function joined(head: ReadRestart, release: ReadRestart): ReadRestart {
  const envelope = { ...head.envelope, counter: release.envelope.counter, sequence: null };
  return { ...release, envelope, timing: head.timing, later: head.later ?? 0 };
}
