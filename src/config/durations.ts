import { msOf, parseDuration } from '../core/model/duration.ts';

/** The bounds of a duration. A shorter one would flood a sink; a longer one does not fit timers and dates. */
export type DurationBounds = readonly [least: string, most: string];

/** The bounds of the durations that decide about incidents: of `correlation` and of an advisory. */
export const judgingBounds: DurationBounds = ['1s', '3650d'];

/** Empty if the duration is left out or within its bounds. `text` has the form of a duration, but may exceed any number. */
export function durationProblems(
  path: string,
  text: string | null | undefined,
  [least, most]: DurationBounds,
): string[] {
  if (text === null || text === undefined) return [];
  const ms = parseDuration(text);
  if (ms !== null && ms >= msOf(least) && ms <= msOf(most)) return [];
  return [`${path}: ${text} is not between ${least} and ${most}`];
}
