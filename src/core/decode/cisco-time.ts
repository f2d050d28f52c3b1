/**
 * Reads a stamp in the forms of Cisco and RFC 3164 character by character: a regular expression with so many groups
 * costs more than the rest of the header.
 */
import type { TimeQuality } from '../model/message.ts';

/** A time of the device's own clock; `month` counts from 0. The date need not exist. */
export type WallTime = {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
};

/** `year` and `zone` are null if the stamp has none. */
export type CiscoTime = WallTime & {
  readonly quality: TimeQuality;
  readonly year: number | null;
  readonly zone: string | null;
};

const BLANK = 0x20;
const COLON = 0x3a;
const DOT = 0x2e;
const STAR = 0x2a;
const NONE = -1;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `*Mar  1 18:46:11.483 CET`, `Mar  1 2022 06:46:11 PM`, `2022 June  1 18:46:11`; null for anything else. */
export function readCisco(text: string): CiscoTime | null {
  const mark = text.charCodeAt(0);
  const quality = mark === STAR ? 'unset' : mark === DOT ? 'unsynchronized' : 'synchronized';
  let at = quality === 'synchronized' ? 0 : 1;
  const yearBefore = digitsAt(text, at) === 4 && text.charCodeAt(at + 4) === BLANK ? numberAt(text, at, 4) : NONE;
  if (yearBefore !== NONE) at += 5;

  if (!isLetter(text.charCodeAt(at)) || !isLetter(text.charCodeAt(at + 1)) || !isLetter(text.charCodeAt(at + 2)))
    return null;
  const month = MONTHS.indexOf(text.slice(at, at + 3).toLowerCase());
  at += 3;
  while (isLetter(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at) !== BLANK) return null;
  while (text.charCodeAt(at) === BLANK) at++;

  const dayDigits = digitsAt(text, at);
  if (dayDigits < 1 || dayDigits > 2 || text.charCodeAt(at + dayDigits) !== BLANK) return null;
  const day = numberAt(text, at, dayDigits);
  at += dayDigits + 1;
  const yearAfter = digitsAt(text, at) === 4 && text.charCodeAt(at + 4) === BLANK ? numberAt(text, at, 4) : NONE;
  if (yearAfter !== NONE) at += 5;

  const hourDigits = digitsAt(text, at);
  if (hourDigits < 1 || hourDigits > 2 || text.charCodeAt(at + hourDigits) !== COLON) return null;
  const hour = numberAt(text, at, hourDigits);
  at += hourDigits + 1;
  if (digitsAt(text, at) !== 2 || text.charCodeAt(at + 2) !== COLON || digitsAt(text, at + 3) !== 2) return null;
  const minute = numberAt(text, at, 2);
  const second = numberAt(text, at + 3, 2);
  at += 5;
  let fraction = fractionDigits(text, at);
  if (fraction === NONE) return null;
  let ms = fraction === 0 ? 0 : fractionAt(text, at, fraction);
  at += fraction === 0 ? 0 : 1 + fraction;

  const half = halfAt(text, at);
  if (half !== NONE) {
    at += 3;
    // CUCM: `04:03:01 PM.688`.
    fraction = fractionDigits(text, at);
    if (fraction > 0) ms = fractionAt(text, at, fraction);
    at += fraction === 0 ? 0 : 1 + fraction;
  }
  // `Apr 15 21:28:13 2007`, also before a zone.
  const isYearBehind =
    text.charCodeAt(at) === BLANK &&
    digitsAt(text, at + 1) === 4 &&
    (at + 5 === text.length || text.charCodeAt(at + 5) === BLANK);
  const yearBehind = isYearBehind ? numberAt(text, at + 1, 4) : NONE;
  if (isYearBehind) at += 5;
  if (at < text.length && (text.charCodeAt(at) !== BLANK || !isWord(text, at + 1))) return null;
  return {
    month,
    day,
    hour: half === NONE ? hour : (hour % 12) + half,
    minute,
    second,
    ms,
    quality,
    year: [yearBefore, yearAfter, yearBehind].find((year) => year !== NONE) ?? null,
    zone: at < text.length ? text.slice(at + 1) : null,
  };
}

/** Number of digits behind a point: 1 to 6, 0 without a point, NONE for anything else. */
function fractionDigits(text: string, at: number): number {
  if (text.charCodeAt(at) !== DOT) return 0;
  const digits = digitsAt(text, at + 1);
  return digits < 1 || digits > 6 ? NONE : digits;
}

/** Milliseconds. */
function fractionAt(text: string, at: number, digits: number): number {
  return Math.floor((numberAt(text, at + 1, digits) * 1000) / 10 ** digits);
}

/** 0 for ` AM`, 12 for ` PM`, in any case, before a blank, a fraction or the end. */
function halfAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== BLANK || (text.charCodeAt(at + 2) | 0x20) !== 0x6d) return NONE;
  const fraction = fractionDigits(text, at + 3);
  const end = at + 3 + (fraction === 0 ? 0 : 1 + fraction);
  if (fraction === NONE || (end < text.length && text.charCodeAt(end) !== BLANK)) return NONE;
  const letter = text.charCodeAt(at + 1) & ~0x20;
  return letter === 0x41 ? 0 : letter === 0x50 ? 12 : NONE;
}

/** Number of digits at a position. */
function digitsAt(text: string, at: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end++;
  return end - at;
}

function numberAt(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) value = value * 10 + text.charCodeAt(i) - 0x30;
  return value;
}

/** True if there is text from `at` to the end, without white space. */
function isWord(text: string, at: number): boolean {
  return at < text.length && !/\s/.test(text.slice(at));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLowerCase(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isLetter(code: number): boolean {
  return isLowerCase(code | 0x20);
}
