/** Records a signal in a device's state. Decides nothing: opening and changing incidents is the machine's part. */
import type { Advisory } from '../advisory/advisory.ts';
import { pidOf, releaseOf, statusOf } from '../advisory/exposure.ts';
import {
  amongOthers,
  holds,
  isClockWrong,
  isFailing,
  isOfCustomer,
  serverAmong,
  standsAlone,
  usesOwnServer,
} from '../judge/claims.ts';
import {
  type ClockSign,
  type DeviceFacts,
  type DeviceState,
  noClaims,
  type Repair,
  type Seen,
  type SignalEvent,
} from '../model/device-state.ts';
import { type Incident, isOpen } from '../model/incident.ts';
import { limits } from '../model/limits.ts';
import { afterClockSet, withClaim } from './claim.ts';
import { acceptsSuccess, afterEarlierSuccess, afterNamedSuccess, isOfOtherServer } from './success.ts';

export function applySignal(before: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const state = signal.facts === null && signal.kind !== 'remediation' ? before : withFacts(before, signal, advisory);
  const clocked = withClock(state, signal, advisory);
  switch (signal.kind) {
    case 'failure':
      return applyFailure(clocked, signal, advisory);
    case 'consequence': {
      // Only where licensing fails since the last success, a consequence is one of the failure.
      const criticalAt = signal.critical && isFailing(clocked, signal.at, advisory) ? signal.at : clocked.criticalAt;
      return withEvidence({ ...clocked, claims: withClaim(clocked, signal, advisory), criticalAt }, signal);
    }
    case 'recovery':
      if (acceptsSuccess(clocked, signal, advisory))
        return withEvidence(afterNamedSuccess(clocked, signal, advisory), signal);
      if (signal.facts?.success !== undefined)
        return withEvidence(afterEarlierSuccess(clocked, signal, advisory), signal);
      return withEvidence(
        isOfOtherServer(clocked, signal) ? { ...clocked, movedAt: clocked.movedAt ?? signal.at } : clocked,
        signal,
      );
    case 'remediation':
    case 'clock':
    case 'hint':
    case 'unproven':
      return withEvidence(clocked, signal);
    case 'neutral':
      return clocked;
    case 'operator':
      // Closing settles the evidence so far: only later evidence can open the next incident.
      return signal.mnemonic === CLOSE ? { ...clocked, claims: noClaims, criticalAt: null } : clocked;
  }
}

/** The mnemonics of an operator's actions. */
export const CLOSE = 'CLOSE';
export const REOPEN = 'REOPEN';

function withClock(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const { clock: sign, kind, cause } = signal;
  const isComplaint = kind === 'clock' && cause === 'clock' && sign !== 'unset';
  const counted = isComplaint ? { ...state, wrongClock: seen(state.wrongClock ?? undefined, signal, advisory) } : state;
  const clock = clockAfter(state.clock, sign);
  if (clock === state.clock) return counted;
  if (!isClockWrong(state) || isClockWrong({ clock })) return { ...counted, clock };
  return { ...counted, clock, clockSetAt: signal.at, wrongClock: null, claims: afterClockSet(state.claims) };
}

/** A clock that was said to be unset stays so until something shows that it was set: a right date may be a chance. */
function clockAfter(clock: DeviceState['clock'], sign: ClockSign | null): DeviceState['clock'] {
  switch (sign) {
    case null:
      return clock;
    case 'set':
    case 'unset':
      return sign;
    case 'off':
      return clock === 'unset' ? clock : sign;
    case 'dated':
      return clock === 'off' ? 'set' : clock;
  }
}

/** Records the facts about the device and its repair that the signal carries. */
function withFacts(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const pid = signal.facts?.pid ?? state.pid;
  const release = signal.facts?.release ?? state.release;
  const configuredAt = signal.facts?.saved === undefined ? state.configuredAt : signal.at;
  const repair = repairAfter(state, { ...signal, pid, release }, advisory);
  const isLost = signal.facts?.restarted === true && state.repair?.by === 'import' && repair === null;
  const lostRepair = isLost && state.repair !== null ? { at: state.repair.at, lostAt: signal.at } : state.lostRepair;
  const ofSeveral = state.ofSeveral || signal.facts?.nobodys === true;
  const known = { ...state, pid, release, ofSeveral, configuredAt, repair, lostRepair };
  return signal.facts === null ? known : withShown(known, signal, signal.facts, advisory);
}

/** What captures alone show: whether licences are reserved, and which server is used. */
function withShown(state: DeviceState, { at }: SignalEvent, facts: DeviceFacts, advisory: Advisory): DeviceState {
  const licensing = facts.licensing ?? state.licensing;
  const uses = facts.uses ?? state.uses;
  if (licensing === state.licensing && uses === state.uses) return state;
  const shown = { ...state, licensing, uses };
  const turned = usesOwnServer(shown, at, advisory) && !usesOwnServer(state, at, advisory);
  return turned ? withOwnServer(shown, shown.claims, advisory) : shown;
}

