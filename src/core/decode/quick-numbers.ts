/**
 * The numbers at the beginning of a record, out of its bytes: no string and no object is made. What it reads, the
 * envelope's decoder reads as well; what is not certain is ABSENT. A number that is overlooked looks like a lost line, so
 * behind a PRI (or a relay's stamp and host) the counter counts whatever follows: continuation lines have one, too.
 */
import {
  ABSENT,
  BLANK,
  COLON,
  closingColon,
  isDigit,
  isLetter,
  isMonth,
  isUptime,
  skipBlanks,
  skipDigits,
  skipPriority,
  skipStructuredData,
  skipWord,
} from './header-bytes.ts';
import { endsHeader, isBeforeNumber, isLocation, nameEnd, relayHost, stampEnd } from './header-parts.ts';
import { NO_NAME, nameHashOf } from './name-hash.ts';

/** Made once and written anew for each record. */
export type Numbers = {
  /** IOS's message counter: lines sent to this collector. ABSENT, or 0 to 10^15. */
  counter: number;
  /** `service sequence-numbers`. ABSENT, or 0 to 10^15. */
  sequence: number;
  /** Hash of the origin-id, or NO_NAME. */
  name: number;
  /** Hash of the host that a relay wrote (RFC 5424 HOSTNAME, or behind its stamp), or NO_NAME. */
  relay: number;
};

export function newNumbers(): Numbers {
  return { counter: ABSENT, sequence: ABSENT, name: NO_NAME, relay: NO_NAME };
}

/** Reads `[start, end)` into `into`. */
export function readNumbers(bytes: Uint8Array, start: number, end: number, into: Numbers): void {
  into.counter = ABSENT;
  into.sequence = ABSENT;
  into.name = NO_NAME;
  into.relay = NO_NAME;
  const behind = skipPriority(bytes, start, end);
  if (behind > start && bytes[behind] === 0x31 && bytes[behind + 1] === BLANK) readSyslog(bytes, behind + 2, end, into);
  else if (behind === start || !readPlain(bytes, behind, end, into)) {
    readParts(bytes, behind, end, behind > start, into);
  }
}

/**
 * What most lines are, in half the time: `12: sw-a: 000013: *Mar  1`, with the name, the number behind it, or
 * both. Without either, and without `*` or `.`, the stamp might be a relay's. False where it is anything else.
 */
function readPlain(bytes: Uint8Array, start: number, end: number, into: Numbers): boolean {
  const counter = skipDigits(bytes, start, end);
  if (counter === start || counter - start > DIGITS || bytes[start] === 0x30) return false;
  if (bytes[counter] !== COLON || bytes[counter + 1] !== BLANK) return false;
  let at = counter + 2;
  let own = false;
  let name = NO_NAME;
  if (isLetter(bytes[at])) {
    const word = skipWord(bytes, at, end);
    if (bytes[word] === COLON && bytes[word + 1] === BLANK) {
      name = nameHashOf(bytes, at, word);
      own = true;
      at = word + 2;
    }
  }
  const number = at;
  const sequence = skipDigits(bytes, at, end);
  if (sequence > number) {
    if (sequence - number > DIGITS || bytes[sequence] !== COLON || bytes[sequence + 1] !== BLANK) return false;
    at = sequence + 2;
  }
  if (bytes[at] === 0x2a || bytes[at] === 0x2e) {
    own = true;
    at++;
  }
  if (!own || at >= end || !isMonth(bytes, at, end)) return false;
  into.counter = toNumber(bytes, start, counter);
  if (sequence > number) into.sequence = toNumber(bytes, number, sequence);
  into.name = name;
  return true;
}

/** Parts of a header that are looked at; no dialect has more. */
const PARTS = 12;
/** Digits of a number that is exact in a double. */
const DIGITS = 15;

/**
 * `anchored`: it began with a PRI, so that a number before a colon is a counter. Whether each number that stands there was
 * understood.
 */
