/** Octet counting, RFC 6587 §3.4.1 and RFC 5425 §4.3: `MSG-LEN SP SYSLOG-MSG`. */
import { CR, GREATER_THAN, LESS_THAN, LF, NUL } from './record.ts';

/** The record after a count; `unsure` if the bytes may be the beginning of a count; `none` if there is no count. */
export type Count = { readonly start: number; readonly end: number } | 'unsure' | 'none';

const DIGITS = 5;
const PRI_DIGITS = 3;

/** Matches `[1-9]\d{0,4} <\d{1,3}>` at a position; the rest of the record need not have arrived. */
export function readCount(bytes: Uint8Array, from: number): Count {
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
  if (i + 1 === bytes.length) return 'unsure';
  const pri = isPri(bytes, i + 1);
  return pri === true ? { start: i + 1, end: i + 1 + count } : pri === 'unsure' ? pri : 'none';
}

/** Whether a PRI begins at `at`. */
function isPri(bytes: Uint8Array, at: number): boolean | 'unsure' {
  if (bytes[at] !== LESS_THAN) return false;
  let i = at + 1;
  while (i < bytes.length && i - at <= PRI_DIGITS && isDigit(bytes[i] as number)) i++;
  if (i === bytes.length) return 'unsure';
  return i > at + 1 && bytes[i] === GREATER_THAN;
}

/**
 * Whether a count is plausible: the counted octets are followed by the next count, the next PRI, a line end that some
 * senders add, or no byte yet. An ordinary line that begins with a number and a PRI fails this test.
 */
export function isCountPlausible(bytes: Uint8Array, end: number): boolean {
  const next = bytes[end];
  return next === undefined || isDigit(next) || next === LESS_THAN || next === LF || next === CR || next === NUL;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
