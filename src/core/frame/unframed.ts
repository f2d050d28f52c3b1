/**
 * No framing at all: IOS and IOS-XE write records to TCP without any delimiter. The next record begins at a `<PRI>`
 * that is followed by the beginning of a header. RFC 6587 does not describe this; rsyslog's imptcp has the same rule.
 */
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