function readParts(bytes: Uint8Array, start: number, end: number, anchored: boolean, into: Numbers): boolean {
  let first = ABSENT;
  let second = ABSENT;
  let padded = false;
  let name = NO_NAME;
  let trusted = anchored;
  let certain = false;
  let at = start;
  for (let part = 0; part < PARTS; part++) {
    at = skipBlanks(bytes, at, end);
    const byte = bytes[at];
    if (at >= end) break;
    if (byte === COLON && bytes[at + 1] !== COLON) {
      at++;
      continue;
    }
    if (byte === 0x5b) {
      at = skipStructuredData(bytes, at, end);
      if (at === ABSENT) break;
      continue;
    }
    if (byte === 0x25 || ((byte === 0x2a || byte === 0x2e) && endsHeader(bytes, at + 1, end))) {
      certain = true;
      // `sw-a AEST: %…`: behind a relay's host, what has no stamp behind it may be a zone that stands alone.
      if (byte === 0x25 && into.relay !== NO_NAME) name = NO_NAME;
      break;
    }
    if (byte === 0x3c) {
      const behind = skipPriority(bytes, at, end);
      if (behind === at) break;
      // What a relay forwards as it came: the numbers behind this PRI are the device's.
      first = ABSENT;
      second = ABSENT;
      trusted = true;
      at = behind;
      continue;
    }
    if (isDigit(byte)) {
      const digits = skipDigits(bytes, at, end);
      const behind = closingColon(bytes, digits, end);
      if (behind !== ABSENT) {
        if (digits - at > DIGITS || second !== ABSENT) return false;
        if (first === ABSENT) {
          first = toNumber(bytes, at, digits);
          padded = byte === 0x30 && digits > at + 1;
        } else second = toNumber(bytes, at, digits);
        at = behind;
        continue;
      }
    }
    // A relay's stamp comes first: behind a name or a relay's header there is only the device's.
    const own = into.relay !== NO_NAME || name !== NO_NAME;
    if (own && isMonth(bytes, at, end)) {
      certain = true;
      break;
    }
    const stamp = isDigit(byte) || isMonth(bytes, at, end) ? stampEnd(bytes, at, end) : ABSENT;
    if (stamp !== ABSENT) {
      const host = own ? ABSENT : relayHost(bytes, stamp, end);
      if (host === ABSENT) {
        certain = true;
        break;
      }
      // A counter before a relay's stamp is that of the device; the relay has put its header behind it.
      into.relay = nameHashOf(bytes, stamp + 1, host);
      trusted = true;
      at = host;
      continue;
    }
    if (isDigit(byte) && isUptime(bytes, at, end)) {
      certain = true;
      break;
    }
    const word = nameEnd(bytes, at, end);
    if (word === ABSENT) break;
    const behind = closingColon(bytes, word, end);
    if (behind === ABSENT && !isBeforeNumber(bytes, word, end)) {
      certain = isLocation(bytes, at, word, end);
      if (certain || !isLocation(bytes, skipBlanks(bytes, word, end), ABSENT, end)) break;
    }
    // Of two names the last one is the device's.
    name = nameHashOf(bytes, at, word);
    at = behind === ABSENT ? word : behind;
  }
  if (certain) into.name = name;
  if (first === ABSENT) return true;
  // A counter is never padded: what stands before a second number then is not known.
  if ((!certain && !trusted) || (padded && (second !== ABSENT || !certain))) return false;
  if (padded) into.sequence = first;
  else {
    into.counter = first;
    into.sequence = second;
  }
  return true;
}

/** RFC 5424 behind its version: `2022-03-01T18:46:11Z HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`. */
function readSyslog(bytes: Uint8Array, start: number, end: number, into: Numbers): void {
  const stamp = fieldEnd(bytes, start, end);
  const host = fieldEnd(bytes, stamp + 1, end);
  const app = fieldEnd(bytes, host + 1, end);
  let at = fieldEnd(bytes, fieldEnd(bytes, app + 1, end) + 1, end) + 1;
  if (at >= end) return;
  if (bytes[at] === 0x2d) at++;
  else {
    while (at < end && bytes[at] === 0x5b) {
      at = skipStructuredData(bytes, at, end);
      if (at === ABSENT) return;
    }
  }
  if (at < end && bytes[at] !== BLANK) return;
  at = skipBlanks(bytes, at, end);
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
  const relay = nameHashOf(bytes, stamp + 1, host);
  const understood = readParts(bytes, at, end, true, into);
  into.relay = relay;
  // A relay that knew no program put the counter there.
  const digits = app - host - 1;
  if (
    !understood ||
    into.counter !== ABSENT ||
    digits < 1 ||
    digits > DIGITS ||
    skipDigits(bytes, host + 1, end) !== app
  )
    return;
  into.counter = toNumber(bytes, host + 1, app);
}

function fieldEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] !== BLANK) i++;
  return i;
}

function toNumber(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + (bytes[i] as number) - 0x30;
  return value;
}
