/** Records a signal in a device's state. Decides nothing: opening and changing incidents is the machine's part. */
import type { Advisory } from '../advisory/advisory.ts';
import { pidOf, releaseOf, statusOf } from '../advisory/exposure.ts';
import type { DeviceState, Healed, Repair, Seen, SignalEvent } from '../model/device-state.ts';
import { type Incident, isOpen } from '../model/incident.ts';
import { limits } from '../model/limits.ts';

export function applySignal(before: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const state = signal.facts === null && signal.kind !== 'remediation' ? before : withFacts(before, signal, advisory);
  const clocked = withClock(state, signal, advisory);
  switch (signal.kind) {
    case 'failure':
      return applyFailure(clocked, signal, advisory);
    case 'consequence': {
      const families = {
        ...clocked.families,
        [signal.family as string]: seen(clocked.families[signal.family as string], signal, advisory),
      };
      const criticalAt = signal.critical ? signal.at : clocked.criticalAt;
      return withEvidence({ ...clocked, families, criticalAt }, signal);
    }
    case 'recovery':
      return accepts(clocked, signal) ? applySuccess(clocked, signal, advisory) : withEvidence(clocked, signal);
    case 'remediation':
    case 'clock':
    case 'hint':
      return withEvidence(clocked, signal);
    case 'neutral':
      return clocked;
    case 'operator':
      // Closing settles the evidence so far: only later evidence can open the next incident.
      return signal.mnemonic === CLOSE ? { ...clocked, families: {}, counter: {}, criticalAt: null } : clocked;
  }
}

/** The mnemonics of an operator's actions. */
export const CLOSE = 'CLOSE';
export const REOPEN = 'REOPEN';

const nothingFailing = {
  ...{ families: {}, counter: {}, failingPeers: [], criticalAt: null },
  ...{ firstFailureAt: null, lastFailureAt: null },
};

function withClock(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const { clock, kind, cause } = signal;
  const counted =
    kind === 'clock' && cause === 'clock' && clock !== 'unset'
      ? { ...state, wrongClock: seen(state.wrongClock ?? undefined, signal, advisory) }
      : state;
  if (clock === null || clock === state.clock) return counted;
  return { ...counted, clock, clockSetAt: state.clock === 'unset' ? signal.at : state.clockSetAt };
}

/** Records the facts about the device and its repair that the signal carries. */
function withFacts(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const pid = signal.facts?.pid ?? state.pid;
  const release = signal.facts?.release ?? state.release;
  const configuredAt = signal.facts?.saved === undefined ? state.configuredAt : signal.at;
  return { ...state, pid, release, configuredAt, repair: repairAfter(state, { ...signal, pid, release }, advisory) };
}

function repairAfter(
  state: DeviceState,
  { at, kind, facts, pid, release }: SignalEvent & { pid: string | null; release: string | null },
  advisory: Advisory,
): Repair | null {
  const { repair } = state;
  if (facts?.checked !== undefined) return facts.checked ? (repair ?? { at, by: 'check', saved: null }) : null;
  if (kind === 'remediation') return { at, by: 'import', saved: null };
  if (facts?.saved !== undefined) return repair === null ? null : { ...repair, saved: facts.saved };
  const status = (running: string | null) =>
    statusOf(pidOf({ ...state, pid }), running, advisory.products)?.status ?? 'unknown';
  const before = state.release ?? releaseOf(state);
  if (facts?.release !== undefined && before !== null && before !== release) {
    if (status(release) === 'fixed' && status(before) !== 'fixed') return { at, by: 'upgrade', saved: true };
    if (status(release) !== 'fixed' && repair?.by === 'upgrade') return null;
  }
  return facts?.restarted === true && repair?.by === 'import' && repair.saved === false ? null : repair;
}

function applyFailure(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  if (signal.weight === 0) {
    const cause = signal.cause ?? 'ambiguous';
    const counter = { ...state.counter, [cause]: seen(state.counter[cause], signal, advisory) };
    return withEvidence({ ...state, counter }, signal);
  }
  const family = signal.family as string;
  const { families, failingPeers } = state;
  return {
    ...state,
    families: { ...families, [family]: seen(families[family], signal, advisory) },
    failingPeers: merge(failingPeers, signal.peers, limits.failingPeers),
    firstFailureAt: state.firstFailureAt ?? signal.at,
    lastFailureAt: signal.at,
    incident: evidenced(state.incident, signal),
  };
}

/** A success proves that the connection works: it clears the failures before it. */
function applySuccess(state: DeviceState, signal: SignalEvent, advisory: Advisory): DeviceState {
  const settled = {
    ...state,
    ...nothingFailing,
    lastSuccessAt: signal.at,
    healed: healedBy(state, signal, advisory),
  };
  return withEvidence(settled, signal);
}

function healedBy(state: DeviceState, { at }: SignalEvent, advisory: Advisory): Healed | null {
  const { firstFailureAt: from, families, repair, healed, configuredAt, clockSetAt } = state;
  if (from === null) return healed;
  const proven = Object.keys(families).some((name) => advisory.families.get(name)?.proof === true);
  const since = (time: number | null) => time !== null && time >= from;
  const repaired = since(repair?.at ?? null) || since(configuredAt);
  return { from, to: at, repaired, proven, clockSet: since(clockSetAt) };
}

/**
 * A success counts if it is later than the last failure, and if it names a failing peer, names no peer, or no failing
 * peer is known by name.
 */
function accepts(state: DeviceState, signal: SignalEvent): boolean {
  if (state.lastFailureAt !== null && signal.at <= state.lastFailureAt) return false;
  if (signal.peers.length === 0 || state.failingPeers.length === 0) return true;
  return signal.peers.some((peer) => state.failingPeers.includes(peer));
}

function withEvidence(state: DeviceState, signal: SignalEvent): DeviceState {
  const incident = evidenced(state.incident, signal);
  return incident === state.incident ? state : { ...state, incident };
}

/** Counts a signal as evidence of the open incident. */
function evidenced(incident: Incident | null, signal: SignalEvent): Incident | null {
  if (!isOpen(incident)) return incident;
  const { families } = incident;
  const counts = signal.family !== null && (signal.kind !== 'failure' || signal.weight > 0);
  return {
    ...incident,
    families: counts ? merge(families, [signal.family as string]) : families,
    evidence: incident.evidence + signal.times,
    lastEvidenceAt: signal.at,
    consequence: incident.consequence || signal.critical,
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
