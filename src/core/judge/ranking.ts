/** The hypotheses about a device, ranked by points. The one that leads is the diagnosis, everywhere. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import type { Claim } from '../model/device-state.ts';
import { type HypothesisName, hypotheses } from '../model/hypothesis.ts';
import { clockSetSince, isClockWrong, type Judged, standsAlone, type Weighed, weigh } from './claims.ts';
import type { FleetContext } from './fleet-context.ts';
import { type Case, pointsOf, rules } from './rules.ts';

export type Hypothesis = {
  readonly cause: HypothesisName;
  /** Points. */
  readonly score: number;
  readonly for: readonly string[];
  readonly against: readonly string[];
};

/** The hypotheses with at least one reason for them, the one with most points first. `at`: milliseconds. */
export function hypothesesOf(
  state: Judged,
  at: number,
  advisory: Advisory,
  fleet: FleetContext | null = null,
): Hypothesis[] {
  const input = caseOf(state, at, advisory, weigh(state, at, advisory), fleet);
  const found = hypotheses.map((cause) => {
    const applied = rules.filter(({ about }) => about === cause).map((rule) => ({ rule, points: rule.points(input) }));
    const reasons = (fits: (points: number) => boolean) =>
      applied.filter(({ points }) => fits(points)).map(({ rule }) => rule.says(input));
    return {
      cause,
      score: applied.reduce((sum, { points }) => sum + points, 0),
      for: reasons((points) => points > 0),
      against: reasons((points) => points < 0),
    };
  });
  return found.filter(({ for: reasons }) => reasons.length > 0).sort((a, b) => b.score - a.score);
}

/** The hypothesis that leads: the first one, if it has enough points. */
export function leaderIn(ranked: readonly Hypothesis[], { points }: Advisory): HypothesisName | null {
  const [best] = ranked;
  return best !== undefined && best.score >= points.leads ? best.cause : null;
}

/** The diagnosis by the device's own facts: the hypothesis that leads, as `hypothesesOf` ranks them. Null: none. */
export function diagnose(
  state: Judged,
  at: number,
  advisory: Advisory,
  weighed: Weighed = weigh(state, at, advisory),
): HypothesisName | null {
  const input = caseOf(state, at, advisory, weighed, null);
  return isPlain(input) ? plainLeader(input) : leaderOf(input);
}

/** The same by the rules alone, for any device. */
export function diagnoseByRules(state: Judged, at: number, advisory: Advisory): HypothesisName | null {
  return leaderOf(caseOf(state, at, advisory, weigh(state, at, advisory), null));
}

/**
 * Whether what is known now rules out a hypothesis that led before, if the device fails again: lost trust on a release
 * with the fix, interception on any other release, and the clock once it was set.
 */
export function isRuledOut(hypothesis: HypothesisName | null, state: Judged, advisory: Advisory): boolean {
  const isFixed = () => exposureOf(state, advisory)?.status === 'fixed';
  switch (hypothesis) {
    case 'trust':
      return isFixed();
    case 'interception':
      return !isFixed();
    case 'clock':
      return clockSetSince(state) !== null;
    default:
      return false;
  }
}

function leaderOf(input: Case): HypothesisName | null {
  const { advisory } = input;
  let [leader, most]: [HypothesisName | null, number] = [null, advisory.points.leads - 1];
  for (const hypothesis of hypotheses) {
    const points = pointsOf(hypothesis, rules, input);
    if (points > most) [leader, most] = [hypothesis, points];
  }
  return leader;
}

/**
 * Whether nothing speaks for another hypothesis than trust, or interception on a fixed release: nearly every signal is
 * of such a device, so that the rules need not be asked.
 */
function isPlain({ state, advisory, weighed: { claims, score } }: Case): boolean {
  return score > 0 && !isExempt(state, advisory) && speakForTrust(state, claims, advisory);
}

/** Whether nothing that is known or claimed speaks for another hypothesis enough to lead. */
export function speakForTrust(
  state: Pick<Judged, 'wrongClock' | 'clock'>,
  claims: readonly Claim[],
  advisory: Advisory,
): boolean {
  if (state.wrongClock !== null || isClockWrong(state)) return false;
  for (const { isFailure, manner, server, family } of claims) {
    if (!isFailure) continue;
    if (server === 'own' || server === 'cslu') return false;
    const isList = manner === 'timeout' && !standsAlone(family, advisory);
    if (manner !== 'refused' && manner !== 'aborted' && !isList) return false;
  }
  return advisory.points.revocationTimeout < advisory.points.leads;
}

function plainLeader({ status, advisory: { points }, weighed: { score, isProven } }: Case): HypothesisName | null {
  const fixed = status === 'fixed';
  const earned = score + (isProven ? points.proof : 0) + (status === 'affected' ? points.affected : 0);
  return earned < points.leads ? null : fixed ? 'interception' : 'trust';
}

function caseOf(state: Judged, at: number, advisory: Advisory, weighed: Weighed, fleet: FleetContext | null): Case {
  const status = exposureOf(state, advisory)?.status ?? 'unknown';
  return { state, at, advisory, weighed, fleet, status };
}
