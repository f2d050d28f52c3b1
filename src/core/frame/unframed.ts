/**
 * No framing at all: IOS and IOS-XE write records to TCP without any delimiter. The next record begins at a `<PRI>`
 * that is followed by the beginning of a header. RFC 6587 does not describe this; rsyslog's imptcp has the same rule.
 */
import { findMessageCode } from '../decode/message-code.ts';
import { NO_WORD, wordsIn } from '../decode/related-words.ts';
import { isRelayHeader } from '../decode/relay-header.ts';
import { GREATER_THAN, isDigit, PRI_DIGITS } from './record.ts';

/** Number of bytes after `<` that may be needed to decide. */
const LOOK_AHEAD = 96;

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
/** Some relays write `NOV 22`. */
const MONTH_IN_ANY_CASE = MONTH.replace(/[A-Za-z]/g, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
const DAY = '[A-Za-z]{0,2} {1,2}\\d{1,2} ';
const STAMP = `(?:\\d{4}-\\d\\d-\\d\\d[Tt ]\\d\\d:\\d\\d|${MONTH_IN_ANY_CASE}${DAY}(?:\\d{4} )?\\d{1,2}:\\d\\d)`;
/**
 * Counter, time of day, two numbers, date, year, clock mark, name, message code, RFC 5424 version, IOS-XR location,
 * session.
 */
const START = new RegExp(
  `^<\\d{1,3}>[ \\t]?(?:\\d*[ \\t]?: |\\d{1,3}:\\d\\d:\\d\\d|\\d+ \\d+: |${MONTH}|${MONTH_IN_ANY_CASE}${DAY}|20\\d\\d|[*.]|[\\w.-]+ ?: |%|[1-9]\\d{0,2} (?:20\\d\\d-|- )|Original Address=|RP/|LC/|\\[)`,
);
/** No stamp is longer, up to its minutes. */
const STAMP_BYTES = 24;
const STAMPED = new RegExp(`^${STAMP}`);
/** A header without a PRI: counter, name, stamp, message code. */
const PLAIN = new RegExp(`^(?:\\d+: |[\\w.-]+ ?: (?:\\d+: )?(?=[*.%A-Z\\d]))?(?:[*.]?${STAMP}|%[A-Z]\\w*-)`);

/**
 * Whether a record begins at the `<` at `at`, given that the previous record began at `start`; not if a relay's header
 * stands between. `start`: null if the beginning of the previous record is gone. `unsure`: more bytes are needed.
 */
export function beginsRecord(bytes: Buffer, start: number | null, at: number): 'yes' | 'no' | 'unsure' {
  // Most of such bytes are text, and looking at them costs less than a string.
  if (!mayBePri(bytes, at)) return 'no';
  const ahead = bytes.toString('latin1', at, Math.min(bytes.length, at + LOOK_AHEAD));
  if (!START.test(ahead)) {
    // If the record ends at a delimiter, or enough bytes have arrived, further bytes change nothing.
    return at + LOOK_AHEAD <= bytes.length || /[\n\0]/.test(ahead) ? 'no' : 'unsure';
  }
  return start !== null && isRelayHeader(bytes, start, at) ? 'no' : 'yes';
}

/** False if the bytes that have arrived are no `<PRI>`. */
function mayBePri(bytes: Uint8Array, at: number): boolean {
  let i = at + 1;
  while (i < bytes.length && i - at <= PRI_DIGITS && isDigit(bytes[i] as number)) i++;
  return i === bytes.length || (i > at + 1 && bytes[i] === GREATER_THAN);
}

/** Whether a stamp begins at `at`; `unsure`: more bytes are needed. */
export function beginsWithStamp(bytes: Buffer, at: number): boolean | 'unsure' {
  const ahead = bytes.toString('latin1', at, at + STAMP_BYTES);
  if (STAMPED.test(ahead)) return true;
  return ahead.length === STAMP_BYTES || /[\n\0]/.test(ahead) ? false : 'unsure';
}

/** Whether a record without a PRI begins at `at`: with a counter, a name, a stamp or a message code. */
export function beginsPlainRecord(bytes: Buffer, at: number): boolean | 'unsure' {
  const ahead = bytes.toString('latin1', at, at + LOOK_AHEAD);
  if (PLAIN.test(ahead)) return true;
  return ahead.length === LOOK_AHEAD || /[\n\0]/.test(ahead) ? false : 'unsure';
}

/**
 * Whether a record that has arrived so far can be decided on: its message code with some text, or words that stand for one.
 * Of any other record the rest may still come, and the rest has what matters.
 */
export function saysSomething(bytes: Buffer): boolean {
  const code = findMessageCode(bytes, 0, bytes.length);
  if (code === null) return wordsIn(bytes, 0, bytes.length) !== NO_WORD;
  return code.body < code.end && !BEGUN_CODE.test(bytes.toString('latin1', code.body, code.body + CODE_BYTES));
}

/** Where a next record may begin of which more bytes are needed to decide; else the end of the bytes. */
export function begunRecord(bytes: Buffer): number {
  const from = Math.max(0, bytes.length - LOOK_AHEAD);
  const at = bytes.toString('latin1', from).search(BEGUN);
  return at === -1 ? bytes.length : from + at;
}

/** A PRI, and behind it one word, or the version of RFC 5424 with the beginning of a stamp. */
const BEGUN = /<(?:\d{1,3}(?:>[ \t]?[\w.:-]*(?: \d*)?)?)?$/;
/** The text of a message that has begun with another message code, which is not whole. */
const BEGUN_CODE = /^<*%[\w-]*$/;
/** No message code is longer. */
const CODE_BYTES = 256;
