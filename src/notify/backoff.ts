/**
 * When a failed notice is tried again. Time and chance are arguments. Schedules: milliseconds from one try to the next.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Standard Webhooks 1.0: after the first try 5 s, 5 min, 30 min and so on; three and a half days in all. */
export const WEBHOOK_SCHEDULE: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** For pagers: more tries at the beginning, as somebody waits to be paged; about a day in all. */
export const PAGER_SCHEDULE: readonly number[] = [
  5 * SECOND,
  15 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** Spreads the retries of notices that failed at the same time. */
const JITTER = 0.2;
/** The longest pause that `Retry-After` can cause. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

/**
 * Milliseconds until the next try after `attempts` tries (1 after the first); null at the end of the schedule.
 * `chance`: a random number in [0, 1). `retryAfterMs`: the shortest pause that the receiver asked for; at most a day of
 * it counts.
 */
export function nextTryIn(
  attempts: number,
  schedule: readonly number[],
  chance: number,
  retryAfterMs: number | null,
): number | null {
  const planned = schedule[attempts - 1];
  if (planned === undefined) return null;
  return Math.max(planned * (1 + JITTER * chance), Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds or a date, as milliseconds from `now`; null if it is neither. */
export function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  // Only a date with letters: a number alone, such as -5, is a year to Date.parse.
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
