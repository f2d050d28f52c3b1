/** Whether a device is suspected or confirmed, by what it has said and by its release. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import type { Claim } from '../model/device-state.ts';
import type { ChangeReason, Level } from '../model/incident.ts';
import { isClockWrong, isOfCustomer, isProof, type Judged, standsAlone, type Weighed, weigh } from './claims.ts';
import { diagnose } from './ranking.ts';

/** Why a device that would be confirmed is only suspected. */
export type Cap = 'of-several' | 'fixed-release' | 'clock-wrong' | 'heals-by-itself' | 'other-diagnosis';

/** `level` and `reason` are null below `suspected`; `cap` is null unless the device would be confirmed. */
export type Verdict = Pick<Weighed, 'score' | 'families' | 'isProven'> & {
  readonly level: Level | null;
  readonly reason: ChangeReason | null;
  readonly cap: Cap | null;
};

/** What is asked of a device at one moment. */
type Case = {
  readonly weighed: Weighed;
  readonly at: number;
  readonly status: 'affected' | 'fixed' | 'unknown';
  readonly advisory: Advisory;
};
type Row = { readonly reason: ChangeReason; readonly holds: (input: Case) => boolean };

/** The first row that holds makes a device suspected. */
const SUSPECTED: readonly Row[] = [
  {
    reason: 'score-reached',
    holds: ({ weighed: { score, families }, advisory: { thresholds } }) =>
      score >= thresholds.suspected.score && families.length >= thresholds.suspected.families,
  },
  {
    reason: 'proof',
    holds: ({ weighed: { claims }, advisory }) =>
      claims.some(
        (claim) =>
          claim.weight > 0 && isProof(claim, advisory) && advisory.thresholds.suspected.proofAlone.has(claim.mnemonic),
      ),
  },
  {
    reason: 'state-held',
    holds: ({ status, weighed, at, advisory: { correlation } }) =>
      status === 'affected' &&
      weightyStates(weighed).some(({ firstAt }) => at - firstAt >= correlation.stateSuspectsAfterMs),
  },
  {
    reason: 'expired-while-a-state-held',
    holds: ({ status, weighed, advisory: { thresholds } }) =>
      status !== 'fixed' &&
      weighed.claims.some(
        ({ mnemonic, lastAt }) =>
          thresholds.suspected.expired.has(mnemonic) && weightyStates(weighed).some(({ firstAt }) => firstAt <= lastAt),
      ),
  },
];

/** The first row that holds makes a device confirmed, if nothing caps it. */
const CONFIRMED: readonly Row[] = [
  {
    reason: 'proof-and-another-family',
    holds: ({ weighed: { isProven, families }, advisory: { thresholds } }) =>
      isProven && families.length >= thresholds.proof.families,
  },
  {
    reason: 'score-reached',
    holds: ({ weighed: { score }, advisory: { thresholds } }) => score >= thresholds.confirmed.score,
  },
  { reason: 'proof', holds: ({ status, weighed }) => status === 'affected' && weighed.isProven },
  {
    reason: 'affected-release',
    holds: ({ status, weighed: { score, families }, advisory: { thresholds } }) =>
      status === 'affected' && score >= thresholds.affected.score && families.length >= thresholds.affected.families,
  },
  {
    reason: 'failures-for-long',
    holds: ({ status, weighed, advisory }) =>
      status === 'affected' &&
      weighed.score >= advisory.thresholds.affected.repeatedScore &&
      spanOf(weighed, advisory) >= advisory.correlation.confirmAfterMs,
  },
];

/** The verdict about a device at the time `at`. */
export function verdictAt(state: Judged, at: number, advisory: Advisory): Verdict {
  return verdictOf(weigh(state, at, advisory), state, at, advisory);
}

/** The same, where it is known already what holds at `at`. */
export function verdictOf(weighed: Weighed, state: Judged, at: number, advisory: Advisory): Verdict {
  const { score, families, isProven } = weighed;
  const base = { score, families, isProven };
  if (score === 0) return { ...base, level: null, reason: null, cap: null };
  const input = { weighed, at, status: exposureOf(state, advisory)?.status ?? 'unknown', advisory } as const;
  const confirmed = CONFIRMED.find(({ holds }) => holds(input));
  const suspected = SUSPECTED.find(({ holds }) => holds(input));
  if (confirmed === undefined) {
    const level = suspected === undefined ? null : ('suspected' as const);
    return { ...base, level, reason: suspected?.reason ?? null, cap: null };
  }
  const cap = capOf(input, state);
  if (cap === null) return { ...base, level: 'confirmed', reason: confirmed.reason, cap: null };
  return { ...base, level: 'suspected', reason: suspected?.reason ?? confirmed.reason, cap };
}

