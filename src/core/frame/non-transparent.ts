/**
 * Non-transparent framing, RFC 6587 §3.4.2: records end with LF, CR LF or NUL. A record longer than the limit is cut at
 * the limit, and the rest is skipped up to the next end.
 */

import { ByteScanner } from '../decode/byte-scanner.ts';
import { limits } from '../model/limits.ts';
import type { Framing } from '../model/message.ts';
import { CR, LF, NUL, type Record } from './record.ts';

/** Called with one record, `[start, end)` of `bytes`: the lines of a file then need no object each. */
export type TakeRecord = (bytes: Buffer, start: number, end: number, framing: Framing, truncated: boolean) => void;

export class NonTransparentFramer {
  readonly #scanner: ByteScanner;
  #pending: Buffer | null = null;
  #skipping = false;

  /** `scanner`: the receiver of a record may ask the same scanner for the record's candidates. */
  constructor(scanner: ByteScanner = new ByteScanner()) {
    this.#scanner = scanner;
  }

  /** The records that end in these bytes; the bytes after the last end wait for the next chunk. */
  push(chunk: Buffer): Record[] {
    return collected((take) => this.each(chunk, take));
  }

  /** The stream has ended: the waiting bytes are a record, too. */
  end(): Record[] {
    return collected((take) => this.last(take));
  }

  /** As `push`, without an object for each record. */
  each(chunk: Buffer, take: TakeRecord): void {
    let start = 0;
    if (this.#pending !== null) {
      // Only the waiting bytes and the end of their record are copied, not the rest of the chunk.
      const end = firstEnd(chunk);
      const joined = Buffer.concat([this.#pending, end === -1 ? chunk : chunk.subarray(0, end + 1)]);
      const searched = this.#pending.length;
      this.#pending = null;
      this.#records(joined, 0, searched, take);
      if (end === -1) return;
      start = end + 1;
    }
    this.#records(chunk, start, start, take);
  }

  /** The records from `start` on; no record ends before `searched`. */
  #records(bytes: Buffer, start: number, searched: number, take: TakeRecord): void {
    let from = start;
    this.#scanner.read(bytes, searched);
    for (let end = this.#scanner.nextEnd(); end !== -1; end = this.#scanner.nextEnd()) {
      this.#take(take, bytes, from, end, bytes[end] === NUL ? 'nul' : 'lf');
      from = end + 1;
    }
    this.#keepRest(take, bytes, from);
  }

  /** As `end`, without an object for the record. */
  last(take: TakeRecord): void {
    if (this.#pending !== null) this.#take(take, this.#pending, 0, this.#pending.length, 'end');
    this.#pending = null;
  }

  #take(take: TakeRecord, bytes: Buffer, start: number, end: number, framing: Framing): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const stop = framing === 'lf' && end > start && bytes[end - 1] === CR ? end - 1 : end;
    if (stop === start) return;
    const truncated = stop - start > limits.frameBytes;
    take(bytes, start, truncated ? start + limits.frameBytes : stop, framing, truncated);
  }

  #keepRest(take: TakeRecord, bytes: Buffer, start: number): void {
    this.#pending = null;
    if (this.#skipping || start === bytes.length) return;
    // The record may have just the length of the limit, with its CR LF still to arrive.
    if (bytes.length - start > limits.frameBytes + 2) {
      take(bytes, start, start + limits.frameBytes, 'end', true);
      this.#skipping = true;
      return;
    }
    this.#pending = Buffer.from(bytes.subarray(start));
  }
}

function collected(run: (take: TakeRecord) => void): Record[] {
  const records: Record[] = [];
  run((bytes, start, end, framing, truncated) => records.push({ bytes, start, end, framing, truncated }));
  return records;
}

/** Position of the first LF or NUL, or -1. */
function firstEnd(bytes: Buffer): number {
  const lf = bytes.indexOf(LF);
  const nul = (lf === -1 ? bytes : bytes.subarray(0, lf)).indexOf(NUL);
  return nul === -1 ? lf : nul;
}
