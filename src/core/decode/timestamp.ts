import type { Stamp } from '../model/message.ts';
import { noStamp } from '../model/message.ts';
import { type CiscoTime, readCisco, type WallTime } from './cisco-time.ts';
import { zoneOffset } from './zones.ts';

/** Completes a stamp without year or zone. `reference`: the time when the line was received, or a time near to it. */
export type StampContext = {
  readonly reference: number;
  /** Minutes east of UTC for a stamp without a zone, at a given wall-clock time. */
  readonly zoneOffset: (wallClock: number) => number;
  /** A yearless date is never later: an archive is not from the future. Infinite for live lines. */
  readonly latest: number;
  /** The reference is the stamp of the line's own relay: the year is that of the reference, but at the turn of the year. */
  readonly isRelay?: boolean;
};

const DAY_MS = 86_400_000;

const ISO = /^([*.]?)(\d{4})-(\d\d)-(\d\d)[Tt \t,"]+(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)?$/;

/**
 * Reads a stamp token: IOS `*Mar  1 18:46:11.483 CET`, with a year after the day or (NX-OS) before the month, RFC 3164,
 * RFC 3339, or an uptime (`2y10w`, `00:20:10`). Never throws; a date that does not exist has the instant null.
 */
export function readStamp(text: string | null, context: StampContext): Stamp {
  if (text === null) return noStamp;
  const cisco = readCisco(text);
  if (cisco !== null) return ciscoStamp(cisco, context);
  const iso = ISO.exec(text.replace(DASHED, yearFirst));
  if (iso !== null) return isoStamp(iso, context);
  return text.startsWith('*') ? { ...noStamp, quality: 'unset' } : { ...noStamp, quality: 'uptime', uptime: text };
}

/** Kiwi's `MM-DD-YYYY`, or `DD-MM-YYYY` where the first number is no month (assumed), as a date of ISO 8601. */
const DASHED = /^(\d\d)-(\d\d)-(\d{4})/;

function yearFirst(_: string, first: string, second: string, year: string): string {
  return Number(first) > 12 ? `${year}-${second}-${first}` : `${year}-${first}-${second}`;
}

function ciscoStamp(time: CiscoTime, context: StampContext): Stamp {
  const { year, zone, quality } = time;
  const offset = zone === null ? null : zoneOffset(zone);
  const date = year === null ? nearest(context, time, offset) : dateIn(year, time, offset, context);
  const { instant, local } = date ?? noDate;
  return { instant, local, quality, yearAssumed: year === null, zoneAssumed: offset === null };
}

function isoStamp(match: RegExpExecArray, context: StampContext): Stamp {
  const [, mark, year, month, day, hour, minute, second, fraction, zone] = match;
  const offset = zone === undefined ? null : zone === 'Z' || zone === 'z' ? 0 : zoneOffset(zone);
  const wall = {
    ...{ month: Number(month) - 1, day: Number(day) },
    ...{ hour: Number(hour), minute: Number(minute), second: Number(second), ms: milliseconds(fraction) },
  };
  const { instant, local } = dateIn(Number(year), wall, offset, context) ?? noDate;
  return {
    instant,
    local,
    quality: mark === '*' ? 'unset' : mark === '.' ? 'unsynchronized' : 'synchronized',
    yearAssumed: false,
    zoneAssumed: offset === null,
  };
}

type StampDate = { readonly instant: number; readonly local: number };
const noDate = { instant: null, local: null } as const;

/** Null if the date or the time does not exist in that year. A leap second is read as the second before it. */
function dateIn(
  year: number,
  { month, day, hour, minute, second, ms }: WallTime,
  offset: number | null,
  context: StampContext,
): StampDate | null {
  // Date.UTC reads a year below 100 as a year of the twentieth century.
  if (year < 100 || month < 0 || month > 11 || hour > 23 || minute > 59 || second > 60) return null;
  if (day < 1 || day > daysIn(month, year)) return null;
  const local = Date.UTC(year, month, day, hour, minute, Math.min(second, 59), ms);
  return { instant: local - (offset ?? context.zoneOffset(local)) * 60_000, local };
}

function daysIn(month: number, year: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
}

/** Nearer than this, the same day of any other year is further away. */
const NEAR_MS = 180 * DAY_MS;
/** Further away than this, a line was sent in one year and stamped in the other (assumed). */
const RELAY_MS = 330 * DAY_MS;

/** The date in the last, this or the next year that is nearest to the reference and not after `latest`. */
function nearest(context: StampContext, wall: WallTime, offset: number | null): StampDate | null {
  const thisYear = new Date(context.reference).getUTCFullYear();
  const { latest } = context;
  const near = dateIn(thisYear, wall, offset, context);
  const within = context.isRelay === true ? RELAY_MS : NEAR_MS;
  if (near !== null && near.instant <= latest && distance(near.instant, context.reference) < within) return near;
  let best: StampDate | null = null;
  // February 29 exists once in four years (in eight around 1900 and 2100): an archive may reach that far back. Any
  // other
  // day is nearest in one of three.
  for (let year = thisYear + 1; year >= thisYear - 8 && (best === null || year >= thisYear - 1); year--) {
    const date = dateIn(year, wall, offset, context);
    if (date === null || date.instant > latest) continue;
    if (best === null || distance(date.instant, context.reference) < distance(best.instant, context.reference))
      best = date;
  }
  return best;
}

function distance(a: number, b: number): number {
  return Math.abs(a - b);
}
