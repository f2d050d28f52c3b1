/** The hypotheses about a device, ranked by points. The one that leads is the diagnosis, everywhere. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import { type HypothesisName, hypotheses } from '../model/hypothesis.ts';
import { type Judged, type Weighed, weigh } from './claims.ts';
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
  let [leader, most]: [HypothesisName | null, number] = [null, advisory.points.leads - 1];
  for (const hypothesis of hypotheses) {
    const points = pointsOf(hypothesis, rules, input);
    if (points > most) [leader, most] = [hypothesis, points];
  }
  return leader;
}

function caseOf(state: Judged, at: number, advisory: Advisory, weighed: Weighed, fleet: FleetContext | null): Case {
  const status = exposureOf(state, advisory)?.status ?? 'unknown';
  return { state, at, advisory, weighed, fleet, status };
}
