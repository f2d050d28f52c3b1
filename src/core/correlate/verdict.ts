import type { Advisory } from '../advisory/advisory.ts';
import type { ChangeReason, Level } from '../incident.ts';
import type { Course } from './course.ts';
import { standingOf } from './standing.ts';

export type Verdict = {
  readonly score: number;
  readonly families: readonly string[];
  readonly level: Level | null;
  readonly reason: ChangeReason | null;
  readonly capped: boolean;
};

/** What the families of the last window add up to at a time. */
export function verdictAt(course: Course, at: number, advisory: Advisory): Verdict {
  const { thresholds } = advisory;
  const families = Object.keys(course.families).filter((name) => weightAt(name, course, at, advisory) > 0);
  const score = scoreAt(course, at, advisory);
  const proof = families.some((name) => advisory.families.get(name)?.proof === true);
  const base = { score, families };
  const suspected = score >= thresholds.suspected.score && families.length >= thresholds.suspected.families;
  if (!suspected) return { ...base, level: null, reason: null, capped: false };
  const proven = proof && families.length >= thresholds.proof.families;
  const scored = score >= thresholds.confirmed.score;
  if (!proven && !scored && standingOf(course, advisory)?.status !== 'affected')
    return { ...base, level: 'suspected', reason: 'score-reached', capped: false };
  // An unset clock makes every certificate look invalid.
  if (course.clock === 'unset') return { ...base, level: 'suspected', reason: 'score-reached', capped: true };
  const reason = proven ? 'proof-and-another-family' : scored ? 'score-reached' : 'affected-release';
  return { ...base, level: 'confirmed', reason, capped: false };
}

/** The score alone. */
export function scoreAt(course: Course, at: number, advisory: Advisory): number {
  let score = 0;
  for (const name in course.families) score += weightAt(name, course, at, advisory);
  return score;
}

/** The weight of a family that failed within the window. */
function weightAt(name: string, { families }: Course, at: number, advisory: Advisory): number {
  const seen = families[name];
  if (seen === undefined || seen.lastAt <= at - advisory.correlation.windowMs) return 0;
  return advisory.families.get(name)?.weight ?? 0;
}

/** FN72298: one year after the last successful connection; without one, at most a year after the first failure. */
export function graceOf(course: Course, advisory: Advisory): { until: number | null; untilAtMost: number | null } {
  if (course.lastSuccessAt !== null) return { until: course.lastSuccessAt + advisory.graceMs, untilAtMost: null };
  if (course.firstFailureAt === null) return { until: null, untilAtMost: null };
  return { until: null, untilAtMost: course.firstFailureAt + advisory.graceMs };
}
