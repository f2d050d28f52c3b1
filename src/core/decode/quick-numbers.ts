/**
 * Reads the numbers at the beginning of a record from its bytes, without making a string or an object. The envelope's
 * decoder reads the same values; an uncertain value is ABSENT here. An overlooked number looks like a lost line, so a
 * counter after a PRI (or after a relay's stamp and host) is read whatever follows: continuation lines have one, too.
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
  toBytes,
} from './header-bytes.ts';
import {
  endsHeader,
  isBeforeNumber,
  isCut,
  isLevel,
  isLocation,
  isOfTime,
  isPlainWord,
  isSlot,
  isZone,
  lastHost,
  nameEnd,
  relayHost,
  stampEnd,
} from './header-parts.ts';
import { NO_NAME, nameHashOf } from './name-hash.ts';

/** Allocated once, and overwritten for each record. */
export type Numbers = {
  /** IOS's message counter: lines sent to this collector. ABSENT, or 0 to 10^15. */
  counter: number;
  /** `service sequence-numbers`. ABSENT, or 0 to 10^15. */
  sequence: number;
  /** Hash of the origin-id, or NO_NAME. */
  name: number;
  /** Hash of the host that a relay wrote (RFC 5424 HOSTNAME, or after the relay's stamp), or NO_NAME. */
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
  const header = skipPriority(bytes, start, end);
  const address = skipOriginalAddress(bytes, header, end);
  if (address !== header) {
    into.relay = nameHashOf(bytes, header + ORIGINAL_ADDRESS.length, address);
    readParts(bytes, address, end, true, into);
    return;
  }
  const version = header > start ? versionEnd(bytes, header, end) : ABSENT;
  if (version !== ABSENT) readSyslog(bytes, version + 1, end, into);
  else if (header === start || !readPlain(bytes, header, end, into)) {
    readParts(bytes, header, end, header > start, into);
  }
}

/** Kiwi: `Original Address=192.0.2.11 12: …`. */
const ORIGINAL_ADDRESS = toBytes('Original Address=');

/** Position after Kiwi's address of the sender; `at` itself if there is none. */
function skipOriginalAddress(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== ORIGINAL_ADDRESS[0] || end - at <= ORIGINAL_ADDRESS.length) return at;
  for (const [index, byte] of ORIGINAL_ADDRESS.entries()) if (bytes[at + index] !== byte) return at;
  return fieldEnd(bytes, at + ORIGINAL_ADDRESS.length, end);
}

/** Position after RFC 5424's VERSION; ABSENT if none is there. Any number but 1 needs a stamp behind it. */
function versionEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 0x31 && bytes[at + 1] === BLANK) return at + 1;
  const digits = skipDigits(bytes, at, end);
  if (digits === at || digits > at + 3 || bytes[digits] !== BLANK || bytes[digits + 11] !== 0x54) return ABSENT;
  return stampEnd(bytes, digits + 1, end) === ABSENT ? ABSENT : digits;
}

/**
 * Fast path for the form of most lines, in half the time: `12: sw-a: 000013: *Mar  1`, with the name, the second
 * number, or both. Without a name, `*` and `.` the stamp may be a relay's. Returns false, and writes nothing, for any
 * other form.
 */
