/** How a failure or a consequence becomes a claim, and what later signals change of the claims. */
import type { Advisory } from '../advisory/advisory.ts';
import { holds, isClockWrong, standsAlone } from '../judge/claims.ts';
import type { Claim, DeviceState, SignalEvent } from '../model/device-state.ts';
import { limits } from '../model/limits.ts';

export type Claims = DeviceState['claims'];

function claimKey({ mnemonic, server, manner }: SignalEvent): string {
  return `${mnemonic} ${server} ${manner ?? ''}`;
}

/** The claims after a failure or a consequence. */
export function withClaim(state: DeviceState, signal: SignalEvent, advisory: Advisory): Claims {
  const { at, times, manner } = signal;
  const before = endsTimeouts(signal, advisory) ? withoutTimeoutsNear(state.claims, at, advisory) : state.claims;
  const key = claimKey(signal);
  const known = before[key];
  const held = known !== undefined && holds(known, at, advisory) ? known : null;
  const claim: Claim = {
    family: signal.family as string,
    mnemonic: signal.mnemonic,
    isFailure: signal.kind === 'failure',
    server: signal.server,
    manner,
    kind: signal.claim,
    weight: signal.weight,
    firstAt: held?.firstAt ?? at,
    lastAt: at,
    count: (held?.count ?? 0) + times,
    soundAt: isClockWrong(state) ? (held?.soundAt ?? null) : at,
    aloneAt: aloneAfter(held, before, signal, advisory),
  };
  const claims = { ...before, [key]: claim };
  return known === undefined ? bounded(claims) : claims;
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
  let changed: Record<string, Claim> | null = null;
  for (const key in claims) {
    const claim = claims[key] as Claim;
    if (claim.aloneAt === null || (claim.aloneAt.at(-1) ?? from - 1) < from) continue;
    changed ??= { ...claims };
    changed[key] = { ...claim, aloneAt: claim.aloneAt.filter((time) => time < from) };
  }
  return changed ?? claims;
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
  for (const key in claims) {
    const other = claims[key] as Claim;
    if (other.manner === null || !manners.has(other.manner) || !standsAlone(other.family, advisory)) continue;
    if (other.lastAt >= at - withinMs) return before;
  }
  if (before.length < 3) return [...before, at];
  const [first, ...later] = before as [number, ...number[]];
  // Of the times before the last hour, the first and the last one are kept; of the last hour, some eight.
  const recent = later.filter((time, index) => time >= at - withinMs || index === later.length - 1);
  const isDense = recent.length > 1 && at - (recent.at(-2) as number) < withinMs / 8;
  return [first, ...(isDense ? recent.slice(0, -1) : recent), at];
}

/** Without the claim that was said longest ago, if there are too many. */
function bounded(claims: Claims): Claims {
  const entries = Object.entries(claims);
  if (entries.length <= limits.claims) return claims;
  return Object.fromEntries(entries.sort(([, a], [, b]) => b.lastAt - a.lastAt).slice(0, limits.claims));
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
  return only(claims, (claim) => claim.lastAt > at || endedBy.has(claim.mnemonic));
}

/** After the wrong clock was set: what failed while it was wrong does not count. */
export function afterClockSet(claims: Claims): Claims {
  const kept: Record<string, Claim> = {};
  for (const [key, claim] of Object.entries(claims)) {
    if (claim.soundAt === null || claim.manner === 'clock') continue;
    const { soundAt } = claim;
    kept[key] = { ...claim, lastAt: soundAt, aloneAt: claim.aloneAt?.filter((at) => at <= soundAt) ?? null };
  }
  return kept;
}

function only(claims: Claims, stays: (claim: Claim) => boolean): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([, claim]) => stays(claim)));
}
