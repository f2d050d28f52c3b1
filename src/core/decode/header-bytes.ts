/** Finds the ends of a header's parts by their bytes. Nothing here makes a string or an object. */

export const BLANK = 0x20;
export const COLON = 0x3a;

/** An absent part, position or number. */
export const ABSENT = -1;

const DIGIT = 1;
const LETTER = 2;
const WORD = 4;
const HEX = 8;
const HOST = 16;

/** The classes of each byte, as a table: comparing with several ranges costs more. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const text = String.fromCharCode(byte);
  const classes = [/\d/, /[A-Za-z]/, /[A-Za-z0-9_.-]/, /[0-9A-Fa-f]/, /[\w.@/#-]/];
  return classes.reduce((sum, pattern, index) => sum | (pattern.test(text) ? 1 << index : 0), 0);
});

/** A byte beyond the end has no class. */
function isOf(byte: number | undefined, kind: number): boolean {
  return byte !== undefined && ((CLASSES[byte] as number) & kind) !== 0;
}

export function isDigit(byte: number | undefined): boolean {
  return isOf(byte, DIGIT);
}

export function isLetter(byte: number | undefined): boolean {
  return isOf(byte, LETTER);
}

/** The characters of host names: letters, digits, `_`, `.` and `-`. */
export function isWord(byte: number | undefined): boolean {
  return isOf(byte, WORD);
}

function isHex(byte: number | undefined): boolean {
  return isOf(byte, HEX);
}

export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (bytes[i] === BLANK || bytes[i] === 0x09)) i++;
  return i;
}

export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isDigit(bytes[i])) i++;
  return i;
}

export function skipWord(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isWord(bytes[i])) i++;
  return i;
}

/** A host that a relay wrote: it may have `/`, `@` and `#`, too. */
export function skipHost(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isOf(bytes[i], HOST)) i++;
  return i;
}

/** Position after `<187>`; `at` itself if there is no PRI. */
export function skipPriority(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0x3c) return at;
  const close = skipDigits(bytes, at + 1, end);
  return close > at + 1 && close <= at + 4 && close < end && bytes[close] === 0x3e ? close + 1 : at;
}

/**
 * Position after blanks and one colon, if a blank or the end follows: `585917: `, `sw-a : `. ABSENT otherwise, so that
 * neither a time of day nor an IPv6 address is read as a number with its colon.
 */
export function closingColon(bytes: Uint8Array, at: number, end: number): number {
  const colon = skipBlanks(bytes, at, end);
  if (colon >= end || bytes[colon] !== COLON) return ABSENT;
  return colon + 1 === end || bytes[colon + 1] === BLANK || bytes[colon + 1] === 0x09 ? colon + 1 : ABSENT;
}

/** Position after `[syslog@9 s_sn="84" s_id ="sw1:666"]`; ABSENT if the closing bracket is missing. */
export function skipStructuredData(bytes: Uint8Array, at: number, end: number): number {
  let quoted = false;
  for (let i = at + 1; i < end; i++) {
    if (bytes[i] === 0x5c) i++;
    else if (bytes[i] === 0x22) quoted = !quoted;
    else if (bytes[i] === 0x5d && !quoted) return i + 1;
  }
  return ABSENT;
}

/** Position after the time of `Mar  1 18:46:11.483`, `Mar  1 2022 18:46:11`, `2022 Mar  1 18:46:11`; else ABSENT. */
export function skipStamp(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  if (isDigit(bytes[i])) {
    i = skipDigits(bytes, i, end);
    if (i !== at + 4 || bytes[i] !== BLANK) return ABSENT;
    i++;
  }
  if (!isMonth(bytes, i, end)) return ABSENT;
  i = skipBlanks(bytes, skipWord(bytes, i, end), end);
  const day = skipDigits(bytes, i, end);
  if (day === i || day > i + 2 || bytes[day] !== BLANK) return ABSENT;
  i = day + 1;
  const year = skipDigits(bytes, i, end);
  if (year === i + 4 && bytes[year] === BLANK) i = year + 1;
  i = skipTimeOfDay(bytes, i, end);
  if (i === ABSENT) return ABSENT;
  const half = bytes[i + 1];
  return bytes[i] === BLANK && (half === 0x41 || half === 0x50) && bytes[i + 2] === 0x4d ? i + 3 : i;
}

