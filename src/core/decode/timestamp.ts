import type { Stamp, TimeQuality } from '../message.ts';
import { noStamp } from '../message.ts';
import { zoneOffset } from './zones.ts';

/** What a stamp leaves open is taken from here. `reference` is when the line was received, or a date near it. */
export type StampContext = {
  readonly reference: number;
  /** Minutes east of UTC that a stamp without a zone is in, at a given wall-clock time. */
  readonly zoneOffset: (wallClock: number) => number;
  /** An archive is never from the future: a yearless date is then the last such date before the reference. */
  readonly past: boolean;
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_MS = 86_400_000;

const CISCO =
  /^([*.]?)(?:(\d{4}) )?([A-Za-z]{3})[a-z]* +(\d{1,2})(?: (\d{4}))? (\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?: ([AP])M)?(?: (\S+))?$/;
const ISO = /^([*.]?)(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads a stamp token: IOS `*Mar  1 18:46:11.483 CET`, with a year after the day or (NX-OS) before the month, RFC 3164,
 * RFC 3339, or an uptime (`2y10w`, `00:20:10`). Never throws; a date that does not exist gives no instant.
 */
export function readStamp(text: string | null, context: StampContext): Stamp {
  if (text === null) return noStamp;
  const cisco = CISCO.exec(text);
  if (cisco !== null) return ciscoStamp(cisco, context);
  const iso = ISO.exec(text);
  if (iso !== null) return isoStamp(iso, context);
  return { ...noStamp, quality: text.startsWith('*') ? 'unset' : 'uptime' };
}

function ciscoStamp(match: RegExpExecArray, context: StampContext): Stamp {
  const [, mark, yearBefore, name, day, yearAfter, hour, minute, second, fraction, half, zone] = match;
  const month = MONTHS.indexOf((name as string).toLowerCase());
  const year = yearBefore ?? yearAfter;
  const clock = [hour24(Number(hour), half), Number(minute), Number(second), milliseconds(fraction)] as const;
  const wall = (inYear: number) => wallClock(inYear, month, Number(day), clock);
  const offset = zone === undefined ? null : zoneOffset(zone);
  const toInstant = (wallTime: number | null): number | null =>
    wallTime === null ? null : wallTime - (offset ?? context.zoneOffset(wallTime)) * 60_000;
  return {
    instant: year === undefined ? nearest(context, (y) => toInstant(wall(y))) : toInstant(wall(Number(year))),
    quality: quality(mark),
    yearAssumed: year === undefined,
    zoneAssumed: offset === null,
  };
}

function isoStamp(match: RegExpExecArray, context: StampContext): Stamp {
  const [, mark, year, month, day, hour, minute, second, fraction, zone] = match;
  const wall = wallClock(Number(year), Number(month) - 1, Number(day), [
    Number(hour),
    Number(minute),
    Number(second),
    milliseconds(fraction),
  ]);
  const offset = zone === undefined ? null : zone === 'Z' ? 0 : zoneOffset(zone);
  return {
    instant: wall === null ? null : wall - (offset ?? context.zoneOffset(wall)) * 60_000,
    quality: quality(mark),
    yearAssumed: false,
    zoneAssumed: offset === null,
  };
}

function quality(mark: string | undefined): TimeQuality {
  return mark === '*' ? 'unset' : mark === '.' ? 'unsynchronized' : 'synchronized';
}

/** Null where the date or the time does not exist. A leap second is the second before it. */
function wallClock(year: number, month: number, day: number, clock: readonly [number, number, number, number]) {
  const [hour, minute, second, ms] = clock;
  // Date.UTC takes a year below 100 for one of the twentieth century.
  if (year < 100 || month < 0 || month > 11 || hour > 23 || minute > 59 || second > 60) return null;
  if (day < 1 || day > daysIn(month, year)) return null;
  return Date.UTC(year, month, day, hour, minute, Math.min(second, 59), ms);
}

function daysIn(month: number, year: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}

function hour24(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half === 'P' ? 12 : 0);
}

function milliseconds(fraction: string | undefined): number {
  if (fraction === undefined) return 0;
  return fraction.length === 3 ? Number(fraction) : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
}

/** Of last, this and next year the one nearest to the reference; for an archive the last one before it. */
function nearest(context: StampContext, inYear: (year: number) => number | null): number | null {
  const thisYear = new Date(context.reference).getUTCFullYear();
  const latest = context.past ? context.reference + DAY_MS : Number.POSITIVE_INFINITY;
  // Nearly always: the same day of any other year is further away.
  const near = inYear(thisYear);
  if (near !== null && near <= latest && distance(near, context.reference) < 180 * DAY_MS) return near;
  let best: number | null = null;
  // February 29 exists once in four years (in eight around 1900 and 2100): an archive may reach that far back. Any other
  // day is nearest in one of three.
  for (let year = thisYear + 1; year >= thisYear - 8 && (best === null || year >= thisYear - 1); year--) {
    const instant = inYear(year);
    if (instant === null || instant > latest) continue;
    if (best === null || distance(instant, context.reference) < distance(best, context.reference)) best = instant;
  }
  return best;
}

function distance(a: number, b: number): number {
  return Math.abs(a - b);
}
