/**
 * What may ail a device, ranked. The points are assumed: neither the field notice nor a capture gives them. Three and
 * more are a finding, less is a hint.
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

/** From this score on a hypothesis is a finding. */
export const FINDING = 3;

/** The best first; only those for which something speaks. */
export function hypothesesOf(
  state: DeviceState,
  at: number,
  advisory: Advisory,
  fleet: FleetContext | null = null,
): Hypothesis[] {
  const asked = caseOf(state, at, advisory, fleet);
  const found = ailments.map((cause) => {
    const told = rules
      .filter((rule) => rule.cause === cause)
      .flatMap((rule) => {
        const points = rule.points(asked);
        return points === null || points === 0 ? [] : [{ points, says: rule.says(asked) }];
      });
    return {
      cause,
      score: told.reduce((sum, { points }) => sum + points, 0),
      for: told.filter(({ points }) => points > 0).map(({ says }) => says),
      against: told.filter(({ points }) => points < 0).map(({ says }) => says),
    };
  });
  return found.filter(({ for: speaking }) => speaking.length > 0).sort((a, b) => b.score - a.score);
}

/** The best hypothesis that is a finding; null where nothing is found. */
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
    (last, one) => (last === null || one[1].lastAt > last[1].lastAt ? one : last),
    null,
  );
  return { state, at, advisory, fleet, families, counter, latest: latest?.[0] ?? null };
}
