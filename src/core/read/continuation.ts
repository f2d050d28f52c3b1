/**
 * IOS sends a message of two lines as two records: `CRL fetch for trustpoint … failed`, then, with the next counter and
 * without a message code, `Reason : …`. The first record waits for the second, and the two are read as one message.
 * Records may change places on their way, so a second record may also wait for its first.
 *
 * A first record waits until its second comes, or until one of these says that the second will not come: the next message
 * of the same device, 2 s of event time, too many waiting records, the end of the input.
 */
import type { MessageCode } from '../decode/message-code.ts';
import type { Timing } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame } from '../model/message.ts';
import { nameOf } from '../model/names.ts';

const REASON = 'Reason';

/** Mnemonics whose reason may come in a record of its own. That HTTP_REQUEST_FAILED does is assumed. */
const HEADS = new Set(['CRL_FETCH_FAIL', 'CRL_INSERT_FAIL', 'HTTP_REQUEST_FAILED']);

/** A record with what was read of its header. `line`: its place in the input; `timing`: when it was, decided once. */
export type ReadRecord = {
  readonly frame: Frame;
  readonly envelope: Envelope;
  readonly timing: Timing;
  readonly line: number;
};

type Orphan = ReadRecord & { readonly reasonAt: number };

export class Continuations {
  /** In the order of arrival, at most `continuations` after each `release`. */
  readonly #heads: ReadRecord[] = [];
  /** The same by device, so that a message finds those of its own device in a storm, too. */
  readonly #byDevice = new Map<string, ReadRecord[]>();
  /** First records whose device has said something else since: only a record with the next counter is their second. */
  readonly #interrupted = new WeakSet<ReadRecord>();
  #orphans: Orphan[] = [];

  /** Whether a record is the first of two, without its second in the same record. */
  static isHead({ bytes, end }: Frame, code: MessageCode): boolean {
    return HEADS.has(code.mnemonic) && indexOfReason(bytes, code.body, end) === -1;
  }

  /** Where `Reason :` begins in a record without a message code, which may be the second of two; -1 if it is none. */
  static reasonIn({ bytes, start, end }: Frame): number {
    return indexOfReason(bytes, start, end);
  }

  /** Whether any first record waits. */
  get isWaiting(): boolean {
    return this.#heads.length > 0;
  }

  /** The place of the first record that has waited longest; null if none waits. */
  get oldestLine(): number | null {
    return this.#heads[0]?.line ?? null;
  }

