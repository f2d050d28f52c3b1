/**
 * The possible causes of a device's failures, ranked by points. The points are assumed: neither the field notice nor a
 * capture gives them. Three points and more are a finding, less is a hint.
 */
import type { Advisory } from '../advisory/advisory.ts';
import type { DeviceState, Seen } from '../model/device-state.ts';
import type { FleetContext } from './fleet-context.ts';
import { type Ailment, ailments, type Case, rules, weightOf } from './rules.ts';

export type Hypothesis = {
  readonly cause: Ailment;
  readonly score: number;
  readonly for: readonly string[];
  readonly against: readonly string[];
};

/** The lowest score of a finding. */
export const FINDING = 3;

/** The hypotheses with at least one reason for them, the highest score first. `at`: milliseconds. */
export function hypothesesOf(
  state: DeviceState,
  at: number,
  advisory: Advisory,
  fleet: FleetContext | null = null,
): Hypothesis[] {
  const input = caseOf(state, at, advisory, fleet);
  const found = ailments.map((cause) => {
    const applied = rules
      .filter((rule) => rule.cause === cause)
      .flatMap((rule) => {
        const points = rule.points(input);
        return points === null || points === 0 ? [] : [{ points, says: rule.says(input) }];
      });
    return {
      cause,
      score: applied.reduce((sum, { points }) => sum + points, 0),
      for: applied.filter(({ points }) => points > 0).map(({ says }) => says),
      against: applied.filter(({ points }) => points < 0).map(({ says }) => says),
    };
  });
  return found.filter(({ for: reasons }) => reasons.length > 0).sort((a, b) => b.score - a.score);
}

/** The cause of the best hypothesis; null if its score is below `FINDING`. */
export function findingIn(hypotheses: readonly Hypothesis[]): Ailment | null {
  const [best] = hypotheses;
  return best !== undefined && best.score >= FINDING ? best.cause : null;
}

function caseOf(state: DeviceState, at: number, advisory: Advisory, fleet: FleetContext | null): Case {
  const since = at - advisory.correlation.windowMs;
  const within = (seen: Readonly<Record<string, Seen>>) =>
    new Map(Object.entries(seen).filter(([, { lastAt }]) => lastAt > since));
  const families = within(state.families);
  const counter = within(state.counter);
  const weighty = [...families].filter(([name]) => weightOf(name, advisory) > 0);
  const all = [...weighty.map(([, seen]) => ['trust', seen] as const), ...counter];
  const latest = all.reduce<readonly [string, Seen] | null>(
    (last, candidate) => (last === null || candidate[1].lastAt > last[1].lastAt ? candidate : last),
    null,
  );
  return { state, at, advisory, fleet, families, counter, latest: latest?.[0] ?? null };
}
