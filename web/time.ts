/** Times as people read them, by `Intl`; the zone is the one that they have chosen. */
import { signal } from '@preact/signals';
import { preferences } from './preferences.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const UNITS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** The clock of the service less that of the browser, in ms: a browser may be hours wrong. */
export const clockOffset = signal(0);
/** The time of the service; it moves every 10 s, so that relative times do, and with answers, which tell what has just happened. */
export const now = signal(Date.now());
setInterval(tick, 10_000);

export function tick(): void {
  now.value = Date.now() + clockOffset.value;
}

/** After an answer: at most once a second. */
export function tickForAnswer(): void {
  if (Date.now() + clockOffset.value - now.value >= 1000) tick();
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' });
const atOnce = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' }).format(0, 'second');

/** `3h ago`, `now`; with `mayCome`, `in 23d`: what has happened is never later than now, however the clocks differ. */
export function fromNow(at: string, mayCome = false): string {
  const ms = Date.parse(at) - now.value;
  const unit = UNITS.find(([, size]) => Math.abs(ms) >= size);
  if (unit === undefined || (ms > 0 && !mayCome)) return atOnce;
  return relative.format(Math.trunc(ms / unit[1]), unit[0]);
}

/** `2026-11-28 03:12:07 UTC`, in the zone that is chosen. */
export function absolute(at: string, zone = preferences.zone.value): string {
  const date = new Date(at);
  const options = { hourCycle: 'h23', ...(zone === 'UTC' ? { timeZone: 'UTC' } : {}) } as const;
  const day = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', ...options }).format(date);
  const time = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium', ...options }).format(date);
  return `${day} ${time}${zone === 'UTC' ? ' UTC' : ''}`;
}

/** As `absolute()`, for each time in a sentence of the service, which writes ISO 8601 in UTC. */
export const readable = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => absolute(at));

/** The day in UTC, as the service counts days: `2026-11-28`. `ms`: since 1970. */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const dayOf = (at: string): string => absolute(at).slice(0, 10);
