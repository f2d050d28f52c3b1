/**
 * IOS sends a message of two lines as two records: `CRL fetch for trustpoint … failed`, then, with the next counter and
 * without a message code, `Reason : …`. The first record waits for the second, and both are read as one message. The
 * network may change the order, so a second record may also wait for its first.
 *
 * A first record waits until its second arrives, or until one of these events shows that the second is lost: the next
 * message of the same device, 2 s of event time, too many waiting records, the end of the input.
 */
import type { MessageCode } from '../decode/message-code.ts';
import type { Timing } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame, Transport } from '../model/message.ts';
import { nameOf } from '../model/names.ts';

const REASON = 'Reason';

/** Mnemonics whose reason may be in a record of its own (assumed for HTTP_REQUEST_FAILED). */
const HEADS = new Set(['CRL_FETCH_FAIL', 'CRL_INSERT_FAIL', 'HTTP_REQUEST_FAILED']);

/**
 * A record with its decoded header. `line`: its position in the input; `timing`: its event time, decided once; `later`: how many
 * milliseconds after that it is passed on, because lines of the archive before it have the same time and no date.
 */
export type ReadRecord = {
  readonly later?: number;
  readonly frame: Frame;
  readonly envelope: Envelope;
  readonly timing: Timing;
  readonly line: number;
};

/** A first record that waits for its second. */
type Head = {
  readonly record: ReadRecord;
  readonly device: string;
  readonly at: number;
  /** The device has sent another message since: only a record with the next counter is the second one. */
  interrupted: boolean;
};

/** A second record that waits for its first. */
type Orphan = ReadRecord & { readonly reasonAt: number };

/** At most `continuations` first records wait, and as many second records; one more makes the oldest wait no longer. */
export class Continuations {
  /** In the order of arrival. */
  readonly #heads: Head[] = [];
  /** `#heads` by device, so that a message finds the heads of its device fast, also among many. */
  readonly #byDevice = new Map<string, Head[]>();
  /** No head is older, so that a record which ends no wait is not compared with each head. */
  #earliest = Number.POSITIVE_INFINITY;
  #orphans: Orphan[] = [];

  /** Whether a record is the first of two, without its second in the same record. */
  static isHead({ bytes, end }: Frame, code: MessageCode): boolean {
    return HEADS.has(code.mnemonic) && indexOfReason(bytes, code.body, end) === -1;
  }

  /** Start of `Reason :` in a record without a message code, which may be a second record; -1 if there is none. */
  static reasonIn({ bytes, start, end }: Frame): number {
    return indexOfReason(bytes, start, end);
  }

  /** Whether any first record waits. */
  get isWaiting(): boolean {
    return this.#heads.length > 0;
  }

  /** The `line` of the first record that has waited longest; null if none waits. */
  get oldestLine(): number | null {
    return this.#heads[0]?.record.line ?? null;
  }

  /** When the oldest first record of a transport was received; null if none of it waits. Milliseconds. */
  waitingSince(transport: Transport): number | null {
    let since: number | null = null;
    for (const { record } of this.#heads) {
      const { frame } = record;
      if (frame.transport === transport) since = Math.min(since ?? frame.receivedAt, frame.receivedAt);
    }
    return since;
  }

