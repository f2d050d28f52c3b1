/** Three letters that are a name of IANA. `Intl` takes more of them, as `CST` and `IST`, which mean several zones. */
const SHORT_NAMES = new Set([
  'UTC',
  'GMT',
  'UCT',
  'CET',
  'EET',
  'MET',
  'WET',
  'EST',
  'MST',
  'HST',
  'PRC',
  'ROC',
  'ROK',
]);

/**
 * A function from wall-clock time (milliseconds, read as UTC) to the offset in minutes east of UTC, for `UTC`, `+01:00` or
 * an IANA zone with its daylight saving time; null if there is no such zone.
 */
export function zoneOffsetOf(name: string): ((wallClock: number) => number) | null {
  // The largest offset in use is 14 h.
  const [, sign, hours, minutes] = /^([+-])(0\d|1[0-4]):([0-5]\d)$/.exec(name) ?? [];
  if (sign !== undefined) {
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    return () => offset;
  }
  // Intl would accept +23:59.
  if (/^[+-]/.test(name)) return null;
  if (name === 'UTC') return () => 0;
  if (/^[a-z]{3}$/i.test(name) && !SHORT_NAMES.has(name.toUpperCase())) return null;
  const format = formatOf(name);
  if (format === null) return null;
  // The first offset is for the wall-clock time read as UTC; it only selects the instant at which the second one is read.
  // The result can be wrong only in the hour of a clock change.
  return (wallClock) => offsetAt(format, wallClock - offsetAt(format, wallClock) * 60_000);
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function offsetAt(format: Intl.DateTimeFormat, instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return Math.round((wall - Math.floor(instant / 1000) * 1000) / 60_000);
}
