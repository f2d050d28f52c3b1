import { assert } from '../core/model/assert.ts';
import { parseDuration } from '../core/model/duration.ts';

/** The least and the most of each kind: what is shorter floods a sink, and timers and dates hold nothing much longer. */
export const durationBounds = {
  /** By which incidents are judged: of `correlation`, of an advisory. */
  judging: ['1s', '3650d'],
  resend: ['1s', '1d'],
  timeout: ['100ms', '1h'],
  within: ['1s', '7d'],
} as const;

/** Nothing where it is left out or within its bounds. `text` has the form of a duration, which may be beyond any number. */
export function durationProblems(
  path: string,
  text: string | null | undefined,
  kind: keyof typeof durationBounds,
): string[] {
  if (text === null || text === undefined) return [];
  const [least, most] = durationBounds[kind];
  const ms = parseDuration(text);
  if (ms !== null && ms >= msOf(least) && ms <= msOf(most)) return [];
  return [`${path}: ${text} is not between ${least} and ${most}`];
}

/** Of a duration that `durationProblems` has found nothing wrong with. */
export function msOf(text: string): number {
  const ms = parseDuration(text);
  assert(ms !== null, `the duration ${text} was checked`);
  return ms;
}
