/** The clocks that a store goes by besides the time of its lines. Times are milliseconds. */

/** How far beyond now a time is too far for the stamp of a device or a clock that is corrected slowly. */
export const BEYOND_MS = 5 * 60_000;
/** No try of a notice is put off for longer: a day and its jitter (`src/notify/backoff.ts`). */
export const LONGEST_WAIT_MS = 1.2 * 86_400_000;
/** How many times as fast as time passes the clock of retention may follow the wall clock. */
const CATCH_UP = 24;

/** The clock of retention after it was moved: see `RetentionStore`. `before`: where it was; `passedMs`: what has passed since. */
export function retentionMoved(before: number, now: number, passedMs: number): number {
  return Math.min(now, before + passedMs * CATCH_UP);
}

/** Beyond this difference of the clocks of two machines, people who read both are misled. */
export const CLOCKS_APART_MS = 5000;