function readPlain(bytes: Uint8Array, start: number, end: number, into: Numbers): boolean {
  const counter = skipDigits(bytes, start, end);
  if (counter === start || counter - start > DIGITS || bytes[start] === 0x30) return false;
  if (bytes[counter] !== COLON || bytes[counter + 1] !== BLANK) return false;
  let at = counter + 2;
  let isDeviceStamp = false;
  let name = NO_NAME;
  if (isLetter(bytes[at])) {
    const word = skipWord(bytes, at, end);
    if (bytes[word] === COLON && bytes[word + 1] === BLANK) {
      if (isZone(bytes, at, word) || isOfTime(bytes, at, word) || isLevel(bytes, at, word)) return false;
      name = nameHashOf(bytes, at, word);
      isDeviceStamp = true;
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
    isDeviceStamp = true;
    at++;
  }
  if (!isDeviceStamp || at >= end || !isMonth(bytes, at, end)) return false;
  into.counter = toNumber(bytes, start, counter);
  if (sequence > number) into.sequence = toNumber(bytes, number, sequence);
  into.name = name;
  return true;
}

/** Number of header parts that are read; no dialect has more. */
const PARTS = 12;
/** A number of at most this many digits is exact in a double. */
const DIGITS = 15;

/** The header ends at this part: a stamp, an uptime or a location of the device itself. */
const HEADER_ENDS = -2;
/** A zone, a slot or a piece of a time: behind it there may be a number. */
const NO_NAME_HERE = -3;

/**
 * Reads the header part by part. `anchored`: a PRI stands before the header, so that a number before a colon is a
 * counter. Returns false if the header has numbers of uncertain meaning.
 */
function readParts(bytes: Uint8Array, start: number, end: number, anchored: boolean, into: Numbers): boolean {
  let first = ABSENT;
  let second = ABSENT;
  let isPadded = false;
  let isTrusted = anchored;
  let isCertain = false;
  /** The host of an outer relay. */
  let outer = NO_NAME;
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
      isCertain = true;
      // `sw-a AEST: %…`: after a relay's host, the last word before the message code may be a zone that stands alone.
      if (byte === 0x25 && into.relay !== NO_NAME) into.name = NO_NAME;
      break;
    }
    if (byte === 0x3c) {
      const inner = skipPriority(bytes, at, end);
      if (inner === at) break;
      // A relay has forwarded the record unchanged: the numbers and names after this PRI are the device's.
      if (into.name !== NO_NAME) outer = into.name;
      else if (into.relay !== NO_NAME) outer = into.relay;
      into.name = NO_NAME;
      into.relay = NO_NAME;
      const version = versionEnd(bytes, inner, end);
      if (version !== ABSENT) {
        const isRead = readSyslog(bytes, version + 1, end, into);
        if (into.relay === NO_NAME) into.relay = outer;
        return isRead;
      }
      first = ABSENT;
      second = ABSENT;
      isTrusted = true;
      at = inner;
      continue;
    }
    const digits = isDigit(byte) ? skipDigits(bytes, at, end) : at;
    const colon = digits === at ? ABSENT : closingColon(bytes, digits, end);
    if (colon !== ABSENT) {
      if (digits - at > DIGITS || second !== ABSENT) {
        into.name = NO_NAME;
        return false;
      }
      const number = toNumber(bytes, at, digits);
      if (first === ABSENT) {
        first = number;
        isPadded = byte === 0x30 && digits > at + 1;
      } else second = number;
      at = colon;
      continue;
    }
    const relay = readRelay(bytes, at, end, into);
    if (relay >= 0) isTrusted = true;
    // A word at the beginning of a line may be a prompt's.
    const isAtStart = !isTrusted && first === ABSENT && into.name === NO_NAME;
    const word = isAtStart ? nameEnd(bytes, at, end) : ABSENT;
    const isBare = word !== ABSENT && (isPlainWord(bytes, at, word) || isCut(bytes, at, word));
    at = relay !== ABSENT ? relay : isBare ? ABSENT : readName(bytes, at, end, into);
    if (at === ABSENT && isDigit(byte)) at = NO_NAME_HERE;
    isCertain = at === HEADER_ENDS;
    if (at < 0) break;
  }
  if (!isCertain) into.name = NO_NAME;
  if (into.relay === NO_NAME) into.relay = outer;
  if (first === ABSENT) return at !== NO_NAME_HERE;
  return storeNumbers(first, second, isPadded, isCertain, isTrusted, into);
}

/**
 * Reads a relay's stamp and host; returns the position after the host. HEADER_ENDS for a stamp or an uptime of the
 * device, ABSENT for any other part.
 */
function readRelay(bytes: Uint8Array, at: number, end: number, into: Numbers): number {
  const isAtDigit = isDigit(bytes[at]);
  if (!isAtDigit && !isMonth(bytes, at, end)) return ABSENT;
  // A relay's header stands first: a stamp after a name or after a relay's header is the device's.
  const isDevice = into.relay !== NO_NAME || into.name !== NO_NAME;
  if (isDevice && !isAtDigit) return HEADER_ENDS;
  const stamp = stampEnd(bytes, at, end);
  if (stamp === ABSENT) return isAtDigit && isUptime(bytes, at, end) ? HEADER_ENDS : ABSENT;
  let from = stamp;
  let host = isDevice && !isAtDigit ? ABSENT : relayHost(bytes, from, end);
  while (host !== ABSENT && isLevel(bytes, from + 1, host)) {
    from = host;
    host = relayHost(bytes, from, end);
  }
  if (host === ABSENT) return HEADER_ENDS;
  if (isZone(bytes, from + 1, host)) return HEADER_ENDS;
  if (isPlainWord(bytes, from + 1, host) && isTextAt(bytes, skipBlanks(bytes, host, end), end)) return HEADER_ENDS;
  // A counter before a relay's stamp is the device's: the relay has put its header after the counter.
  into.relay = nameHashOf(bytes, lastHost(bytes, from + 1, host), host);
  return host;
}

