import { msOf, parseDuration } from '../core/model/duration.ts';
import { type Problem, problemAt } from './problem.ts';

/** The bounds of a duration. A shorter one would flood a sink; a longer one does not fit timers and dates. */
export type DurationBounds = readonly [least: string, most: string];

/** The bounds of the durations that decide about incidents, by their path in an advisory; the same for overrides. */
export const judgingBounds: Readonly<Record<string, DurationBounds>> = {
  'correlation.window': ['1s', '90d'],
  'correlation.lateness': ['1s', '30d'],
  'correlation.holdTime': ['1s', '7d'],
  'correlation.staleAfter': ['1s', '3650d'],
  'correlation.stateSuspectsAfter': ['1s', '3650d'],
  'correlation.confirmAfter': ['1s', '3650d'],
  'correlation.serverMovedAfter': ['1s', '30d'],
  'correlation.reopenWithin': ['1s', '90d'],
  'correlation.reopenUnrepairedWithin': ['1s', '90d'],
  'thresholds.healsByItself.within': ['1s', '90d'],
  'noWayOut.within': ['1s', '1d'],
  'clock.offBy': ['1h', '30d'],
  'visibility.within': ['1s', '3650d'],
  grace: ['1s', '3650d'],
  criticalBelow: ['1s', '3650d'],
};

/** The bounds of `retention`: what is kept is needed to judge for as long as the longest of `judgingBounds`. */
export const retentionBounds: Readonly<Record<string, DurationBounds>> = {
  'retention.incidents': ['91d', '36500d'],
  'retention.evidence': ['91d', '36500d'],
  'retention.transitions': ['91d', '36500d'],
  'retention.unparsed': ['1d', '36500d'],
};

/** Which key of `correlation` is limited by which. `equal`: they may be the same. */
const RELATIONS = [
  { key: 'lateness', limit: 'window', equal: true },
  { key: 'confirmAfter', limit: 'window', equal: false },
  { key: 'stateSuspectsAfter', limit: 'staleAfter', equal: false },
] as const;

/** Empty if the duration is left out or within its bounds. `text` has the form of a duration, but may exceed any number. */
export function durationProblems(
  path: string,
  text: string | null | undefined,
  [least, most]: DurationBounds,
): Problem[] {
  if (text === null || text === undefined || isWithin(text, [least, most])) return [];
  return [problemAt(path, `${text} is not between ${least} and ${most}`)];
}

/** The problems of the durations at these paths of any value. The schema reports what has not the form of a duration. */
export function judgingProblems(valueAt: (path: string) => unknown): Problem[] {
  const texts = new Map<string, string>();
  for (const path of Object.keys(judgingBounds)) {
    const text = valueAt(path);
    if (typeof text === 'string' && FORM.test(text)) texts.set(path, text);
  }
  const problems = [...texts].flatMap(([path, text]) => durationProblems(path, text, boundsOf(path)));
  const textOf = (key: string) => texts.get(`correlation.${key}`) ?? '';
  const related = relationProblems((key) => {
    const [path, text] = [`correlation.${key}`, textOf(key)];
    return text !== '' && isWithin(text, boundsOf(path)) ? msOf(text) : null;
  }, textOf);
  return [...problems, ...related];
}

/**
 * The keys of `correlation` that are too long beside another one. `msAt`: milliseconds of the key that is limited, or of
 * its limit; null if not known. `textOf`: the value of the key as it is written.
 */
export function relationProblems(
  msAt: (key: (typeof RELATIONS)[number]['key' | 'limit'], role: 'key' | 'limit') => number | null,
  textOf: (key: (typeof RELATIONS)[number]['key']) => string,
): Problem[] {
  return RELATIONS.flatMap(({ key, limit, equal }) => {
    const [ms, most] = [msAt(key, 'key'), msAt(limit, 'limit')];
    if (ms === null || most === null || ms < most || (equal && ms === most)) return [];
    return [
      problemAt(
        `correlation.${key}`,
        `must be ${equal ? 'at most' : 'shorter than'} correlation.${limit}, not ${textOf(key)}`,
      ),
    ];
  });
}

const FORM = /^(?:\d+(?:ms|[smhdw]))+$/;

function boundsOf(path: string): DurationBounds {
  return judgingBounds[path] as DurationBounds;
}

function isWithin(text: string, [least, most]: DurationBounds): boolean {
  const ms = parseDuration(text);
  return ms !== null && ms >= msOf(least) && ms <= msOf(most);
}
