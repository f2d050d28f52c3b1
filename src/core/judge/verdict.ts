import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { ChangeReason, Level } from '../model/incident.ts';

/** `level` and `reason` are null below `suspected`. `capped`: only the unset clock prevents `confirmed`. */
export type Verdict = {
  readonly score: number;
  readonly families: readonly string[];
  readonly level: Level | null;
  readonly reason: ChangeReason | null;
  readonly capped: boolean;
};

/**
 * The score of a device at the time `at`, and its level. `families`: families with weight that failed in the window.
 */
export function verdictAt(state: DeviceState, at: number, advisory: Advisory): Verdict {
  const { thresholds } = advisory;
  const families = Object.keys(state.families).filter((name) => weightAt(name, state, at, advisory) > 0);
  const score = scoreAt(state, at, advisory);
  const proof = families.some((name) => advisory.families.get(name)?.proof === true);
  const base = { score, families };
  const suspected = score >= thresholds.suspected.score && families.length >= thresholds.suspected.families;
  // One failing family alone can have many causes: the device is only watched.
  if (!suspected) return { ...base, level: null, reason: null, capped: false };
  const proven = proof && families.length >= thresholds.proof.families;
  const scored = score >= thresholds.confirmed.score;
  // Three things confirm: proof with another family, a high score, or a release that the advisory lists as affected.
  // Without any of them another cause is possible.
  if (!proven && !scored && exposureOf(state, advisory)?.status !== 'affected')
    return { ...base, level: 'suspected', reason: 'score-reached', capped: false };
  // An unset clock makes every certificate look invalid: nothing can be confirmed until the clock is set.
  if (state.clock === 'unset') return { ...base, level: 'suspected', reason: 'score-reached', capped: true };
  // The strongest reason is reported: a proof says more than a sum, a sum more than the release alone.
  const reason = proven ? 'proof-and-another-family' : scored ? 'score-reached' : 'affected-release';
  return { ...base, level: 'confirmed', reason, capped: false };
}

/** The score of `verdictAt`, computed alone: it is asked for with every signal. */
export function scoreAt(state: DeviceState, at: number, advisory: Advisory): number {
  let score = 0;
  for (const name in state.families) score += weightAt(name, state, at, advisory);
  return score;
}

/** The weight of a family at the time `at`; 0 if the family did not fail within the window. */
function weightAt(name: string, { families }: DeviceState, at: number, advisory: Advisory): number {
  const seen = families[name];
  // A family that last failed before the window no longer counts.
  if (seen === undefined || seen.lastAt <= at - advisory.correlation.windowMs) return 0;
  return advisory.families.get(name)?.weight ?? 0;
}

/** FN72298: one year after the last successful connection; without one, at most a year after the first failure. */
export function graceOf(state: DeviceState, advisory: Advisory): { until: number | null; untilAtMost: number | null } {
  if (state.lastSuccessAt !== null) return { until: state.lastSuccessAt + advisory.graceMs, untilAtMost: null };
  // Neither a success nor a failure was seen: no end can be computed.
  if (state.firstFailureAt === null) return { until: null, untilAtMost: null };
  // The last success was before the first failure, at a time that is not known: only an upper bound follows.
  return { until: null, untilAtMost: state.firstFailureAt + advisory.graceMs };
}
