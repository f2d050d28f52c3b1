import { msOf, parseDuration } from '../core/model/duration.ts';

/** The least and the most of a duration: what is shorter floods a sink, and timers and dates hold nothing much longer. */
export type DurationBounds = readonly [least: string, most: string];

/** Of the durations by which incidents are judged: of `correlation`, of an advisory. */
export const judgingBounds: DurationBounds = ['1s', '3650d'];

/** Nothing where it is left out or within its bounds. `text` has the form of a duration, which may be beyond any number. */
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
