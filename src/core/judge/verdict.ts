import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { ChangeReason, Level } from '../model/incident.ts';

export type Verdict = {
  readonly score: number;
  readonly families: readonly string[];
  readonly level: Level | null;
  readonly reason: ChangeReason | null;
  readonly capped: boolean;
};

/** What the families of the last window add up to at a time. */
export function verdictAt(state: DeviceState, at: number, advisory: Advisory): Verdict {
  const { thresholds } = advisory;
  const families = Object.keys(state.families).filter((name) => weightAt(name, state, at, advisory) > 0);
  const score = scoreAt(state, at, advisory);
  const proof = families.some((name) => advisory.families.get(name)?.proof === true);
  const base = { score, families };
  const suspected = score >= thresholds.suspected.score && families.length >= thresholds.suspected.families;
  if (!suspected) return { ...base, level: null, reason: null, capped: false };
  const proven = proof && families.length >= thresholds.proof.families;
  const scored = score >= thresholds.confirmed.score;
  if (!proven && !scored && exposureOf(state, advisory)?.status !== 'affected')
    return { ...base, level: 'suspected', reason: 'score-reached', capped: false };
  // An unset clock makes every certificate look invalid.
  if (state.clock === 'unset') return { ...base, level: 'suspected', reason: 'score-reached', capped: true };
  const reason = proven ? 'proof-and-another-family' : scored ? 'score-reached' : 'affected-release';
  return { ...base, level: 'confirmed', reason, capped: false };
}

/** The score alone. */
export function scoreAt(state: DeviceState, at: number, advisory: Advisory): number {
  let score = 0;
  for (const name in state.families) score += weightAt(name, state, at, advisory);
  return score;
}

/** The weight of a family that failed within the window. */
function weightAt(name: string, { families }: DeviceState, at: number, advisory: Advisory): number {
  const seen = families[name];
  if (seen === undefined || seen.lastAt <= at - advisory.correlation.windowMs) return 0;
  return advisory.families.get(name)?.weight ?? 0;
}

/** FN72298: one year after the last successful connection; without one, at most a year after the first failure. */
export function graceOf(state: DeviceState, advisory: Advisory): { until: number | null; untilAtMost: number | null } {
  if (state.lastSuccessAt !== null) return { until: state.lastSuccessAt + advisory.graceMs, untilAtMost: null };
  if (state.firstFailureAt === null) return { until: null, untilAtMost: null };
  return { until: null, untilAtMost: state.firstFailureAt + advisory.graceMs };
}