  /** Adds all records that wait in `former`, which must not be used any more. */
  takeOver(former: Continuations): void {
    for (const head of former.#heads) this.#wait(head);
    for (const orphan of former.#orphans) this.#orphans.push(orphan);
  }

  /**
   * Adds a first record. Returns what waits no longer: the joined message if its second record has arrived already, or
   * the oldest first record if too many wait.
   */
  hold(record: ReadRecord): readonly ReadRecord[] {
    const at = latestThatFits(this.#orphans, (orphan) => belongs(record, orphan));
    const orphan = this.#orphans[at];
    if (orphan !== undefined) {
      this.#orphans.splice(at, 1);
      return [joined(record, orphan)];
    }
    this.#wait({ record, device: deviceOf(record), at: timeOf(record), interrupted: false });
    return this.#end(this.#heads.slice(0, Math.max(0, this.#heads.length - limits.continuations)));
  }

  #wait(head: Head): void {
    this.#heads.push(head);
    this.#earliest = Math.min(this.#earliest, head.at);
    const heads = this.#byDevice.get(head.device);
    if (heads === undefined) this.#byDevice.set(head.device, [head]);
    else heads.push(head);
  }

  /** Adds a second record. Returns the joined message, or null if its first record has not arrived. */
  join(second: ReadRecord, reasonAt: number): ReadRecord | null {
    const orphan = { ...second, reasonAt };
    const isSecond = ({ record, interrupted }: Head) =>
      (second.envelope.counter !== null || !interrupted) && belongs(record, orphan);
    const head = this.#heads[latestThatFits(this.#heads, isSecond)];
    if (head !== undefined) {
      this.#remove(head);
      return joined(head.record, orphan);
    }
    // Without a counter, nothing shows that two records in the wrong order belong together.
    if (second.envelope.counter === null) return null;
    this.#orphans.push(orphan);
    if (this.#orphans.length > limits.continuations) this.#orphans.shift();
    return null;
  }

  /** First records whose second is lost, as the message of the same device, or its time, shows. */
  endedBy(message: ReadRecord): readonly ReadRecord[] {
    const late = this.#lateAt(timeOf(message));
    const heads = this.#byDevice.get(deviceOf(message));
    if (heads === undefined) return this.#end(late);
    for (const head of heads) head.interrupted = true;
    return this.#end([...heads.filter(({ record }) => isNext(record, message)), ...late]);
  }

  /** First records whose second is lost, as the time of an ordinary record shows. */
  endedAt({ frame, timing }: Pick<ReadRecord, 'frame' | 'timing'>): readonly ReadRecord[] {
    return this.#end(this.#lateAt(timeOf({ frame, timing })));
  }

  /** First records that have waited for more than 2 s since their receipt. `end`: the input has ended. */
  release(now: number, { end = false } = {}): readonly ReadRecord[] {
    if (this.#heads.length === 0 && this.#orphans.length === 0) return NONE;
    const isOver = ({ frame }: ReadRecord) => end || (frame.transport !== 'file' && isPast(frame.receivedAt, now));
    this.#orphans = this.#orphans.filter((orphan) => !isOver(orphan));
    return this.#end(this.#heads.filter(({ record }) => isOver(record)));
  }

  #lateAt(time: number): readonly Head[] {
    if (!isPast(this.#earliest, time)) return NONE;
    const late = this.#heads.filter(({ at }) => isPast(at, time));
    const rest = this.#heads.filter(({ at }) => !isPast(at, time));
    this.#earliest = rest.reduce((earliest, { at }) => Math.min(earliest, at), Number.POSITIVE_INFINITY);
    return late;
  }

  #end(heads: readonly Head[]): readonly ReadRecord[] {
    if (heads.length === 0) return NONE;
    const ended = [...new Set(heads)];
    for (const head of ended) this.#remove(head);
    return ended.map(({ record }) => record);
  }

  #remove(head: Head): void {
    this.#heads.splice(this.#heads.indexOf(head), 1);
    const ofDevice = this.#byDevice.get(head.device) ?? [];
    ofDevice.splice(ofDevice.indexOf(head), 1);
    if (ofDevice.length === 0) this.#byDevice.delete(head.device);
  }
}

const NONE: readonly never[] = [];

/** Index of the latest record that fits, or -1. */
function latestThatFits<T>(records: readonly T[], fits: (record: T) => boolean): number {
  for (let at = records.length - 1; at >= 0; at--) if (fits(records[at] as T)) return at;
  return -1;
}

function deviceOf({ frame, envelope }: ReadRecord): string {
  return `${frame.peer} ${nameOf({ ...envelope, peer: frame.peer })}`;
}

/**
 * True if the sender is the same, the counter is the next one (if both have one), PRI and names agree, at most 2 s
 * apart.
 */
export function belongs(head: ReadRecord, second: ReadRecord): boolean {
  const [first, other] = [head.envelope, second.envelope];
  if (first.counter !== null && other.counter !== null && other.counter !== first.counter + 1) return false;
  const agrees = (a: string | number | null, b: string | number | null) => b === null || a === b;
  if (head.frame.peer !== second.frame.peer || !agrees(first.priority, other.priority)) return false;
  if (!agrees(first.origin, other.origin) || !agrees(first.relayHost, other.relayHost)) return false;
  const [from, to] = [timeOf(head), timeOf(second)];
  return !isPast(Math.min(from, to), Math.max(from, to));
}

/**
 * Whether a message of the same device directly follows a first record, so that the second record is lost. If both have
 * a counter, the counters decide: a message with a higher counter may have overtaken the second record.
 */
function isNext(head: ReadRecord, message: ReadRecord): boolean {
  const [first, next] = [head.envelope.counter, message.envelope.counter];
  return first === null || next === null || next === first + 1;
}

/** Live, the time of receipt; in a file, the line's own time, else the time of the archive so far. */
export function timeOf({ frame, timing }: Pick<ReadRecord, 'frame' | 'timing'>): number {
  return frame.transport === 'file' ? timing.at : frame.receivedAt;
}

/** Whether a second record that arrives at `now` is too late for a first record. */
export function isPast(since: number, now: number): boolean {
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

/** Start of `Reason :`, or -1. */
function indexOfReason(bytes: Buffer, from: number, end: number): number {
  const at = bytes.subarray(from, end).indexOf(REASON);
  if (at === -1) return -1;
  let colon = from + at + REASON.length;
  while (colon < end && bytes[colon] === 0x20) colon++;
  return bytes[colon] === 0x3a && colon < end ? from + at : -1;
}
