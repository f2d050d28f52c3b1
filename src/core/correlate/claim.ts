/** How a failure or a consequence becomes a claim, and what later signals change of the claims. */
import type { Advisory } from '../advisory/advisory.ts';
import { holds, isClockWrong, standsAlone } from '../judge/claims.ts';
import { type Claim, type DeviceState, noClaims, type SignalEvent } from '../model/device-state.ts';
import { limits } from '../model/limits.ts';

export type Claims = DeviceState['claims'];

/** The claims after a failure or a consequence. */
export function withClaim(state: DeviceState, signal: SignalEvent, advisory: Advisory): Claims {
  const before = endsTimeouts(signal, advisory) ? withoutTimeoutsNear(state.claims, signal.at, advisory) : state.claims;
  const index = indexOf(before, signal);
  const known = index === -1 ? null : (before[index] as Claim);
  const held = known !== null && holds(known, signal.at, advisory) ? known : null;
  const claim: Claim = {
    family: signal.family as string,
    mnemonic: signal.mnemonic,
    isFailure: signal.kind === 'failure',
    server: signal.server,
    byHost: signal.kind === 'failure' && signal.peers.length === 0 && signal.server !== 'unnamed',
    manner: signal.manner,
    kind: signal.claim,
    weight: signal.weight,
    firstAt: held?.firstAt ?? signal.at,
    lastAt: signal.at,
    count: (held?.count ?? 0) + signal.times,
    soundAt: isClockWrong(state) ? (held?.soundAt ?? null) : signal.at,
    aloneAt: aloneAfter(held, before, signal, advisory),
  };
  if (index === -1) return bounded([...before, claim]);
  const claims = before.slice();
  claims[index] = claim;
  return claims;
}

function indexOf(claims: Claims, { mnemonic, server, manner }: SignalEvent): number {
  for (let index = 0; index < claims.length; index++) {
    const claim = claims[index] as Claim;
    if (claim.mnemonic === mnemonic && claim.manner === manner && claim.server === server) return index;
  }
  return -1;
}

/** A failure of licensing itself that shows that there is no way out: a revocation list beside it shows nothing. */
function endsTimeouts({ kind, manner, family }: SignalEvent, advisory: Advisory): boolean {
  return (
    kind === 'failure' &&
    manner !== null &&
    advisory.noWayOut.manners.has(manner) &&
    standsAlone(family ?? '', advisory)
  );
}

function withoutTimeoutsNear(claims: Claims, at: number, { noWayOut }: Advisory): Claims {
  const from = at - noWayOut.withinMs;
  const isNear = ({ aloneAt }: Claim) => aloneAt !== null && (aloneAt.at(-1) ?? from - 1) >= from;
  if (!claims.some(isNear)) return claims;
  return claims.map((claim) =>
    isNear(claim) ? { ...claim, aloneAt: claim.aloneAt?.filter((time) => time < from) ?? null } : claim,
  );
}

/** Null for a claim that counts also beside such failures. The first time, and a few of the last hour, are kept. */
function aloneAfter(
  held: Claim | null,
  claims: Claims,
  signal: SignalEvent,
  advisory: Advisory,
): readonly number[] | null {
  const { manner, weight, at, kind } = signal;
  const { manners, withinMs } = advisory.noWayOut;
  if (kind !== 'failure' || weight === 0 || manner === null || !manners.has(manner)) return null;
  const before = held?.aloneAt ?? [];
  for (const other of claims) {
    if (other.manner === null || !manners.has(other.manner) || !standsAlone(other.family, advisory)) continue;
    if (other.lastAt >= at - withinMs) return before;
  }
  if (before.length < 3) return [...before, at];
  // Of the times before the last hour, the first and the last one are kept; of the last hour, some eight.
  const last = before.length - 1;
  const times = before.filter((time, index) => index === 0 || index === last || time >= at - withinMs);
  const isDense = times.length > 2 && at - (times.at(-2) as number) < withinMs / 8;
  if (isDense) times.pop();
  times.push(at);
  return times;
}

/** Without the claim that was said longest ago, if there are too many. */
function bounded(claims: Claims): Claims {
  if (claims.length <= limits.claims) return claims;
  const oldest = claims.reduce((old, claim) => (claim.lastAt < old.lastAt ? claim : old));
  return claims.filter((claim) => claim !== oldest);
}

/** After a success: only what another message ends stays. */
export function afterSuccess(claims: Claims, mnemonic: string, { endedBy }: Advisory): Claims {
  return only(claims, (claim) => {
    const end = endedBy.get(claim.mnemonic);
    return end !== undefined && end !== mnemonic;
  });
}

/** After a success of another server that counts since `at`: what was said later stays. */
export function afterMove(claims: Claims, at: number, { endedBy }: Advisory): Claims {
  return claims.flatMap((claim) => {
    if (endedBy.has(claim.mnemonic) || claim.firstAt > at) return [claim];
    if (claim.lastAt <= at) return [];
    // Of its failures since then only the last one is known.
    const aloneAt = claim.aloneAt?.filter((time) => time > at) ?? null;
    return [{ ...claim, firstAt: claim.lastAt, count: 1, aloneAt }];
  });
}

/** After the wrong clock was set: what failed while it was wrong does not count. */
export function afterClockSet(claims: Claims): Claims {
  return claims.flatMap((claim) => {
    const { soundAt, manner, aloneAt } = claim;
    if (soundAt === null || manner === 'clock') return [];
    return [{ ...claim, lastAt: soundAt, aloneAt: aloneAt?.filter((at) => at <= soundAt) ?? null }];
  });
}

function only(claims: Claims, stays: (claim: Claim) => boolean): Claims {
  const kept = claims.filter(stays);
  return kept.length === 0 ? noClaims : kept;
}