function capOf({ weighed, at, status, advisory }: Case, state: Judged): Cap | null {
  if (isOfSeveral(state)) return 'of-several';
  if (status === 'fixed') return 'fixed-release';
  if (isClockWrong(state)) return 'clock-wrong';
  if (healsByItself(state, at, advisory)) return 'heals-by-itself';
  return weighed.isProven || diagnose(state, at, advisory, weighed) === 'trust' ? null : 'other-diagnosis';
}

/** Whether the lines may be of several devices, so that their failures add up to none: unless the inventory says whose they are. */
export function isOfSeveral({ ofSeveral, imported }: Pick<Judged, 'ofSeveral' | 'imported'>): boolean {
  return ofSeveral && imported === null;
}

/** Lost trust does not heal by itself: a device that did so repeatedly has an outage. */
export function healsByItself({ heals, repair }: Judged, at: number, { thresholds }: Advisory): boolean {
  const { times, withinMs } = thresholds.healsByItself;
  const since = Math.max(at - withinMs, repair?.at ?? Number.NEGATIVE_INFINITY);
  return heals.filter((healed) => healed > since).length >= times;
}

/** States with weight: what they say goes on without a further line. */
export function weightyStates({ claims }: Pick<Weighed, 'claims'>): Claim[] {
  return claims.filter(({ kind, weight, isFailure }) => isFailure && kind === 'state' && weight > 0);
}

/** The time between the first failure with weight that counts alone, and the last one with weight. */
function spanOf({ claims }: Weighed, advisory: Advisory): number {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { family, weight, firstAt, lastAt, aloneAt } of claims) {
    if (weight === 0) continue;
    if (standsAlone(family, advisory)) first = Math.min(first, firstAt);
    last = Math.max(last, aloneAt?.at(-1) ?? lastAt);
  }
  return last - first;
}

/** The score of `verdictAt`. */
export function scoreAt(state: Judged, at: number, advisory: Advisory): number {
  return weigh(state, at, advisory).score;
}

/** When a state will have held long enough to be suspected on an affected release; null if none will. */
export function stateSuspectedAt(state: Judged, advisory: Advisory): number | null {
  if (exposureOf(state, advisory)?.status !== 'affected') return null;
  let first = Number.POSITIVE_INFINITY;
  for (const claim of state.claims) {
    if (claim.isFailure && claim.kind === 'state' && claim.weight > 0) first = Math.min(first, claim.firstAt);
  }
  if (first === Number.POSITIVE_INFINITY) return null;
  const at = first + advisory.correlation.stateSuspectsAfterMs;
  return verdictAt(state, at, advisory).level === null ? null : at;
}

/**
 * FN72298: one year after the last successful connection to Cisco; without one, at most a year after the first failure.
 * Reserved licences need no connection: they have no such end.
 */
export function graceOf(state: Judged, advisory: Advisory): { until: number | null; untilAtMost: number | null } {
  if (isExempt(state, advisory)) return { until: null, untilAtMost: null };
  if (state.graceFrom !== null) return { until: state.graceFrom + advisory.graceMs, untilAtMost: null };
  const first = state.failsSince ?? firstLostContact(state, advisory);
  // Neither a success nor a failure was seen: no end can be computed.
  if (first === null) return { until: null, untilAtMost: null };
  // The last success was before the first failure, at a time that is not known: only an upper bound follows.
  return { until: null, untilAtMost: first + advisory.graceMs };
}

/** The first failure without weight to reach Cisco, as a timeout: the last success was before it, too. */
function firstLostContact({ claims }: Judged, advisory: Advisory): number | null {
  let first: number | null = null;
  for (const claim of claims) {
    if (!claim.isFailure || !standsAlone(claim.family, advisory) || isOfCustomer(claim)) continue;
    if (first === null || claim.firstAt < first) first = claim.firstAt;
  }
  return first;
}
