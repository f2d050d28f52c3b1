/**
 * Finds the records of a stream of unknown framing: octet counting, LF, CR LF, NUL, or none at all. The framing is
 * detected anew for every record, so that several senders behind one relay may differ.
 */
import { messageCodeStart } from '../decode/message-code.ts';
import { isRelayHeader } from '../decode/relay-header.ts';
import { limits } from '../model/limits.ts';
import type { Framing } from '../model/message.ts';
import { NextByte } from './next-byte.ts';
import {
  beginsBehind,
  beginsCountedRecord,
  type Count,
  isCountPlausible,
  isTextCounted,
  readCount,
} from './octet-counting.ts';
import { CR, endOfText, LESS_THAN, LF, NUL, type Record } from './record.ts';
import { beginsRecord, begunRecord, saysSomething } from './unframed.ts';

type CountedRecord = Exclude<Count, string>;

export class StreamFramer {
  #pending: Buffer = EMPTY;
  /** Number of pending bytes that were searched without finding an end. */
  #scanned = 0;
  /** Number of bytes of the record that were searched for a message code without finding one. */
  #codeless = 0;
  /** Octets of a cut counted record that have not arrived yet. */
  #skipOctets = 0;
  /** True while the rest of a cut record is skipped up to its end. */
  #skipping = false;
  #last: Framing | null = null;
  /** NUL has ended the last record of which the end is known. */
  #hasNul = false;
  /** Bytes that may end a record, or begin the next record. */
  readonly #lineEnd = new NextByte(LF);
  readonly #edges = [this.#lineEnd, new NextByte(NUL), new NextByte(LESS_THAN)];

  /**
   * The records that are complete with these bytes. The result does not depend on how the stream is divided into
   * chunks, with one exception: a record that looks counted, if only the bytes after the record show that it is not.
   */
  push(chunk: Buffer): Record[] {
    return this.#read(this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]), false);
  }

