/** Reads lines of any kind in full: the objects that `parse` prints, and that the goldens of `samples/` contain. */
import type { Advisory } from '../advisory/advisory.ts';
import { type Decoder, makeDecoder } from '../decode/envelope.ts';
import { headerEndWithoutCode } from '../decode/header-end.ts';
import { findMessageCode } from '../decode/message-code.ts';
import { type Timing, toIso } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import type { Classification, Envelope, Fields, Frame, Message, Outcome, TimeQuality } from '../model/message.ts';
import { noFields } from '../model/message.ts';
import { nameOf, withoutDefaultNames } from '../model/names.ts';
import { classify, fieldsOf } from './classify.ts';
import type { Timekeeper } from './event-time.ts';
import { Prefilter } from './prefilter.ts';
import { LineReader, type LineSink, type ReadMessage, textOf } from './reader.ts';

export type ParsedLine = {
  readonly device: string | null;
  readonly peer: string | null;
  readonly priority: number | null;
  readonly counter: number | null;
  readonly sequence: number | null;
  readonly origin: string | null;
  readonly deviceTime: string | null;
  readonly timeQuality: TimeQuality;
  readonly yearAssumed: boolean;
  readonly at: string | null;
  readonly facility: string | null;
  readonly severity: number | null;
  readonly mnemonic: string | null;
  readonly kind: Classification['kind'] | null;
  readonly family: string | null;
  readonly cause: Classification['cause'];
  /** Null unless the message is a failure; so is `manner`. */
  readonly serverKind: Classification['server'] | null;
  readonly manner: Classification['manner'];
  readonly fields: Fields;
  readonly text: string;
  readonly raw: string;
  readonly outcome: Outcome;
};

/**
 * Reads the lines of one archive, and joins the two records of one message. The objects are returned in the order of
 * their lines, so an object may wait for an earlier line; `end` returns the waiting objects. If more than
 * `limits.continuations` objects wait for a line that waits for its second record, these objects are returned first.
 */
export class ParsedLineReader implements LineSink {
  readonly #advisory: Advisory;
  readonly #time: Timekeeper;
  readonly #decode: Decoder = makeDecoder();
  readonly #reader: LineReader;
  /** Decides which ordinary lines advance the time, as in a replay. */
  readonly #prefilter = new Prefilter();
  #waiting: { readonly line: number; readonly parsed: ParsedLine }[] = [];

  /** `time` decides `at`; it keeps state from line to line. */
  constructor(advisory: Advisory, time: Timekeeper) {
    this.#advisory = advisory;
    this.#time = time;
    this.#reader = new LineReader(time, this);
  }

  read(frames: readonly Frame[]): ParsedLine[] {
    const sampled = frames.map(({ bytes, start, end, peer }) => {
      return this.#prefilter.test(bytes, start, end, peer) === 'keep' || this.#time.samplesTime();
    });
    this.#reader.read(frames, (index) => sampled[index] === true);
    return this.#inOrder(this.#reader.oldestWaiting);
  }

  end(): ParsedLine[] {
    this.#reader.release(0, { end: true });
    return this.#inOrder(null);
  }

  message({ line, frame, raw, envelope, timing, message, repetition }: ReadMessage): void {
    // `ordinary` is also called for a record that sums up repetitions.
    if (repetition) return;
    const parsed = this.#parsed(frame, raw, envelope, timing, message);
    const { kind, family, cause, server, manner } = classify(message, this.#advisory);
    const serverKind = kind === 'failure' ? server : null;
    this.#waiting.push({
      line,
      parsed: { ...parsed, kind, family, cause, serverKind, manner, fields: fieldsOf(message) },
    });
  }

  restart(): void {}

  ordinary(frame: Frame, _kind: string, line: number): void {
    const { bytes, start, end } = frame;
    const code = findMessageCode(bytes, start, end);
    const bodyStart = code?.body ?? headerEndWithoutCode(frame);
    const envelope = this.#decode(frame, code?.start ?? bodyStart, this.#time.context(frame));
    const text = bytes.toString('utf8', bodyStart, code?.end ?? end);
    const message: Message =
      code === null
        ? { outcome: 'no-core', text }
        : { outcome: 'other', facility: code.facility, severity: code.severity, mnemonic: code.mnemonic, text };
    const timing = this.#time.peek(envelope, frame);
    this.#waiting.push({ line, parsed: this.#parsed(frame, textOf(frame), envelope, timing, message) });
  }

  #parsed(frame: Frame, raw: string, envelope: Envelope, timing: Timing, message: Message): ParsedLine {
    const code = message.outcome === 'no-core' ? null : message;
    return {
      device: this.#nameIn(envelope, frame),
      peer: frame.peer,
      priority: envelope.priority,
      counter: envelope.counter,
      sequence: envelope.sequence,
      origin: envelope.origin,
      deviceTime: toIso(envelope.stamp.instant),
      timeQuality: envelope.stamp.quality,
      yearAssumed: envelope.stamp.yearAssumed,
      at: toIso(timing.at),
      facility: code?.facility ?? null,
      severity: code?.severity ?? null,
      mnemonic: code?.mnemonic ?? null,
      kind: null,
      family: null,
      cause: null,
      serverKind: null,
      manner: null,
      fields: noFields,
      text: message.text,
      raw,
      outcome: message.outcome,
    };
  }

  /** The name in the header, without a default name; else the sender. */
  #nameIn({ origin, relayHost }: Envelope, { peer }: Frame): string | null {
    return nameOf(withoutDefaultNames({ origin, relayHost, peer, serial: null }, this.#advisory.defaultNames));
  }

  /** The objects before the line that waits for its second record; all objects if no line waits, or too many do. */
  #inOrder(waitingLine: number | null): ParsedLine[] {
    const sorted = this.#waiting.sort((a, b) => a.line - b.line);
    const all = waitingLine === null || sorted.length > limits.continuations;
    const ready = all ? sorted : sorted.filter(({ line }) => line < waitingLine);
    this.#waiting = all ? [] : sorted.slice(ready.length);
    return ready.map(({ parsed }) => parsed);
  }
}
