/**
 * The only reader of lines, for the service, `replay`, `parse` and `verify`: records as bytes in, read messages out.
 * The reader finds the message code, reads header and body, joins messages of two records, and finds the message that a
 * summed-up repetition repeats. It makes no decisions: the caller provides a `LineSink` for the results.
 */
import { type Decoder, makeDecoder } from '../decode/envelope.ts';
import { headerEndWithoutCode } from '../decode/header-end.ts';
import { findMessageCode, type LineKind, type MessageCode, scanMessageCode } from '../decode/message-code.ts';
import type { HeardLines } from '../model/heard.ts';
import type { Timing } from '../model/instant.ts';
import type { Envelope, Frame, TrackedMessage, Transport } from '../model/message.ts';
import { makeParser, type Parser } from '../parse/parse.ts';
import { Continuations, type ReadRecord } from './continuation.ts';
import type { Timekeeper } from './event-time.ts';
import type { HeardFrame } from './hearing.ts';
import { Repeats, timesOf } from './repeats.ts';
import { restartOf } from './restart.ts';
import { type ReadRestart, Restarts } from './restarts.ts';

/** A tracked message: one record, two joined records, or a record that repeats an earlier message `times` times. */
export type ReadMessage = ReadRecord & {
  /** The record as text. */
  readonly raw: string;
  readonly code: MessageCode;
  readonly message: TrackedMessage;
  /** Number of messages that the record stands for; at least 1. */
  readonly times: number;
  /** The record only sums up repetitions; the message itself is in an earlier record. */
  readonly repetition: boolean;
};

/** The kinds of records without a tracked message. */
export type OtherKind = Exclude<LineKind, 'tracked'>;

/** Receives the results. Each record is passed once, in the order of the records, except for records that waited. */
export interface LineSink {
  message(message: ReadMessage): void;
  restart(restart: ReadRestart): void;
  /** A record without a tracked message, with the kind to count; also called for a restart or a repetition. */
  ordinary(frame: Frame, kind: OtherKind, line: number): void;
  /** A record without a tracked message that reports ordinary lines of its device; it is also passed to `ordinary`. */
  heard?(heard: ReadReport): void;
}

/** A report of ordinary lines, with the header of the last one. */
export type ReadReport = ReadRecord & { readonly report: HeardLines };

export class LineReader {
  readonly #time: Timekeeper;
  readonly #sink: LineSink;
  readonly #decode: Decoder = makeDecoder();
  readonly #parse: Parser = makeParser();
  readonly #continuations = new Continuations();
  readonly #restarts = new Restarts();
  readonly #repeats: Repeats;
  /** The time of the last line without a date in an archive, and how many there were at that time. */
  #undatedAt = Number.NaN;
  #undated = 0;
  #line = 0;

  constructor(time: Timekeeper, sink: LineSink) {
    this.#time = time;
    this.#sink = sink;
    this.#repeats = new Repeats(this.#decode, time);
  }

  /** The line of the record that has waited longest for its second record; null if none waits. */
  get oldestWaiting(): number | null {
    return this.#continuations.oldestLine;
  }