  /** Takes over all that waits elsewhere. */
  takeOver(former: Continuations): void {
    for (const head of former.#heads) this.#wait(head);
    for (const orphan of former.#orphans) this.#orphans.push(orphan);
  }

  /** Takes a first record. Gives the whole message if its second record came before it, else null: it waits. */
  hold(head: ReadRecord): ReadRecord | null {
    const at = latestThatFits(this.#orphans, (orphan) => belongs(head, orphan));
    const orphan = this.#orphans[at];
    if (orphan !== undefined) {
      this.#orphans.splice(at, 1);
      return joined(head, orphan);
    }
    this.#wait(head);
    return null;
  }

  #wait(head: ReadRecord): void {
    this.#heads.push(head);
    const device = deviceOf(head);
    this.#byDevice.set(device, [...(this.#byDevice.get(device) ?? []), head]);
  }

  /** Takes a second record. Gives the whole message, or null if its first record has not come. */
  join(second: ReadRecord, reasonAt: number): ReadRecord | null {
    const orphan = { ...second, reasonAt };
    const isSecond = (head: ReadRecord) =>
      (second.envelope.counter !== null || !this.#interrupted.has(head)) && belongs(head, orphan);
    const head = this.#heads[latestThatFits(this.#heads, isSecond)];
    if (head !== undefined) {
      this.#remove(head);
      return joined(head, orphan);
    }
    // Without a counter nothing says that the two belong together when they come in the wrong order.
    if (second.envelope.counter !== null) this.#orphans.push(orphan);
    return null;
  }

  /** First records whose second will not come any more, as this message of the same device, or its time, shows. */
  endedBy(message: ReadRecord): readonly ReadRecord[] {
    const own = this.#byDevice.get(deviceOf(message)) ?? NONE;
    for (const head of own) this.#interrupted.add(head);
    return this.#end([...own.filter((head) => isNext(head, message)), ...this.#lateAt(timeOf(message))]);
  }

  /** First records whose second will not come any more, as the time of an ordinary record shows. */
  endedAt({ frame, timing }: Pick<ReadRecord, 'frame' | 'timing'>): readonly ReadRecord[] {
    return this.#end(this.#lateAt(timeOf({ frame, timing })));
  }

  /**
   * First records that have waited for 2 s since their receipt, or that are more than may wait. `end`: no record will
   * come any more.
   */
  release(now: number, { end = false } = {}): readonly ReadRecord[] {
    if (this.#heads.length === 0 && this.#orphans.length === 0) return NONE;
    const isOver = ({ frame }: ReadRecord, index: number, all: readonly ReadRecord[]) =>
      end || all.length - index > limits.continuations || (frame.transport !== 'file' && isPast(frame.receivedAt, now));
    this.#orphans = this.#orphans.filter((orphan, index, all) => !isOver(orphan, index, all));
    return this.#end(this.#heads.filter(isOver));
  }

  #lateAt(time: number): ReadRecord[] {
    return this.#heads.filter((head) => isPast(timeOf(head), time));
  }

  #end(heads: readonly ReadRecord[]): readonly ReadRecord[] {
    const ended = new Set(heads);
    for (const head of ended) this.#remove(head);
    return [...ended];
  }

  #remove(head: ReadRecord): void {
    this.#heads.splice(this.#heads.indexOf(head), 1);
    const device = deviceOf(head);
    const rest = (this.#byDevice.get(device) ?? []).filter((other) => other !== head);
    if (rest.length === 0) this.#byDevice.delete(device);
    else this.#byDevice.set(device, rest);
  }
}

const NONE: ReadRecord[] = [];

/** Where the latest record that fits stands, or -1. */
function latestThatFits<T>(records: readonly T[], fits: (record: T) => boolean): number {
  for (let at = records.length - 1; at >= 0; at--) if (fits(records[at] as T)) return at;
  return -1;
}

function deviceOf({ frame, envelope }: ReadRecord): string {
  return `${frame.peer} ${nameOf({ ...envelope, peer: frame.peer })}`;
}

/** Of one sender, with the next counter where both have one, with one PRI, no name that contradicts, near in time. */
function belongs(head: ReadRecord, second: ReadRecord): boolean {
  const [first, other] = [head.envelope, second.envelope];
  if (first.counter !== null && other.counter !== null && other.counter !== first.counter + 1) return false;
  const agrees = (value: string | number | null, its: string | number | null) => its === null || value === its;
  if (head.frame.peer !== second.frame.peer || !agrees(first.priority, other.priority)) return false;
  if (!agrees(first.origin, other.origin) || !agrees(first.relayHost, other.relayHost)) return false;
  const [from, to] = [timeOf(head), timeOf(second)];
  return !isPast(Math.min(from, to), Math.max(from, to));
}

/**
 * Whether a message of the same device is the one behind a first record, so that its second was lost. By the counters if
 * both have one: a message with a higher counter may have overtaken the second record.
 */
function isNext(head: ReadRecord, message: ReadRecord): boolean {
  const [own, next] = [head.envelope.counter, message.envelope.counter];
  return own === null || next === null || next === own + 1;
}

/** Live, the time of receipt; in a file, the line's own time, or without one the time that the archive has come to. */
function timeOf({ frame, timing }: Pick<ReadRecord, 'frame' | 'timing'>): number {
  return frame.transport === 'file' ? timing.at : frame.receivedAt;
}

/** Whether a second record that comes at `now` is too late for a first one. */
function isPast(since: number, now: number): boolean {
  return now - since > limits.continuationMs;
}

/** The first record, a blank, and the second from its `Reason` on. */
function joined(head: ReadRecord, second: Orphan): ReadRecord {
  const { frame } = head;
  const first = frame.bytes.subarray(frame.start, frame.end);
  const rest = second.frame.bytes.subarray(second.reasonAt, second.frame.end);
  const bytes = Buffer.concat([first, BLANK, rest]);
  const truncated = frame.truncated || second.frame.truncated;
  return { ...head, frame: { ...frame, bytes, start: 0, end: bytes.length, truncated } };
}

const BLANK = Buffer.from(' ');

/** `Reason :`, or -1. */
function indexOfReason(bytes: Buffer, from: number, end: number): number {
  const at = bytes.subarray(from, end).indexOf(REASON);
  if (at === -1) return -1;
  let behind = from + at + REASON.length;
  while (behind < end && bytes[behind] === 0x20) behind++;
  return bytes[behind] === 0x3a && behind < end ? from + at : -1;
}
