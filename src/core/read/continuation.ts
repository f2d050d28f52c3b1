/**
 * IOS sends a message of two lines as two records: `CRL fetch for trustpoint … failed`, then, with the next counter and
 * without a core, `Reason : …`. The first is held until the second comes, and they go on as one. Datagrams may change
 * places, so a second line may also wait for its first.
 */

import type { Decoder } from '../decode/envelope.ts';
import type { MessageCode } from '../decode/message-code.ts';
import type { StampContext } from '../decode/timestamp.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame } from '../model/message.ts';

const REASON = 'Reason';

/** Mnemonics whose reason may come on a line of its own. That HTTP_REQUEST_FAILED does is assumed. */
const HEADS = new Set(['CRL_FETCH_FAIL', 'CRL_INSERT_FAIL', 'HTTP_REQUEST_FAILED']);

type Part = { readonly frame: Frame; readonly envelope: Envelope; readonly reasonAt: number; readonly line: number };

export class Continuations {
  readonly #decode: Decoder;
  #heads: Part[] = [];
  #orphans: Part[] = [];
  /** How many lines there were; lines of a file wait by count. */
  line = 0;

  readonly #lines: number;

  /** `lines`: how many lines of a file a first line waits for. */
  constructor(decode: Decoder, { lines = limits.continuationLines as number } = {}) {
    this.#decode = decode;
    this.#lines = lines;
  }

  /** Whether a line is the first of two and its second has not come with it. */
  static isHead({ bytes, end }: Frame, core: MessageCode): boolean {
    return HEADS.has(core.mnemonic) && indexOfReason(bytes, core.body, end) === -1;
  }

  /** Whether a line without a core may be the second of two. */
  static isTail({ bytes, start, end }: Frame): boolean {
    return indexOfReason(bytes, start, end) !== -1;
  }

  /** Takes a first line; gives it back joined if its second came before it, else null: it waits. */
  hold(frame: Frame, core: MessageCode, context: StampContext): Frame | null {
    const head = { frame, envelope: this.#decode(frame, core.start, context), reasonAt: -1, line: this.line };
    const at = this.#latest(this.#orphans, frame, (orphan) => belongs(head, orphan));
    const orphan = this.#orphans[at];
    if (orphan === undefined) {
      this.#heads.push(head);
      return null;
    }
    this.#orphans.splice(at, 1);
    return joined(head, orphan);
  }

  /** Takes a second line; the joined message, or null if its first has not come (yet). */
  join(frame: Frame, context: StampContext): Frame | null {
    const reasonAt = indexOfReason(frame.bytes, frame.start, frame.end);
    const tail = { frame, envelope: this.#decode(frame, reasonAt, context), reasonAt, line: this.line };
    const at = this.#latest(this.#heads, frame, (head) => belongs(head, tail));
    const head = this.#heads[at];
    if (head !== undefined) {
      this.#heads.splice(at, 1);
      return joined(head, tail);
    }
    // Only where counters tell who belongs to whom, and only datagrams change places.
    if (frame.transport === 'udp' && tail.envelope.counter !== null) this.#orphans.push(tail);
    return null;
  }

  /**
   * First lines that have waited long enough go on alone: 2 s after their receipt, in a file after some lines more, at
   * once where too many wait. `end`: nothing will come any more.
   */
  release(now: number, { end = false } = {}): Frame[] {
    if (this.#heads.length === 0 && this.#orphans.length === 0) return [];
    const over = (part: Part, index: number, all: readonly Part[]) =>
      end || all.length - index > limits.continuations || this.#isOver(part, now);
    const released = this.#heads.filter(over).map(({ frame }) => frame);
    if (released.length > 0) this.#heads = this.#heads.filter((part, index, all) => !over(part, index, all));
    this.#orphans = this.#orphans.filter((part, index, all) => !over(part, index, all));
    return released;
  }

  /**
   * Where the latest part stands that fits and has not waited long enough, or -1: lines of one sender come in order. They
   * wait in the order in which they came, so that a storm of them is not searched for each.
   */
  #latest(parts: readonly Part[], { receivedAt }: Frame, fits: (part: Part) => boolean): number {
    for (let at = parts.length - 1; at >= Math.max(0, parts.length - limits.continuations); at--) {
      const part = parts[at] as Part;
      if (this.#isOver(part, receivedAt)) return -1;
      if (fits(part)) return at;
    }
    return -1;
  }

  /** Whether it has waited long enough. */
  #isOver({ frame, line }: Part, now: number): boolean {
    return frame.transport === 'file' ? this.line - line > this.#lines : now - frame.receivedAt > limits.continuationMs;
  }
}

/** Of one sender, with one PRI, no name that contradicts, and the next counter where both have one. */
function belongs(head: Part, tail: Part): boolean {
  const [first, second] = [head.envelope, tail.envelope];
  const agrees = (name: string | null, other: string | null) => other === null || name === other;
  return (
    head.frame.peer === tail.frame.peer &&
    agrees(first.priority?.toString() ?? null, second.priority?.toString() ?? null) &&
    agrees(first.origin, second.origin) &&
    agrees(first.relayHost, second.relayHost) &&
    (first.counter === null || second.counter === null || second.counter === first.counter + 1)
  );
}

/** The first line, a blank, and the second from its `Reason` on. */
function joined({ frame }: Part, tail: Part): Frame {
  const first = frame.bytes.subarray(frame.start, frame.end);
  const second = tail.frame.bytes.subarray(tail.reasonAt, tail.frame.end);
  const bytes = Buffer.concat([first, BLANK, second]);
  return { ...frame, bytes, start: 0, end: bytes.length, truncated: frame.truncated || tail.frame.truncated };
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
