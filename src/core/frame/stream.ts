/**
 * Records out of a stream whose framing nobody announced: octet counting, LF, CR LF, NUL, or none at all, decided anew
 * for every record, so that several senders behind one relay may differ.
 */
import { limits } from '../model/limits.ts';
import type { Framing } from '../model/message.ts';
import { NextByte } from './next-byte.ts';
import { isCountPlausible, readCount } from './octet-counting.ts';
import { CR, LESS_THAN, LF, NUL, type Record } from './record.ts';
import { beginsRecord } from './unframed.ts';

export class StreamFramer {
  #pending: Buffer = EMPTY;
  /** Up to here of the pending bytes no end was found. */
  #scanned = 0;
  /** Octets of a cut counted record that are still to come. */
  #skipOctets = 0;
  /** The rest of a cut record is passed over up to its end. */
  #skipping = false;
  #last: Framing | null = null;
  /** What may end a record, or begin the next one. */
  readonly #edges = [LF, NUL, LESS_THAN].map((byte) => new NextByte(byte));

  /**
   * The records that are complete with these bytes. The result does not depend on how the stream was cut, unless what
   * stands behind a record that looks counted tells that it is none.
   */
  push(chunk: Buffer): Record[] {
    return this.#read(this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]), false);
  }

  /**
   * Nothing has come for a while. A sender without framing has then ended its record; one that ends records with a
   * delimiter or counts them is only slow, and is waited for.
   */
  idle(): Record[] {
    if (this.#skipping || typeof readCount(this.#pending, 0) === 'object') return [];
    return this.#last === null || this.#last === 'unframed' || this.#last === 'end' ? this.end() : [];
  }

  /** The stream has ended: what waits is a record. */
  end(): Record[] {
    return this.#read(this.#pending, true);
  }

  #read(bytes: Buffer, final: boolean): Record[] {
    for (const edge of this.#edges) edge.forget();
    const records: Record[] = [];
    let from = Math.min(this.#skipOctets, bytes.length);
    this.#skipOctets -= from;
    for (;;) {
      // What ends the rest of a cut record must be seen.
      if (!this.#skipping) from = behindDelimiters(bytes, from);
      const next = from === bytes.length ? null : this.#next(records, bytes, from, final);
      if (next === null) break;
      from = next;
    }
    this.#pending = from === bytes.length || final ? EMPTY : Buffer.from(bytes.subarray(from));
    if (final) this.#skipping = false;
    return records;
  }

  /** Takes the record at `from`; the position behind it, or null if it is not complete. */
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

  /** A counted record longer than the limit is cut as soon as so much of it is there. */
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
      const begins = beginsRecord(bytes, from, i);
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

  /** More than the limit without an end is cut; then only its end is looked for. */
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

/** A record of just the limit may still be followed by them. */
const LINE_END_BYTES = 2;
const EMPTY = Buffer.alloc(0);

/** Line ends, and the blank that ASA writes behind one. */
function behindDelimiters(bytes: Buffer, from: number): number {
  let i = from;
  while (i < bytes.length && (bytes[i] === LF || bytes[i] === CR || bytes[i] === NUL || isBlankBeforePri(bytes, i)))
    i++;
  return i;
}

function isBlankBeforePri(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x20 && bytes[at + 1] === LESS_THAN;
}
