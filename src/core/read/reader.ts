/**
 * The one reader of lines, for the service, `replay`, `parse` and `verify`: records as bytes in, what each of them says
 * out. It finds the message code, reads header and body, joins messages of two records and finds what a summed-up
 * repetition repeats. It decides nothing: whoever uses it gives a `LineSink`.
 */
import { type Decoder, makeDecoder } from '../decode/envelope.ts';
import { findMessageCode, type LineKind, type MessageCode, scanMessageCode } from '../decode/message-code.ts';
import type { Timing } from '../model/instant.ts';
import type { Envelope, Frame, TrackedMessage } from '../model/message.ts';
import { makeParser, type Parser } from '../parse/parse.ts';
import { Continuations, type ReadRecord } from './continuation.ts';
import type { Timekeeper } from './event-time.ts';
import { Repeats, timesOf } from './repeats.ts';
import { restartOf } from './restart.ts';

/** A tracked message: one record, two that were joined, or a record that stands for `times` more of an earlier one. */
export type ReadMessage = ReadRecord & {
  /** The record as text. */
  readonly raw: string;
  readonly code: MessageCode;
  readonly message: TrackedMessage;
  /** How many messages it stands for; at least 1. */
  readonly times: number;
  /** It only sums up repetitions; the message itself stands in an earlier record. */
  readonly repetition: boolean;
};

/** What a record is that is no tracked message. */
export type OtherKind = Exclude<LineKind, 'tracked'>;

/** A record in which a device says that it has started, or which release it runs. */
export type ReadRestart = ReadRecord & {
  readonly raw: string;
  /** The text behind the header. */
  readonly text: string;
  /** As `show version` writes it; null where the record does not name it. */
  readonly release: string | null;
  /** The record is `%SYS-5-RESTART` itself. */
  readonly restarted: boolean;
};

/** What becomes of what was read. Each record is given once, in the order of the records but for those that waited. */
export interface LineSink {
  message(message: ReadMessage): void;
  restart(restart: ReadRestart): void;
  /** A record that is no tracked message, as what it counts; also one that is a restart or a repetition besides. */
  ordinary(frame: Frame, kind: OtherKind, line: number): void;
}

export class LineReader {
  readonly #time: Timekeeper;
  readonly #sink: LineSink;
  readonly #decode: Decoder = makeDecoder();
  readonly #parse: Parser = makeParser();
  readonly #continuations = new Continuations();
  readonly #repeats: Repeats;
  #line = 0;

  constructor(time: Timekeeper, sink: LineSink) {
    this.#time = time;
    this.#sink = sink;
    this.#repeats = new Repeats(this.#decode, time);
  }

  /** The place of the record that has waited longest for its second one; null if none waits. */
  get oldestWaiting(): number | null {
    return this.#continuations.oldestLine;
  }

  /** Goes on where another reader has ended, which must read no more. */
  takeOver(former: LineReader): void {
    this.#continuations.takeOver(former.#continuations);
    this.#repeats.takeOver(former.#repeats);
    this.#line = former.#line;
  }