function repairAfter(
  state: DeviceState,
  { at, kind, facts, pid, release }: SignalEvent & { pid: string | null; release: string | null },
  advisory: Advisory,
): Repair | null {
  const { repair } = state;
  const begun = { at, saved: null, failures: 0 };
  if (facts?.checked !== undefined) return facts.checked ? (repair ?? { ...begun, by: 'check' }) : null;
  if (kind === 'remediation') return { ...begun, by: 'import' };
  if (facts?.saved !== undefined) return repair === null ? null : { ...repair, saved: facts.saved };
  const status = (running: string | null) =>
    statusOf(pidOf({ ...state, pid }), running, advisory.products)?.status ?? 'unknown';
  // What the device says beside another release of the inventory is a contradiction for a person, and no upgrade.
  const [before, after] = [releaseOf(state), releaseOf({ ...state, release })];
  if (facts?.release !== undefined && before !== null && before !== after) {
    if (status(after) === 'fixed' && status(before) === 'affected') return { ...begun, by: 'upgrade', saved: true };
    if (status(after) !== 'fixed' && repair?.by === 'upgrade') return null;
  }
  return facts?.restarted === true && repair?.by === 'import' && repair.saved === false ? null : repair;
}

function applyFailure(before: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const claims = withClaim(before, signal, advisory);
  const isOwn = usesOwnServer({ claims, uses: before.uses }, signal.at, advisory);
  const turned = isOwn && !usesOwnServer(before, signal.at, advisory);
  return countFailure(turned ? withOwnServer(before, claims, advisory) : before, claims, isOwn, signal, advisory);
}

/** `claims`: with the failure. `isOwn`: all of licensing goes to the customer's server. */
function countFailure(
  before: DeviceState,
  claims: DeviceState['claims'],
  isOwn: boolean,
  signal: SignalEvent,
  advisory: Advisory,
): DeviceState {
  const server = serverAmong(signal.family ?? '', signal.server, isOwn, advisory);
  const isCustomers = isOfCustomer({ server });
  const movedAt =
    before.movedAt === null || isCustomers || !isOfFailingServer(before, signal, advisory) ? before.movedAt : null;
  if (isCustomers || signal.weight === 0) return withEvidence({ ...before, claims, movedAt }, signal);
  const { failingPeers, repair } = before;
  const isAlone = standsAlone(signal.family ?? '', advisory);
  return {
    ...before,
    claims,
    movedAt,
    failingPeers: merge(failingPeers, signal.peers, limits.failingPeers),
    firstFailureAt: before.firstFailureAt ?? signal.at,
    failsSince: isAlone && !isFailingSo(before, signal.at, advisory) ? signal.at : before.failsSince,
    lastFailureAt: signal.at,
    repair: repair === null || !isAlone ? repair : { ...repair, failures: repair.failures + signal.times },
    incident: evidenced(before.incident, signal, true),
  };
}

/**
 * Whether a failure at `at` goes on with what failed before. An event that was over is of another time; a state is over with a
 * success only.
 */
function isFailingSo({ failsSince, claims }: DeviceState, at: number, advisory: Advisory): boolean {
  if (failsSince === null) return false;
  return claims.some(
    (claim) =>
      claim.isFailure &&
      claim.weight > 0 &&
      standsAlone(claim.family, advisory) &&
      (claim.kind === 'state' || holds(claim, at, advisory)),
  );
}

/** What failed before its server was known to be the customer's own has no weight any more. */
function withOwnServer(state: DeviceState, claims: DeviceState['claims'], advisory: Advisory): DeviceState {
  const counting = claims.filter((claim) => amongOthers(claim, true, claim.lastAt, advisory).weight > 0);
  if (counting.length === 0)
    return { ...state, firstFailureAt: null, failsSince: null, lastFailureAt: null, failingPeers: [] };
  return counting.some(({ family }) => standsAlone(family, advisory)) ? state : { ...state, failsSince: null };
}

/** Whether the server that failed fails again; a revocation list is no licensing server. */
function isOfFailingServer({ failingPeers }: DeviceState, { family, peers }: SignalEvent, advisory: Advisory): boolean {
  if (!standsAlone(family ?? '', advisory)) return false;
  return peers.length === 0 || failingPeers.length === 0 || peers.some((peer) => failingPeers.includes(peer));
}

function withEvidence(state: DeviceState, signal: SignalEvent): DeviceState {
  const incident = evidenced(state.incident, signal, signal.kind === 'consequence', state.criticalAt);
  return incident === state.incident ? state : { ...state, incident };
}

/** Counts a signal as evidence of the open incident. `counts`: its family is one of the incident's. */
function evidenced(
  incident: Incident | null,
  signal: SignalEvent,
  counts: boolean,
  criticalAt: number | null = null,
): Incident | null {
  if (!isOpen(incident)) return incident;
  const { families } = incident;
  return {
    ...incident,
    families: counts && signal.family !== null ? merge(families, [signal.family]) : families,
    evidence: incident.evidence + signal.times,
    lastEvidenceAt: signal.at,
    lastFailureAt: signal.kind === 'failure' ? signal.at : incident.lastFailureAt,
    consequence: incident.consequence || (signal.critical && criticalAt === signal.at),
  };
}

/** Counts one more message; the count restarts after a window without a message. */
function seen(before: Seen | undefined, { at, times }: Pick<SignalEvent, 'at' | 'times'>, advisory: Advisory): Seen {
  if (before === undefined || before.lastAt <= at - advisory.correlation.windowMs)
    return { firstAt: at, lastAt: at, count: times };
  return { firstAt: before.firstAt, lastAt: at, count: before.count + times };
}

/** The names of both lists, sorted and without duplicates, at most `most`. Returns `names` itself if nothing is new. */
export function merge(
  names: readonly string[],
  more: readonly string[],
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  if (more.every((name) => names.includes(name))) return names;
  return [...new Set([...names, ...more])].sort().slice(0, most);
}