/** Position after `18:46:11.483`; else ABSENT. */
export function skipTimeOfDay(bytes: Uint8Array, at: number, end: number): number {
  const hour = skipDigits(bytes, at, end);
  if (hour === at || hour > at + 2 || bytes[hour] !== COLON || hour + 6 > end) return ABSENT;
  if (!isDigit(bytes[hour + 1]) || !isDigit(bytes[hour + 2]) || bytes[hour + 3] !== COLON) return ABSENT;
  if (!isDigit(bytes[hour + 4]) || !isDigit(bytes[hour + 5]) || isDigit(bytes[hour + 6])) return ABSENT;
  return bytes[hour + 6] === 0x2e ? skipDigits(bytes, hour + 7, end) : hour + 6;
}

/** Position after `2022-03-01T18:46:11.123+01:00`; else ABSENT. */
export function skipIsoStamp(bytes: Uint8Array, at: number, end: number): number {
  if (at + 19 > end || skipDigits(bytes, at, end) !== at + 4 || bytes[at + 4] !== 0x2d) return ABSENT;
  if (bytes[at + 10] !== 0x54 && bytes[at + 10] !== BLANK) return ABSENT;
  let i = at + 11;
  while (i < end && bytes[i] !== BLANK && bytes[i] !== 0x09) i++;
  return i;
}

/** Whether an uptime begins at `at`: `2y10w`, `1d02h`, `101 21`, `00:20:10`, each before a colon. */
export function isUptime(bytes: Uint8Array, at: number, end: number): boolean {
  const clock = skipTimeOfDay(bytes, at, end);
  if (clock !== ABSENT) return bytes[skipBlanks(bytes, clock, end)] === COLON;
  const first = skipDigits(bytes, at, end);
  const unit = bytes[first];
  if (first === at || (unit !== 0x79 && unit !== 0x77 && unit !== 0x64 && unit !== BLANK)) return false;
  let last = skipDigits(bytes, first + 1, end);
  if (last === first + 1) return false;
  if (unit !== BLANK && bytes[last] !== (unit === 0x79 ? 0x77 : unit === 0x77 ? 0x64 : 0x68)) return false;
  if (unit !== BLANK) last++;
  return bytes[skipBlanks(bytes, last, end)] === COLON;
}

/**
 * Position after an IPv6 address, before a closing colon, if a blank follows: `2001:db8::11:` and `2001:db8:::` have
 * one colon more than the address. ABSENT if the run of hexadecimal digits and colons is no address.
 */
export function skipAddress6(bytes: Uint8Array, at: number, end: number): number {
  let colons = 0;
  let pairs = 0;
  let i = at;
  for (; i < end && (isHex(bytes[i]) || bytes[i] === COLON); i++) {
    if (bytes[i] !== COLON) continue;
    colons++;
    if (i > at && bytes[i - 1] === COLON) pairs++;
  }
  if (i >= end || bytes[i] !== BLANK) return ABSENT;
  const closes = bytes[i - 1] === COLON && (bytes[i - 2] !== COLON || bytes[i - 3] === COLON);
  if (closes ? pairs > 2 || (pairs === 2 && bytes[i - 3] !== COLON) : pairs > 1) return ABSENT;
  if (pairs === 0 && colons - (closes ? 1 : 0) !== 7) return ABSENT;
  return closes ? i - 1 : i;
}

/** `Mar`, `mar`, `June`, `July` before a blank. */
export function isMonth(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 4 > end) return false;
  const fourth = bytes[at + 3];
  if (fourth !== BLANK && (bytes[at + 4] !== BLANK || (fourth !== 0x65 && fourth !== 0x79))) return false;
  switch (((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number) | 0x202020) {
    case 0x6a616e: // jan
    case 0x666562: // feb
    case 0x6d6172: // mar
    case 0x617072: // apr
    case 0x6d6179: // may
    case 0x6a756e: // jun
    case 0x6a756c: // jul
    case 0x617567: // aug
    case 0x736570: // sep
    case 0x6f6374: // oct
    case 0x6e6f76: // nov
    case 0x646563: // dec
      return true;
    default:
      return false;
  }
}

/** The bytes of an ASCII word. */
export function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
