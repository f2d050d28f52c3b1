/**
 * Finds the records of a stream of unknown framing: octet counting, LF, CR LF, NUL, or none at all. The framing is
 * detected anew for every record, so that several senders behind one relay may differ.
 */
import { limits } from '../model/limits.ts';
import type { Framing } from '../model/message.ts';
import { NextByte } from './next-byte.ts';
import { isCountPlausible, readCount } from './octet-counting.ts';
import { CR, LESS_THAN, LF, NUL, type Record } from './record.ts';
import { beginsRecord } from './unframed.ts';

export class StreamFramer {
  #pending: Buffer = EMPTY;
  /** Number of pending bytes that were searched without finding an end. */
  #scanned = 0;
  /** Octets of a cut counted record that have not arrived yet. */
  #skipOctets = 0;
  /** True while the rest of a cut record is skipped up to its end. */
  #skipping = false;
  #last: Framing | null = null;
  /** Bytes that may end a record, or begin the next record. */
  readonly #edges = [LF, NUL, LESS_THAN].map((byte) => new NextByte(byte));

  /**
   * The records that are complete with these bytes. The result does not depend on how the stream is divided into
   * chunks, with one exception: a record that looks counted, if only the bytes after the record show that it is not.
   */
  push(chunk: Buffer): Record[] {
    return this.#read(this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]), false);
  }

  /**
   * Call this if no bytes have arrived for a while. A sender without framing has then ended its record. A sender with
   * delimiters or counts is only slow: its record waits.
   */
  idle(): Record[] {
    if (this.#skipping || typeof readCount(this.#pending, 0) === 'object') return [];
    return this.#last === null || this.#last === 'unframed' || this.#last === 'end' ? this.end() : [];
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
      if (count.end <= bytes.length && isCountPlausible(bytes, count.end)) {
        this.#take(records, bytes, count.start, count.end, 'octet-counting');
        return count.end;
      }
      if (count.end > bytes.length && !final) return this.#longCount(records, bytes, count.start, count.end);
    }
    return this.#delimited(records, bytes, from, final);
  }

  /** A counted record longer than the limit is cut as soon as more than the limit has arrived. */
  #longCount(records: Record[], bytes: Buffer, start: number, end: number): number | null {
    if (bytes.length - start <= limits.frameBytes) return null;
    this.#take(records, bytes, start, end, 'octet-counting');
    this.#skipOctets = end - bytes.length;
    return bytes.length;
  }

  #delimited(records: Record[], bytes: Buffer, from: number, final: boolean): number | null {
    for (let i = this.#nextEdge(bytes, from + this.#scanned); i < bytes.length; i = this.#nextEdge(bytes, i + 1)) {
      const byte = bytes[i];
      if (byte === LF || byte === NUL) return this.#end(records, bytes, from, i, byte === LF ? 'lf' : 'nul');
      if (byte !== LESS_THAN || (i === from && !this.#skipping)) continue;
      const begins = beginsRecord(bytes, this.#skipping ? null : from, i);
      if (begins === 'yes') return this.#end(records, bytes, from, i, 'unframed');
      if (begins === 'unsure' && !final) return this.#wait(records, bytes, from, i);
    }
    return final
      ? this.#end(records, bytes, from, bytes.length, 'end')
      : this.#wait(records, bytes, from, bytes.length);
  }

  #nextEdge(bytes: Buffer, from: number): number {
    let next = bytes.length;
    for (const edge of this.#edges) next = Math.min(next, edge.in(bytes, from));
    return next;
  }

  #end(records: Record[], bytes: Buffer, from: number, to: number, framing: Framing): number {
    this.#scanned = 0;
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

  #take(records: Record[], bytes: Buffer, start: number, end: number, framing: Framing): void {
    this.#last = framing;
    let stop = end;
    while (stop > start && (bytes[stop - 1] === CR || bytes[stop - 1] === LF || bytes[stop - 1] === NUL)) stop--;
    if (stop === start) return;
    const truncated = stop - start > limits.frameBytes;
    records.push({ bytes, start, end: truncated ? start + limits.frameBytes : stop, framing, truncated });
  }
}

/** CR LF may follow a record of just the limit. */
const LINE_END_BYTES = 2;
const EMPTY = Buffer.alloc(0);

/** Skips line ends, and the blank that ASA writes after a line end. */
function skipDelimiters(bytes: Buffer, from: number): number {
  let i = from;
  while (i < bytes.length && (bytes[i] === LF || bytes[i] === CR || bytes[i] === NUL || isBlankBeforePri(bytes, i)))
    i++;
  return i;
}

function isBlankBeforePri(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x20 && bytes[at + 1] === LESS_THAN;
}