  /** Reads records, the oldest first. `samplesTime`: asked for each ordinary record whether its time is to be looked at. */
  read(frames: readonly Frame[], samplesTime: () => boolean): void {
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index] as Frame;
      // Nearly every record that a prefilter has kept is a tracked one: others are scanned once more.
      const code = findMessageCode(frame.bytes, frame.start, frame.end);
      if (code?.tracked === true) this.#readTracked(frame, code);
      else this.#readOther(frames, index, samplesTime);
      this.#line++;
    }
    this.#repeats.keep(frames);
  }

  /** Gives first records that have waited long enough at `now`, in milliseconds; with `end` all of them. */
  release(now: number, options: { end?: boolean } = {}): void {
    for (const waited of this.#continuations.release(now, options)) this.#give(waited);
  }

  #readTracked(frame: Frame, code: MessageCode): void {
    const record = this.#recordOf(frame, code.start, this.#line);
    if (this.#continuations.isWaiting) for (const ended of this.#continuations.endedBy(record)) this.#give(ended);
    if (!Continuations.isHead(frame, code)) this.#give(record, code);
    else {
      const whole = this.#continuations.hold(record);
      if (whole !== null) this.#give(whole);
    }
  }

  #readOther(frames: readonly Frame[], index: number, samplesTime: () => boolean): void {
    const frame = frames[index] as Frame;
    const kind = scanMessageCode(frame.bytes, frame.start, frame.end) as OtherKind;
    if (kind === 'no-core' || kind === 'restart') {
      const whole = this.#joined(frame);
      if (whole !== null) {
        this.#give(whole);
        return;
      }
    }
    this.#sink.ordinary(frame, kind, this.#line);
    if (kind === 'no-core' || kind === 'restart') this.#readRestart(frame, kind);
    if (samplesTime()) this.#sampleTime(frame);
    if (kind === 'no-core') this.#readRepetition(frames, index);
  }

  /** Time passes with ordinary records, too: no first record waits beyond its time. */
  #sampleTime(frame: Frame): void {
    const timing = this.#time.sample(this.#decode, frame);
    if (!this.#continuations.isWaiting) return;
    for (const ended of this.#continuations.endedAt({ frame, timing })) this.#give(ended);
  }

  /** The message that a record is the second of; null if it is none. */
  #joined(frame: Frame): ReadRecord | null {
    const reasonAt = Continuations.reasonIn(frame);
    return reasonAt === -1 ? null : this.#continuations.join(this.#recordOf(frame, reasonAt, this.#line), reasonAt);
  }

  /** Which release a device runs, and that it has started: no tracked message, but it decides what those mean. */
  #readRestart(frame: Frame, kind: 'restart' | 'no-core'): void {
    const code = kind === 'restart' ? (findMessageCode(frame.bytes, frame.start, frame.end)?.start ?? null) : null;
    const restart = restartOf(frame, code);
    if (restart === null) return;
    const { headerEnd, release } = restart;
    const text = frame.bytes.toString('utf8', headerEnd, frame.end);
    const record = this.#recordOf(frame, headerEnd, this.#line);
    this.#sink.restart({ ...record, raw: textOf(frame), text, release, restarted: code !== null });
  }

  /** `last message repeated N times`: the message before it happened N times more, the last time now. */
  #readRepetition(frames: readonly Frame[], index: number): void {
    const repetition = this.#repeats.find(frames, index);
    if (repetition === null) return;
    const { of, envelope, times } = repetition;
    const code = findMessageCode(of.bytes, of.start, of.end);
    if (code?.tracked !== true) return;
    const message = this.#parse(code, bodyOf(of, code, textOf(of)));
    const frame = frames[index] as Frame;
    const timing = this.#time.timingOf(envelope, frame);
    const [line, raw] = [this.#line, textOf(frame)];
    this.#sink.message({ line, frame, envelope, timing, raw, code, message, times, repetition: true });
  }

  #recordOf(frame: Frame, headerEnd: number, line: number): ReadRecord {
    const envelope: Envelope = this.#decode(frame, headerEnd, this.#time.context(frame));
    const timing: Timing = this.#time.timingOf(envelope, frame);
    return { line, frame, envelope, timing };
  }

  /** `code`: where it was found already. */
  #give({ line, frame, envelope, timing }: ReadRecord, found?: MessageCode): void {
    const code = found ?? findMessageCode(frame.bytes, frame.start, frame.end);
    if (code === null) return;
    const raw = textOf(frame);
    const message = this.#parse(code, bodyOf(frame, code, raw));
    const times = timesOf(raw);
    this.#sink.message({ line, frame, envelope, timing, raw, code, message, times, repetition: false });
  }
}

/** The record as text. */
export function textOf({ bytes, start, end }: Frame): string {
  return bytes.toString('utf8', start, end);
}

/** What stands right of the message code. Where each byte is one character of the record, it is a part of its text. */
function bodyOf({ bytes, start, end }: Frame, { body }: MessageCode, raw: string): string {
  return raw.length === end - start ? raw.slice(body - start) : bytes.toString('utf8', body, end);
}