  /**
   * Call this if no bytes have arrived for a while. A sender without framing has then ended its record. A sender with
   * delimiters or counts is only slow: its record waits. So does what may be a count, the header of a relay, or any other
   * record whose message code has not arrived: it ends where the next one begins.
   */
  idle(): Record[] {
    const bytes = this.#pending;
    if (this.#skipping || isRelayHeader(bytes, 0, bytes.length)) return [];
    const count = readCount(bytes, 0);
    if (count === 'unsure') return [];
    if (count !== 'none' && this.#isRecordCounted(bytes, count, false) === 'unsure')
      return count.end === bytes.length ? this.end() : [];
    const mayBeUnframed = this.#last === null || this.#last === 'unframed' || this.#last === 'end';
    const until = begunRecord(bytes);
    const record = bytes.subarray(0, until);
    if (!mayBeUnframed || !(bytes.at(-1) === NUL || saysSomething(record))) return [];
    const records = this.#read(record, true);
    this.#pending = bytes.subarray(until);
    return records;
  }

  /** The stream has ended: the waiting bytes are a record. */
  end(): Record[] {
    return this.#read(this.#pending, true);
  }

  #read(bytes: Buffer, final: boolean): Record[] {
    for (const edge of this.#edges) edge.forget();
    const records: Record[] = [];
    let from = Math.min(this.#skipOctets, bytes.length);
    this.#skipOctets -= from;
    for (;;) {
      // A delimiter is not skipped here if it ends the rest of a cut record.
      if (!this.#skipping) from = skipDelimiters(bytes, from);
      const next = from === bytes.length ? null : this.#next(records, bytes, from, final);
      if (next === null) break;
      from = next;
    }
    this.#pending = from === bytes.length || final ? EMPTY : Buffer.from(bytes.subarray(from));
    if (final) this.#skipping = false;
    return records;
  }

  /** Reads the record at `from`; returns the position after the record, or null if the record is not complete. */
  #next(records: Record[], bytes: Buffer, from: number, final: boolean): number | null {
    const count = this.#skipping ? 'none' : readCount(bytes, from);
    if (count === 'unsure' && !final) return null;
    if (typeof count === 'object') {
      const counted = this.#isRecordCounted(bytes, count, final);
      if (counted === 'unsure') return this.#longCount(records, bytes, count);
      if (counted) {
        this.#take(records, bytes, count.start, count.end, 'octet-counting');
        return count.end;
      }
    }
    return this.#delimited(records, bytes, from, final);
  }

  /** Whether a count is one; `unsure`: more bytes are needed. */
  #isRecordCounted(bytes: Buffer, count: CountedRecord, final: boolean): boolean | 'unsure' {
    const isLine = count.before === 'pri' ? false : this.#isLine(bytes, count);
    if (isLine === true || (final && (isLine === 'unsure' || count.end > bytes.length))) return false;
    if (isLine === 'unsure' || count.end > bytes.length) return 'unsure';
    return count.before === 'pri' ? isCountPlausible(bytes, count.end, final) : isTextCounted(bytes, count.end, final);
  }

  /**
   * Whether a line ends before the count does, so that the number is text. A counted record with a stamp may have line
   * ends in it, if the connection has no lines yet, and no record begins behind the line end.
   */
  #isLine(bytes: Buffer, { start, end, before }: CountedRecord): boolean | 'unsure' {
    const last = Math.min(end - 1, start + limits.frameBytes - LINE_LOOK_AHEAD);
    let at = this.#lineEnd.in(bytes, start);
    if (at >= Math.min(last, bytes.length)) return false;
    if (before === 'text' || this.#last === 'lf') return true;
    for (; at !== -1 && at < last; at = bytes.indexOf(LF, at + 1)) {
      const begins = beginsCountedRecord(bytes, at + 1);
      if (begins !== false) return begins;
    }
    return false;
  }

  /** A counted record longer than the limit is cut as soon as more than the limit has arrived. */
  #longCount(records: Record[], bytes: Buffer, { start, end }: CountedRecord): number | null {
    if (bytes.length - start <= limits.frameBytes) return null;
    this.#take(records, bytes, start, end, 'octet-counting');
    this.#skipOctets = end - bytes.length;
    return bytes.length;
  }

  #delimited(records: Record[], bytes: Buffer, from: number, final: boolean): number | null {
    for (let i = this.#nextEdge(bytes, from + this.#scanned); i < bytes.length; i = this.#nextEdge(bytes, i + 1)) {
      const byte = bytes[i];
      if (byte === LF) return this.#end(records, bytes, from, i, 'lf');
      if (byte === LESS_THAN && i === from && !this.#skipping) continue;
      const ends = byte === NUL ? this.#endsWithNul(bytes, from, i, final) : this.#beginsAt(bytes, from, i);
      if (ends === true) return this.#end(records, bytes, from, i, byte === NUL ? 'nul' : 'unframed');
      if (ends === 'unsure' && !final) return this.#wait(records, bytes, from, i);
    }
    return final
      ? this.#end(records, bytes, from, bytes.length, 'end')
      : this.#wait(records, bytes, from, bytes.length);
  }

  #beginsAt(bytes: Buffer, from: number, at: number): boolean | 'unsure' {
    const begins = beginsRecord(bytes, this.#skipping ? null : from, at);
    return begins === 'unsure' ? begins : begins === 'yes';
  }

  /**
   * Whether the NUL at `at` ends a record. In a record that ends with LF it is a byte like others: it ends one only if
   * nothing or another record follows, or if NUL has ended the record before.
   */
  #endsWithNul(bytes: Buffer, from: number, at: number, final: boolean): boolean | 'unsure' {
    if (this.#hasNul) return true;
    let next = at + 1;
    while (bytes[next] === NUL || bytes[next] === CR) next++;
    if (next - at > NULS) return true;
    if (bytes[next] === BLANK) next++;
    if (next === bytes.length) return final || 'unsure';
    if (bytes[next] === LF) return false;
    const isCut = this.#skipping || at - from > limits.frameBytes + LINE_END_BYTES;
    return beginsBehind(bytes, next, isCut || this.#hasCode(bytes, from, at));
  }

  /** Whether `[from, at)` has a message code. What was searched for another NUL is not searched again. */
  #hasCode(bytes: Buffer, from: number, at: number): boolean {
    const since = from + Math.max(0, this.#codeless - CODE_BYTES);
    if (messageCodeStart(bytes, since, at) !== null) return true;
    this.#codeless = at - from;
    return false;
  }

  #nextEdge(bytes: Buffer, from: number): number {
    let next = bytes.length;
    for (const edge of this.#edges) next = Math.min(next, edge.in(bytes, from));
    return next;
  }

  #end(records: Record[], bytes: Buffer, from: number, to: number, framing: Framing): number {
    this.#scanned = 0;
    this.#ended(framing);
    if (this.#skipping) this.#skipping = false;
    else this.#take(records, bytes, from, to, framing);
    return to;
  }

  /** A record without an end is cut at the limit; then the rest is skipped up to its end. */
  #wait(records: Record[], bytes: Buffer, from: number, scannedTo: number): number | null {
    this.#scanned = scannedTo - from;
    if (this.#skipping) {
      this.#scanned = 0;
      return scannedTo === from ? null : scannedTo;
    }
    if (scannedTo - from <= limits.frameBytes + LINE_END_BYTES) return null;
    this.#take(records, bytes, from, scannedTo, 'end');
    this.#skipping = true;
    this.#scanned = 0;
    return scannedTo;
  }

  #ended(framing: Framing): void {
    this.#last = framing;
    this.#codeless = 0;
    if (framing !== 'end') this.#hasNul = framing === 'nul';
  }

  #take(records: Record[], bytes: Buffer, start: number, end: number, framing: Framing): void {
    this.#ended(framing);
    const stop = endOfText(bytes, start, end);
    if (stop === start) return;
    const truncated = stop - start > limits.frameBytes;
    records.push({ bytes, start, end: truncated ? start + limits.frameBytes : stop, framing, truncated });
  }
}

/** CR LF may follow a record of just the limit. */
const LINE_END_BYTES = 2;
/** No message code is longer, up to the colon behind it. */
const CODE_BYTES = 256;
/** More NULs than that end a record, whatever follows. */
const NULS = 16;
const BLANK = 0x20;
/** Bytes behind a line end that show whether a record begins there. */
const LINE_LOOK_AHEAD = 96;
const EMPTY = Buffer.alloc(0);

/** Skips line ends, and the blank that ASA writes after a line end. */
function skipDelimiters(bytes: Buffer, from: number): number {
  let i = from;
  while (i < bytes.length && (bytes[i] === LF || bytes[i] === CR || bytes[i] === NUL || isBlankBeforePri(bytes, i)))
    i++;
  return i;
}

function isBlankBeforePri(bytes: Buffer, at: number): boolean {
  return bytes[at] === BLANK && bytes[at + 1] === LESS_THAN;
}