  /** When the oldest record of a transport was received that waits for another one; null if none waits. Milliseconds. */
  waitingSince(transport: Transport): number | null {
    const since = this.#continuations.waitingSince(transport) ?? Number.POSITIVE_INFINITY;
    const earliest = Math.min(since, this.#restarts.waitingSince(transport));
    return earliest === Number.POSITIVE_INFINITY ? null : earliest;
  }

  /** Continues where `former` has ended, which must not be used any more. */
  takeOver(former: LineReader): void {
    this.#continuations.takeOver(former.#continuations);
    this.#restarts.takeOver(former.#restarts);
    this.#repeats.takeOver(former.#repeats);
    this.#line = former.#line;
  }

  /** Reads records, the oldest first. `samplesTime`: called for each ordinary record; true if its time is read. */
  read(frames: readonly HeardFrame[], samplesTime: (index: number) => boolean): void {
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index] as HeardFrame;
      // Nearly every record that a prefilter has kept is a tracked one: others are scanned once more.
      const code = findMessageCode(frame.bytes, frame.start, frame.end);
      if (code?.tracked === true) this.#readTracked(frame, code);
      else this.#readOther(frames, index, code, samplesTime);
      this.#line++;
    }
    this.#repeats.keep(frames);
  }

  /** Passes on the records that have waited long enough at `now`, in milliseconds; with `end` all of them. */
  release(now: number, options: { end?: boolean } = {}): void {
    for (const waited of this.#continuations.release(now, options)) this.#emit(waited);
    for (const waited of this.#restarts.release(now, options)) this.#restarted(waited);
  }

  #readTracked(frame: Frame, code: MessageCode): void {
    const record = this.#recordOf(frame, code.start, this.#line);
    if (this.#continuations.isWaiting) for (const ended of this.#continuations.endedBy(record)) this.#emit(ended);
    if (this.#restarts.isWaiting) for (const ended of this.#restarts.endedAt(record)) this.#restarted(ended);
    if (!Continuations.isHead(frame, code)) this.#emit(record, code);
    else for (const message of this.#continuations.hold(record)) this.#emit(message);
  }

  #readOther(
    frames: readonly HeardFrame[],
    index: number,
    code: MessageCode | null,
    samplesTime: (index: number) => boolean,
  ): void {
    const frame = frames[index] as HeardFrame;
    if (frame.report !== undefined) this.#readReport(frame, code, frame.report);
    const kind = scanMessageCode(frame.bytes, frame.start, frame.end) as OtherKind;
    if (kind === 'no-core' || kind === 'restart') {
      const message = this.#joined(frame);
      if (message !== null) {
        this.#emit(message);
        return;
      }
    }
    this.#sink.ordinary(frame, kind, this.#line);
    if (kind === 'no-core' || kind === 'restart') this.#readRestart(frame, kind);
    if (frame.report?.alone !== true && samplesTime(index)) this.#sampleTime(frame, code);
    if (kind === 'no-core') this.#readRepetition(frames, index);
  }

  /** A report does not advance the time. */
  #readReport(frame: Frame, code: MessageCode | null, report: HeardLines): void {
    const envelope = this.#headerOf(frame, code);
    this.#sink.heard?.({ line: this.#line, frame, envelope, timing: this.#time.peek(envelope, frame), report });
  }

  #headerOf(frame: Frame, code: MessageCode | null): Envelope {
    return this.#decode(frame, code?.start ?? headerEndWithoutCode(frame), this.#time.context(frame));
  }

  /**
   * Ordinary records advance the time, too, so that no first record waits too long. Of an archive, such a record is
   * heard: its header is read anyway.
   */
  #sampleTime(frame: Frame, code: MessageCode | null): void {
    const timing = frame.transport === 'file' ? this.#hear(frame, code) : this.#time.sample(this.#decode, frame);
    for (const ended of this.#restarts.endedAt({ frame, timing })) this.#restarted(ended);
    if (!this.#continuations.isWaiting) return;
    for (const ended of this.#continuations.endedAt({ frame, timing })) this.#emit(ended);
  }

  #hear(frame: Frame, code: MessageCode | null): Timing {
    const envelope = this.#headerOf(frame, code);
    const timing = this.#time.timingOf(envelope, frame);
    const report = { level: code?.severity ?? null, lines: 1, partly: false };
    this.#sink.heard?.({ line: this.#line, frame, envelope, timing, report });
    return timing;
  }

  /** The joined message, if the record is the second one of a message; else null. */
  #joined(frame: Frame): ReadRecord | null {
    const reasonAt = Continuations.reasonIn(frame);
    return reasonAt === -1 ? null : this.#continuations.join(this.#recordOf(frame, reasonAt, this.#line), reasonAt);
  }

  /** The release or the start of a device is no tracked message, but it changes the meaning of tracked messages. */
  #readRestart(frame: Frame, kind: 'restart' | 'no-core'): void {
    const code = kind === 'restart' ? (findMessageCode(frame.bytes, frame.start, frame.end)?.start ?? null) : null;
    const restart = restartOf(frame, code);
    if (restart === null) return;
    const { headerEnd, release } = restart;
    const text = frame.bytes.toString('utf8', headerEnd, frame.end);
    const record = this.#recordOf(frame, headerEnd, this.#line);
    const read = { ...record, raw: textOf(frame), text, release, restarted: code !== null };
    for (const each of this.#restarts.add(read)) this.#restarted(each);
  }

  /** `last message repeated N times`: the previous message occurred N times more, the last time now. */
  #readRepetition(frames: readonly Frame[], index: number): void {
    const repetition = this.#repeats.find(frames, index);
    if (repetition === null) return;
    const { of, envelope, times } = repetition;
    const code = findMessageCode(of.bytes, of.start, of.end);
    if (code?.tracked !== true) return;
    const message = this.#parse(code, bodyOf(of, code, textOf(of)));
    const frame = frames[index] as Frame;
    const shared = this.#time.timingOf(envelope, frame);
    const timing = timingOf({ timing: shared, later: this.#laterThan(shared) });
    const [line, raw] = [this.#line, textOf(frame)];
    this.#sink.message({ line, frame, envelope, timing, raw, code, message, times, repetition: true });
  }

  #restarted(read: ReadRestart): void {
    this.#sink.restart({ ...read, timing: timingOf(read) });
  }

  #recordOf(frame: Frame, headerEnd: number, line: number): ReadRecord {
    const envelope: Envelope = this.#decode(frame, headerEnd, this.#time.context(frame));
    const timing: Timing = this.#time.timingOf(envelope, frame);
    return { line, frame, envelope, timing, later: this.#laterThan(timing) };
  }

  /** An archive's lines without a date have one time: only their places in it say which came first. */
  #laterThan({ at, used, rejected }: Timing): number {
    if (used !== 'archive' || rejected !== 'no-date') return 0;
    if (at !== this.#undatedAt) this.#undated = 0;
    this.#undatedAt = at;
    return this.#undated++;
  }

  /** `known`: the record's message code, if found already. */
  #emit(read: ReadRecord, known?: MessageCode): void {
    const { line, frame, envelope } = read;
    const code = known ?? findMessageCode(frame.bytes, frame.start, frame.end);
    if (code === null) return;
    const raw = textOf(frame);
    const message = this.#parse(code, bodyOf(frame, code, raw));
    const times = timesOf(raw);
    const timing = timingOf(read);
    this.#sink.message({ line, frame, envelope, timing, raw, code, message, times, repetition: false });
  }
}

/** The time at which a record is passed on. */
function timingOf({ timing, later = 0 }: Pick<ReadRecord, 'timing' | 'later'>): Timing {
  return later === 0 ? timing : { ...timing, at: timing.at + later };
}

/** The record as text. */
export function textOf({ bytes, start, end }: Frame): string {
  return bytes.toString('utf8', start, end);
}

/** The text right of the message code. A part of `raw` if each byte is one character, to avoid a second decoding. */
function bodyOf({ bytes, start, end }: Frame, code: MessageCode, raw: string): string {
  if (raw.length !== end - start) return bytes.toString('utf8', code.body, code.end);
  return raw.slice(code.body - start, code.end - start);
}
