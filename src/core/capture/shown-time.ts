/** Reads the times in outputs, and the rows of the licensing agent's log of events. */
import { zoneOffset } from '../decode/zones.ts';
import { type Compiled, Earley } from '../grammar/earley.ts';
import type { TimeQuality } from '../model/message.ts';
import grammar from './capture.gen.ts';
import type { ShownTime } from './fact.ts';
import { shownTokens } from './shown-lexer.ts';
import type { EventParts, ShownParts, TimeParts } from './shown-postprocess.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Longer texts are no times, and no rows. */
const LONGEST = 4096;

const earley = new Earley<ShownParts | EventParts>(grammar as unknown as Compiled);

function read(text: string): ShownParts | EventParts | null {
  if (text.length > LONGEST) return null;
  const reading = earley.parse(shownTokens(text.trim()));
  return reading.kind === 'read' ? reading.value : null;
}

/** A time, with the source of time that the text names in front of it; null for any other text. */
export function readClock(text: string): { readonly now: ShownTime | null; readonly source: string | null } | null {
  const parts = read(text);
  if (parts?.kind !== 'time') return null;
  const now = parts.time === null ? null : timeOf(parts.time, withoutSource(text), 'synchronized');
  return parts.time !== null && now === null ? null : { now, source: parts.source };
}

/** `quality`: of the device's clock, for a time without a mark of its own. Null for a text that is no time. */
export function readTime(text: string, quality: TimeQuality): ShownTime | null {
  const parts = read(text);
  return parts?.kind === 'time' && parts.time !== null ? timeOf(parts.time, withoutSource(text), quality) : null;
}

export type EventRow = {
  readonly name: string;
  readonly at: ShownTime;
  readonly fields: Readonly<Record<string, string>>;
};

/** A row of `show license eventlog`; null for any other text. */
export function readEventRow(text: string, quality: TimeQuality): EventRow | null {
  const parts = read(text);
  if (parts?.kind !== 'event') return null;
  const { date, tod, zone, name, fields } = parts;
  const [year = '', month = '', day = ''] = date.split('-');
  const shown = [date, tod, zone].filter((part) => part !== null).join(' ');
  const at = timeOf({ year, month, day, tod, zone }, shown, quality);
  return at === null ? null : { name, at, fields: Object.fromEntries(fields.filter((field) => field !== null)) };
}

function withoutSource(text: string): string {
  return text.trim().replace(/^(?:Time source is [^,]{1,40}|No time source),\s*/, '');
}

/** Null for a date that does not exist. */
function timeOf({ year, month, day, tod, zone }: TimeParts, text: string, known: TimeQuality): ShownTime | null {
  const [, mark, hour, minute, second, fraction = '', half] = TOD.exec(tod) ?? [];
  if (hour === undefined || year.length !== 4) return null;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (/^p/i.test(half) ? 12 : 0);
  const monthAt = /^\d/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month.slice(0, 3).toLowerCase());
  const ms = Math.floor(Number(`0.${fraction || '0'}`) * 1000);
  const local = Date.UTC(Number(year), monthAt, Number(day), hours, Number(minute), Number(second), ms);
  const date = new Date(local);
  const exists = date.getUTCMonth() === monthAt && date.getUTCDate() === Number(day) && date.getUTCHours() === hours;
  if (!exists || Number(minute) > 59 || Number(second) > 60) return null;
  const offset = zone === null ? null : zoneOffset(zone);
  const at = offset === null ? null : local - offset * 60_000;
  const quality = mark === '*' ? 'unset' : mark === '.' ? 'unsynchronized' : known;
  return { text, at, local, zone, quality, certain: at !== null && quality !== 'unset' };
}

const TOD = /^([*.]?)(\d{1,2}):(\d\d):(\d\d)(?:\.(\d+))?(?:[ \t]([AaPp])[Mm])?$/;
