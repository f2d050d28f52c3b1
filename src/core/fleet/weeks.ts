const WEEK_MS = 7 * 86_400_000;
/** The first Monday, 00:00 UTC, since 1970. */
const MONDAY = 4 * 86_400_000;

/** The week of an instant, from Monday 00:00 UTC on, in milliseconds; `to` is the beginning of the next one. */
export function weekOf(at: number): { readonly from: number; readonly to: number } {
  const from = MONDAY + Math.floor((at - MONDAY) / WEEK_MS) * WEEK_MS;
  return { from, to: from + WEEK_MS };
}
