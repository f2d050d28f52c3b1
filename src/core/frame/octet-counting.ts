/** Octet counting, RFC 6587 §3.4.1 and RFC 5425 §4.3: `MSG-LEN SP SYSLOG-MSG`. */
import { limits } from '../model/limits.ts';
import { CR, GREATER_THAN, isDigit, LESS_THAN, LF, NUL, PRI_DIGITS } from './record.ts';
import { beginsPlainRecord, beginsWithStamp } from './unframed.ts';

/**
 * The record after a count; `unsure` if the bytes may be the beginning of a count; `none` if there is no count.
 * `before`: what shows that it is one. A record may have no PRI, as omfwd with FileFormat sends it.
 */
export type Count =
  | { readonly start: number; readonly end: number; readonly before: 'pri' | 'stamp' | 'text' }
  | 'unsure'
  | 'none';

const DIGITS = 5;
/** A shorter text with a message code does not exist. */
const LEAST_TEXT = 10;

/** Matches `[1-9]\d{0,4} ` and the beginning of a record at a position; the rest of the record need not have arrived. */
export function readCount(bytes: Buffer, from: number): Count {
  let i = from;
  let count = 0;
  while (i < bytes.length && i - from < DIGITS && isDigit(bytes[i] as number)) {
    count = count * 10 + (bytes[i] as number) - 0x30;
    if (count === 0) return 'none';
    i++;
  }
  if (i === from) return from === bytes.length ? 'unsure' : 'none';
  if (i === bytes.length) return 'unsure';
  if (bytes[i] !== 0x20) return 'none';
  const start = i + 1;
  if (start === bytes.length) return 'unsure';
  const end = start + count;
  if (bytes[start] === LESS_THAN) {
    const pri = isPri(bytes, start);
    return pri === true ? { start, end, before: 'pri' } : pri === 'unsure' ? pri : 'none';
  }
  // NX-OS begins with the year: `2022 Mar  1 18:46:11`.
  const isYear = i - from === 4 && count >= 1990 && count < 2100;
  if (count < LEAST_TEXT) return 'none';
  if (!isYear && beginsWithStamp(bytes, start) === true) return { start, end, before: 'stamp' };
  return count > limits.frameBytes ? 'none' : { start, end, before: 'text' };
}

/** Whether a PRI begins at `at`. */
function isPri(bytes: Uint8Array, at: number): boolean | 'unsure' {
  if (at === bytes.length) return 'unsure';
  if (bytes[at] !== LESS_THAN) return false;
  let i = at + 1;
  while (i < bytes.length && i - at <= PRI_DIGITS && isDigit(bytes[i] as number)) i++;
  if (i === bytes.length) return 'unsure';
  return i > at + 1 && bytes[i] === GREATER_THAN;
}

/**
 * Whether a count is plausible: the counted octets are followed by the next count, the next record, a line end that some
 * senders add, or no byte yet; or their last one is a line end. An ordinary line that begins with a number and a PRI
 * fails this test. `unsure`: more bytes are needed.
 */
export function isCountPlausible(bytes: Buffer, end: number, final: boolean): boolean | 'unsure' {
  const next = bytes[end];
  if (next === undefined || bytes[end - 1] === LF || isDigit(next) || next === LESS_THAN || isDelimiter(next))
    return true;
  const begins = beginsWithStamp(bytes, end);
  return begins === 'unsure' && final ? false : begins;
}

/**
 * The same of a record without a PRI, which an ordinary line resembles more: a line end or nothing may stand in its last
 * place or behind it, or a PRI or a count with a PRI or a stamp. `unsure`: the bytes behind it have not arrived.
 */
export function isTextCounted(bytes: Buffer, end: number, final: boolean): boolean | 'unsure' {
  if (bytes[end - 1] === LF) return true;
  const next = bytes[end];
  if (next === undefined) return final || 'unsure';
  if (isDelimiter(next)) return true;
  const begins = beginsCountedRecord(bytes, end);
  return begins === 'unsure' && final ? false : begins;
}

/** Whether a PRI, a stamp, or a count with one of them, begins at `at`. */
export function beginsCountedRecord(bytes: Buffer, at: number): boolean | 'unsure' {
  const begins = beginsCountedOrPri(bytes, at);
  return begins === true ? true : strongest(begins, beginsWithStamp(bytes, at));
}

/**
 * Whether a record begins at `next`, behind a NUL. `hasCode`: the record before has a message code. Only then it is
 * complete: before its code, a stamp or a name is part of its own header.
 */
export function beginsBehind(bytes: Buffer, next: number, hasCode: boolean): boolean | 'unsure' {
  if (hasCode) return strongest(beginsCountedOrPri(bytes, next), beginsPlainRecord(bytes, next));
  const pri = isPri(bytes, next);
  if (pri !== false) return pri;
  const count = readCount(bytes, next);
  return typeof count === 'object' ? count.before === 'pri' : count === 'unsure' && count;
}

function strongest(one: boolean | 'unsure', other: boolean | 'unsure'): boolean | 'unsure' {
  return one === true || other === true || (one === 'unsure' ? one : other);
}

/** Whether a PRI, or a count that a PRI or a stamp follows, begins at `at`. */
function beginsCountedOrPri(bytes: Buffer, at: number): boolean | 'unsure' {
  const pri = isPri(bytes, at);
  if (pri !== false) return pri;
  const count = readCount(bytes, at);
  if (count === 'unsure' || count === 'none') return count === 'unsure' ? count : false;
  return count.before === 'text' ? beginsWithStamp(bytes, count.start) : true;
}

function isDelimiter(byte: number): boolean {
  return byte === LF || byte === CR || byte === NUL;
}