/** Whether another word without a mark or a colon follows: then the word before is one of a text. */
function isTextAt(bytes: Uint8Array, at: number, end: number): boolean {
  const word = skipWord(bytes, at, end);
  return word > at && bytes[word] === BLANK && isPlainWord(bytes, at, word);
}

/** Reads a name; returns the position after it. HEADER_ENDS for a location of the device, ABSENT for any other part. */
function readName(bytes: Uint8Array, at: number, end: number, into: Numbers): number {
  const word = nameEnd(bytes, at, end);
  if (word === ABSENT) return ABSENT;
  if (isLevel(bytes, at, word)) return word;
  if (isSlot(bytes, at, word, end)) return NO_NAME_HERE;
  if (isOfTime(bytes, at, word) || isZone(bytes, at, word)) return NO_NAME_HERE;
  const colon = closingColon(bytes, word, end);
  if (colon === ABSENT && !isBeforeNumber(bytes, word, end)) {
    if (isLocation(bytes, at, word, end)) return HEADER_ENDS;
    if (!isLocation(bytes, skipBlanks(bytes, word, end), ABSENT, end)) return ABSENT;
  }
  // Of two names the last one is the device's.
  into.name = nameHashOf(bytes, at, word);
  return colon === ABSENT ? word : colon;
}

/** Returns false, and stores nothing, if the meaning of the numbers is uncertain. */
function storeNumbers(
  first: number,
  second: number,
  isPadded: boolean,
  isCertain: boolean,
  isTrusted: boolean,
  into: Numbers,
): boolean {
  // A counter is never padded: before a second number, the meaning of a padded number is unknown.
  if ((!isCertain && !isTrusted) || (isPadded && (second !== ABSENT || !isCertain))) return false;
  if (isPadded) into.sequence = first;
  else {
    into.counter = first;
    into.sequence = second;
  }
  return true;
}

/** RFC 5424 after its version: `2022-03-01T18:46:11Z HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`. Returns what `readParts` does. */
function readSyslog(bytes: Uint8Array, start: number, end: number, into: Numbers): boolean {
  const stamp = fieldEnd(bytes, start, end);
  const host = fieldEnd(bytes, stamp + 1, end);
  const app = fieldEnd(bytes, host + 1, end);
  let at = fieldEnd(bytes, fieldEnd(bytes, app + 1, end) + 1, end) + 1;
  if (at >= end) return false;
  const hasData = bytes[at] !== 0x2d;
  if (!hasData) at++;
  else {
    while (at < end && bytes[at] === 0x5b) {
      at = skipStructuredData(bytes, at, end);
      if (at === ABSENT) return false;
    }
  }
  if (at < end && bytes[at] !== BLANK) return false;
  at = skipBlanks(bytes, at, end);
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
  const isRead = readParts(bytes, at, end, true, into);
  // syslog-ng has cut the counter off: what is left is a sequence number.
  if (hasData && bytes[host + 1] !== 0x2d) {
    into.counter = ABSENT;
    into.sequence = ABSENT;
  }
  // A number is no name, and a host that a header inside this one has is nearer to the device.
  const inBrackets = bytes[stamp + 1] === 0x5b && bytes[host - 1] === 0x5d;
  const [from, to] = inBrackets ? [stamp + 2, host - 1] : [lastHost(bytes, stamp + 1, host), host];
  const isName = skipDigits(bytes, from, to) !== to && bytes[from] !== COLON && !isOfTime(bytes, from, to);
  if (into.relay === NO_NAME && isName) into.relay = nameHashOf(bytes, from, to);
  // A relay that found no program name has put the counter into APP-NAME.
  const digits = app - host - 1;
  if (!isRead || into.counter !== ABSENT || digits < 1 || digits > DIGITS || skipDigits(bytes, host + 1, end) !== app) {
    return isRead;
  }
  // syslog-ng writes the counter as `sequenceId`, and NX-OS's year into APP-NAME.
  if (hasData || (digits === 4 && isMonth(bytes, at, end) && !hasColon(bytes, stampEnd(bytes, at, end), end)))
    return isRead;
  into.counter = toNumber(bytes, host + 1, app);
  return true;
}

/** Whether a colon follows a stamp, perhaps behind a zone. */
function hasColon(bytes: Uint8Array, stamp: number, end: number): boolean {
  if (stamp === ABSENT) return false;
  const zone = bytes[stamp] === BLANK ? skipWord(bytes, stamp + 1, end) : stamp;
  return bytes[skipBlanks(bytes, zone, end)] === COLON;
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
