/** What a success proves: which successes count, and what they end. */
import type { Advisory } from '../advisory/advisory.ts';
import { amongOthers, isFailing, isOfCustomer, isProof, standsAlone, usesOwnServer, weigh } from '../judge/claims.ts';
import type { DeviceState, Healed, SignalEvent } from '../model/device-state.ts';
import { later } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import { afterMove, afterSuccess } from './claim.ts';

const nothingFailing = {
  failingPeers: [],
  criticalAt: null,
  movedAt: null,
  firstFailureAt: null,
  failsSince: null,
  lastFailureAt: null,
};

/**
 * A success counts if it is later than the last failure, and if it names a failing peer or names no peer. Where no
 * failing peer is known by name, but hosts of Cisco fail, a success of the customer's server or CSLU is another one's.
 */
export function acceptsSuccess(state: DeviceState, signal: SignalEvent, advisory: Advisory): boolean {
  if (isTooEarly(state, signal) || isKnown(state, signal)) return false;
  if (signal.peers.length === 0) return true;
  if (state.failingPeers.length > 0) return signal.peers.some((peer) => state.failingPeers.includes(peer));
  return !isOfCustomer(signal) || !failsAtCisco(state, signal.at, advisory);
}

function failsAtCisco(state: DeviceState, at: number, advisory: Advisory): boolean {
  return weigh(state, at, advisory).claims.some(({ server, weight }) => server === 'cisco' && weight > 0);
}

function isTooEarly({ lastFailureAt }: DeviceState, signal: SignalEvent): boolean {
  return lastFailureAt !== null && successAt(signal) <= lastFailureAt;
}

/** A capture shows a success that is known, or an earlier one. */
function isKnown({ lastSuccessAt }: DeviceState, { facts }: SignalEvent): boolean {
  return facts?.success !== undefined && lastSuccessAt !== null && facts.success <= lastSuccessAt;
}

/** The time of a success: what a capture shows may be folded later than it was. */
export function successAt({ at, facts }: Pick<SignalEvent, 'at' | 'facts'>): number {
  return facts?.success ?? at;
}

/** A capture shows a success before the last failure: from then on the year of grace is known. */
export function afterEarlierSuccess(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const at = successAt(signal);
  const isOfCisco = advisory.counts.servers.has(signal.server) && !usesOwnServer(state, signal.at, advisory);
  return {
    ...state,
    lastSuccessAt: later(state.lastSuccessAt, at),
    graceFrom: isOfCisco ? later(state.graceFrom, at) : state.graceFrom,
  };
}

/**
 * Whether a success that is not accepted is of another server than the one that fails: it counts once the failing one has
 * been silent for long.
 */
export function isOfOtherServer(state: DeviceState, signal: SignalEvent): boolean {
  return state.lastFailureAt !== null && !isTooEarly(state, signal);
}

/** The state after a success that counts. */
export function afterNamedSuccess(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const { server, mnemonic } = signal;
  const at = successAt(signal);
  const isOfCisco = advisory.counts.servers.has(server) && !usesOwnServer(state, at, advisory);
  return {
    ...state,
    ...nothingFailing,
    claims: afterSuccess(state.claims, mnemonic, advisory),
    lastSuccessAt: at,
    graceFrom: isOfCisco ? at : state.graceFrom,
    ...healedAt(state, at, advisory),
    incident: recoveringAnew(state, at, advisory),
  };
}

/** While an incident recovers, a success that ends a failure starts the hold time anew. */
function recoveringAnew(state: DeviceState, at: number, advisory: Advisory): DeviceState['incident'] {
  const { incident } = state;
  if (incident?.phase.state !== 'recovering' || !isFailing(state, at, advisory)) return incident;
  return { ...incident, phase: { ...incident.phase, since: at } };
}

/** The state after a success of another server, once the server that failed has been silent for long enough. */
export function afterMovedSuccess(state: DeviceState, advisory: Advisory): DeviceState {
  const at = state.movedAt as number;
  return { ...state, ...nothingFailing, claims: afterMove(state.claims, at, advisory), lastSuccessAt: at };
}

/** When a success of another server counts; null if there is none. */
export function movedDueAt({ movedAt }: DeviceState, { correlation }: Advisory): number | null {
  return movedAt === null ? null : movedAt + correlation.serverMovedAfterMs;
}

/** The period of failures that ends at `at`, and whether the device healed by itself. */
function healedAt(state: DeviceState, at: number, advisory: Advisory): Pick<DeviceState, 'healed' | 'heals'> {
  const { firstFailureAt, failsSince, repair, healed, heals, configuredAt, clockSetAt } = state;
  if (firstFailureAt === null) return { healed, heals };
  const from = failsSince ?? firstFailureAt;
  const isOwn = usesOwnServer(state, at, advisory);
  const held = state.claims.map((claim) => amongOthers(claim, isOwn, claim.lastAt, advisory));
  const counting = held.filter(({ weight }) => weight > 0);
  const since = (time: number | null) => time !== null && time >= firstFailureAt;
  const repaired = since(repair?.at ?? null) || since(configuredAt);
  const clockSet = since(clockSetAt);
  const proven = counting.some((claim) => isProof(claim, advisory));
  const ended: Healed = { from, to: at, repaired, proven, clockSet };
  const byItself = !repaired && !clockSet && counting.some(({ family }) => standsAlone(family, advisory));
  return { healed: ended, heals: byItself ? [...heals, at].slice(-limits.heals) : heals };
}
