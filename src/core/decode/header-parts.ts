/** Classifies a part of a header by its bytes, in the same way as the envelope's lexer. */
import { LEVEL, LEVEL_ALONE } from './envelope-lexer.ts';
import {
  ABSENT,
  BLANK,
  COLON,
  closingColon,
  isDigit,
  isLetter,
  isMonth,
  isUptime,
  isWord,
  skipAddress6,
  skipBlanks,
  skipDigits,
  skipHost,
  skipIsoStamp,
  skipStamp,
  skipTimeOfDay,
  skipWord,
} from './header-bytes.ts';
import { CALENDAR } from './header-words.ts';
import { isZoneName } from './zones.ts';

/** Position after a stamp of any form, or ABSENT. */
export function stampEnd(bytes: Uint8Array, at: number, end: number): number {
  const stamp = skipStamp(bytes, at, end);
  return stamp === ABSENT && isDigit(bytes[at]) ? skipIsoStamp(bytes, at, end) : stamp;
}

/** Whether a stamp or an uptime, and not the name of a task, follows `*` or `.`. */
export function endsHeader(bytes: Uint8Array, at: number, end: number): boolean {
  if (!isDigit(bytes[at])) return isMonth(bytes, at, end);
  return stampEnd(bytes, at, end) !== ABSENT || isUptime(bytes, at, end);
}

/** End of the host after a relay's stamp: one blank before the host, a blank and no colon after it. */
export function relayHost(bytes: Uint8Array, stamp: number, end: number): number {
  if (bytes[stamp] !== BLANK) return ABSENT;
  const host = hostEnd(bytes, stamp + 1, end);
  if (host === ABSENT || host >= end || bytes[host] !== BLANK) return ABSENT;
  return bytes[skipBlanks(bytes, host, end)] === COLON ? ABSENT : host;
}

/** The same with `/`, `@` and `#` in a hostname: `B12/SW3`. */
function hostEnd(bytes: Uint8Array, at: number, end: number): number {
  const name = nameEnd(bytes, at, end);
  return name === ABSENT || bytes[name] === COLON ? name : skipHost(bytes, name, end);
}

/** Start of the last host in `source@relay/sw-a`, a chain of syslog-ng; `at` itself for any other host. */
export function lastHost(bytes: Uint8Array, at: number, end: number): number {
  let isChain = false;
  let start = at;
  for (let i = at; i < end; i++) {
    if (bytes[i] === 0x40) isChain = true;
    else if (bytes[i] === 0x2f && isChain) start = i + 1;
  }
  return start;
}

/** Whether `[at, end)` is a level such as `Local7.Info` or `err`, which some relays write before or behind the host. */
export function isLevel(bytes: Uint8Array, at: number, end: number): boolean {
  if (isDigit(bytes[at]) || end - at > LEVEL_BYTES) return false;
  let dot = at;
  while (dot < end && isLetter(bytes[dot])) dot++;
  if (dot < end && isDigit(bytes[dot])) dot++;
  if (dot < end && bytes[dot] !== 0x2e) return false;
  return ANY_LEVEL.test(String.fromCharCode(...bytes.subarray(at, end)));
}

const ANY_LEVEL = new RegExp(`^(?:${LEVEL}|${LEVEL_ALONE})$`);
const LEVEL_BYTES = 'authpriv.informational'.length;

/** Whether `[at, end)` is a piece of a time, a month or a weekday: no name. */
export function isOfTime(bytes: Uint8Array, at: number, end: number): boolean {
  if (isDigit(bytes[at])) {
    const digits = skipDigits(bytes, at, end);
    if (digits === end || (bytes[digits] !== 0x2e && bytes[digits] !== COLON)) return false;
    return skipTimeOfDay(bytes, at, end) === end || skipDigits(bytes, digits + 1, end) === end;
  }
  const isCapitalised = ((bytes[at] as number) & 0x20) === 0 && ((bytes[at + 1] as number) & 0x20) !== 0;
  const isShort = isCapitalised && end - at <= 'Wednesday'.length && isPlainWord(bytes, at, end);
  return isShort && CALENDAR.test(String.fromCharCode(...bytes.subarray(at, end)));
}

/** Whether `[at, end)` is the name of a zone: `CET`, `GMT-3`. Only letters may begin one, and few bytes have one. */
export function isZone(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at > ZONE_BYTES || !isLetter(bytes[at])) return false;
  // Nearly all names are told from zones without a string: they begin with few letters, or with small ones.
  let letters = at + 1;
  while (letters < end && isLetter(bytes[letters])) letters++;
  const mayBe = letters === end ? end - at <= ZONE_LETTERS : letters - at >= 3 && ((bytes[at] as number) & 0x20) === 0;
  return mayBe && isZoneName(String.fromCharCode(...bytes.subarray(at, end)));
}

/** `AUSEST`, `METDST`. */
const ZONE_LETTERS = 6;

const ZONE_BYTES = 'America/Argentina/Buenos_Aires'.length;

/** Whether `[at, end)` is what is left of `2y10w` or `--More--` in a line that was cut. */
export function isCut(bytes: Uint8Array, at: number, end: number): boolean {
  const last = bytes[end - 1];
  if (last === 0x2d || last === 0x2e) return true;
  if (last !== 0x77 && last !== 0x64 && last !== 0x68) return false;
  const from = isDigit(bytes[at]) ? at : at + 1;
  return from < end - 1 && skipDigits(bytes, from, end) === end - 1;
}

/** Whether `SLOT 2` stands here. */
export function isSlot(bytes: Uint8Array, at: number, word: number, end: number): boolean {
  if (word - at < 4 || !/^slot\d*$/i.test(String.fromCharCode(...bytes.subarray(at, Math.min(word, at + 8)))))
    return false;
  return word - at > 4 || (bytes[word] === BLANK && skipDigits(bytes, word + 1, end) > word + 1);
}

/** Whether `[at, end)` has letters only. */
export function isPlainWord(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (!isLetter(bytes[i])) return false;
  return true;
}

/** Position after a hostname, an IPv4 or an IPv6 address; ABSENT for anything else. */
export function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  const word = skipWord(bytes, at, end);
  if (bytes[word] === COLON && word < end && closingColon(bytes, word, end) === ABSENT) {
    return skipAddress6(bytes, at, end);
  }
  const digits = skipDigits(bytes, at, end);
  const isName = digits > at ? word > digits : isLetter(bytes[at]) || bytes[at] === 0x5f;
  return isName && isWord(bytes[at]) ? word : ABSENT;
}

/** `192.0.2.11 3132513: `: after an address as origin-id, Cisco writes no colon. */
export function isBeforeNumber(bytes: Uint8Array, word: number, end: number): boolean {
  if (bytes[word] !== BLANK) return false;
  const digits = skipDigits(bytes, word + 1, end);
  return digits > word + 1 && closingColon(bytes, digits, end) !== ABSENT;
}

/** Whether a location begins at `at`: `RP/0/RSP0/CPU0:`, `CLC 6/0:`. */
export function isLocation(bytes: Uint8Array, at: number, wordEnd: number, end: number): boolean {
  const word = wordEnd === ABSENT ? skipWord(bytes, at, end) : wordEnd;
  if (word === at) return false;
  if (bytes[word] === 0x2f) return isDigit(bytes[word + 1]);
  if (bytes[word] !== BLANK || word - at > 5) return false;
  const slot = skipDigits(bytes, word + 1, end);
  return slot > word + 1 && bytes[slot] === 0x2f && isDigit(bytes[slot + 1]);
}
