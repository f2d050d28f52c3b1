/**
 * The life of one device's incident: a pure function of its signals in the order of their times.
 * `advanceTo` lets time pass, `applySignal` records a signal, `decide` returns the changes, `evolve` applies a change.
 */
import type { Advisory } from '../advisory/advisory.ts';
import { isExempt } from '../advisory/exposure.ts';
import { graceOf, scoreAt, verdictAt } from '../judge/verdict.ts';
import type { DeviceState, SignalEvent } from '../model/device-state.ts';
import {
  type Change,
  type ChangeReason,
  type Incident,
  isOpen,
  type Level,
  levelOf,
  type Phase,
} from '../model/incident.ts';
import { applySignal, CLOSE, REOPEN } from './apply-signal.ts';
import { evolve, worse } from './evolve.ts';

/** `past`: the state at the moment when a further incident opened; the incident in it is finished. */
export type Step = {
  readonly state: DeviceState;
  readonly changes: readonly Change[];
  readonly past: readonly DeviceState[];
};

/** Applies one signal, which must not be older than the signals before it. */
export function step(state: DeviceState, signal: SignalEvent, advisory: Advisory): Step {
  const passed = advanceTo(state, signal.at, advisory);
  const observed = applySignal(passed.state, signal, advisory);
  const changes = decide(observed, signal, advisory);
  const decided = changes.reduce((state, change) => evolve(state, change, advisory), observed);
  const raised = escalate(decided, signal.at, advisory);
  const past = passed.state.incident !== null && raised.state.ordinal > passed.state.ordinal ? [passed.state] : [];
  return { state: raised.state, changes: [...passed.changes, ...changes, ...raised.changes], past };
}

/** Lets time pass until `now`: the hold time ends, the incident becomes stale, the grace period runs out. */
export function advanceTo(state: DeviceState, now: number, advisory: Advisory): Step {
  if (dueAt(state, advisory) > now) return { state, changes: [], past: [] };
  const changes: Change[] = [];
  let current = state;
  for (
    let due = nextDeadline(current, advisory);
    due !== null && due.at <= now;
    due = nextDeadline(current, advisory)
  ) {
    changes.push(due.change);
    current = evolve(current, due.change, advisory);
  }
  return { state: current, changes, past: [] };
}

/** The next moment at which time alone changes something; null if there is none. */
export function nextDeadline(state: DeviceState, advisory: Advisory): { at: number; change: Change } | null {
  const at = dueAt(state, advisory);
  const { incident } = state;
  if (at === NEVER || incident === null) return null;
  const { phase } = incident;
  if (at < silentAt(incident, advisory)) {
    const change = changeOf(incident, 'SeverityRaised', phase.state, 'grace-nearly-over', at);
    return { at, change: { ...change, severity: 'critical' } };
  }
  return phase.state === 'recovering'
    ? { at, change: changeOf(incident, 'IncidentResolved', 'resolved', 'hold-time-passed', at) }
    : { at, change: changeOf(incident, 'IncidentWentStale', 'stale', 'no-evidence-for-long', at) };
}

const NEVER = Number.POSITIVE_INFINITY;

/** The time of `nextDeadline`, without building its change; called for every signal. */
function dueAt(state: DeviceState, advisory: Advisory): number {
  const { incident } = state;
  if (!isOpen(incident)) return NEVER;
  return Math.min(silentAt(incident, advisory), graveAt(state, incident, advisory));
}

/** The end of the hold time, or the time at which an incident becomes stale; silence means nothing if suppressed. */
function silentAt({ phase, lastEvidenceAt }: Incident, { correlation }: Advisory): number {
  if (phase.state === 'recovering') return phase.since + correlation.holdTimeMs;
  return phase.state === 'stale' || phase.state === 'suppressed' ? NEVER : lastEvidenceAt + correlation.staleAfterMs;
}

/** The time at which the severity becomes critical because the grace period is nearly over. */
function graveAt(state: DeviceState, { phase, severity, openedAt }: Incident, advisory: Advisory): number {
  if (severity === 'critical' || phase.state === 'recovering' || isExempt(state, advisory)) return NEVER;
  const critical = criticalFrom(state, advisory);
  return critical === null ? NEVER : Math.max(critical, openedAt);
}

/** The changes that follow from a signal; `state` contains the signal already. */
function decide(state: DeviceState, signal: SignalEvent, advisory: Advisory): Change[] {
  const { incident } = state;
  if (signal.kind === 'operator') return decideAction(state, signal, advisory);
  const failing = signal.kind === 'failure' && signal.weight > 0;
  if (incident === null || incident.phase.state === 'closed') return decideOpening(state, signal, advisory);
  const level = (from: Level) => shownLevel(state, from, advisory);
  const to = (type: Change['type'], state: Phase['state'], reason: ChangeReason) => [
    changeOf(incident, type, state, reason, signal.at),
  ];
  const recovered =
    signal.kind === 'recovery' &&
    state.lastSuccessAt === signal.at &&
    state.failingPeers.length === 0 &&
    state.firstFailureAt === null;
  const { phase } = incident;
  switch (phase.state) {
    case 'suspected':
    case 'confirmed': {
      if (recovered) return to('IncidentRecovering', 'recovering', successReason(signal));
      const verdict = verdictAt(state, signal.at, advisory);
      return phase.state === 'suspected' && verdict.level === 'confirmed'
        ? to('IncidentConfirmed', 'confirmed', verdict.reason as ChangeReason)
        : [];
    }
    case 'suppressed':
      // No hold time: a suppressed incident fires no alert, so nobody waits for its end.
      return recovered ? to('IncidentResolved', 'resolved', successReason(signal)) : [];
    case 'recovering':
      return failing ? to('IncidentRegressed', level(phase.from), 'failure-while-recovering') : [];
    case 'stale':
      if (recovered) return to('IncidentRecovering', 'recovering', successReason(signal));
      return failing ? to('IncidentReopened', level(phase.from), 'failure-after-silence') : [];
    case 'resolved':
      if (failing && signal.at - phase.at <= advisory.correlation.reopenWithinMs) {
        return to('IncidentReopened', level(phase.from), 'failure-soon-after-resolution');
      }
      return decideOpening(state, signal, advisory);
  }
}

function decideOpening(state: DeviceState, signal: SignalEvent, advisory: Advisory): Change[] {
  if (signal.kind !== 'failure' && signal.kind !== 'clock') return [];
  const { level, reason } = verdictAt(state, signal.at, advisory);
  if (level === null || reason === null) return [];
  const opened = { ordinal: state.ordinal + 1, at: signal.at, from: null };
  if (isExempt(state, advisory)) {
    return [
      { type: 'IncidentSuppressed', ...opened, to: 'suppressed', severity: 'warning', reason: 'offline-licensing' },
    ];
  }
  const type = level === 'confirmed' ? 'IncidentConfirmed' : 'IncidentSuspected';
  return [{ type, ...opened, to: level, severity: severityOf(level), reason }];
}

/** The changes of an operator's action: a finished incident can be reopened, an open one closed. */
function decideAction(state: DeviceState, { at, mnemonic }: SignalEvent, advisory: Advisory): Change[] {
  const { incident } = state;
  if (incident === null) return [];
  const { phase } = incident;
  if (mnemonic === CLOSE && isOpen(incident)) {
    return [changeOf(incident, 'IncidentClosed', 'closed', 'closed-by-operator', at)];
  }
  if (mnemonic === REOPEN && !isOpen(incident)) {
    const to = shownLevel(state, levelOf(phase), advisory);
    return [changeOf(incident as Incident, 'IncidentReopened', to, 'reopened-by-operator', at)];
  }
  return [];
}

/** The state that shows a level: with offline licensing an incident is suppressed. */
function shownLevel(state: DeviceState, level: Level, advisory: Advisory): Level | 'suppressed' {
  return isExempt(state, advisory) ? 'suppressed' : level;
}

/**
 * The incident after the inventory has changed the facts about the device: suppressed or no longer suppressed, or
 * confirmed by an affected release. Returns no changes; the caller compares the states.
 */
export function reassess(state: DeviceState, advisory: Advisory): DeviceState {
  const { incident } = state;
  if (!isOpen(incident)) return state;
  const { phase } = incident;
  if (phase.state === 'recovering' || (phase.state === 'stale' && !isExempt(state, advisory))) return state;
  const at = incident.lastEvidenceAt;
  const proven = levelOf(phase) === 'confirmed' || verdictAt(state, at, advisory).level === 'confirmed';
  const to: Level = proven ? 'confirmed' : 'suspected';
  if (isExempt(state, advisory)) {
    return { ...state, incident: { ...incident, phase: { state: 'suppressed', from: to }, severity: 'warning' } };
  }
  const severity = phase.state === 'suppressed' ? severityOf(to) : worse(severityOf(to), incident.severity);
  const confirmedAt = proven ? (incident.confirmedAt ?? at) : null;
  const reassessed = { ...state, incident: { ...incident, phase: { state: to }, severity, confirmedAt } };
  return escalate(reassessed, at, advisory).state;
}

function successReason(signal: SignalEvent): ChangeReason {
  return signal.peers.length === 0 ? 'success-of-an-unnamed-peer' : 'success-of-the-failing-peer';
}

/** Raises the severity to that of the level; lost licensing rights or a grace period near its end make it critical. */
function escalate(state: DeviceState, at: number, advisory: Advisory): Step {
  const { incident } = state;
  if (!isOpen(incident) || isExempt(state, advisory)) return { state, changes: [], past: [] };
  const critical = criticalFrom(state, advisory);
  const near = critical !== null && critical <= at;
  const required = incident.consequence || near ? 'critical' : severityOf(levelOf(incident.phase));
  const score = scoreAt(state, at, advisory);
  const scored = score <= incident.score ? state : { ...state, incident: { ...incident, score } };
  if (worse(required, incident.severity) === incident.severity) return { state: scored, changes: [], past: [] };
  const reason = near && !incident.consequence ? 'grace-nearly-over' : 'licensing-rights-lost';
  const change: Change = {
    ...changeOf(incident, 'SeverityRaised', incident.phase.state, reason, at),
    severity: required,
  };
  return { state: evolve(scored, change, advisory), changes: [change], past: [] };
}

function criticalFrom(state: DeviceState, advisory: Advisory): number | null {
  const { until, untilAtMost } = graceOf(state, advisory);
  const end = until ?? untilAtMost;
  return end === null ? null : end - advisory.criticalBelowMs;
}

function changeOf(
  incident: Incident,
  type: Change['type'],
  to: Phase['state'],
  reason: ChangeReason,
  at: number,
): Change {
  const severity =
    to === 'suspected' || to === 'confirmed' ? worse(severityOf(to), incident.severity) : incident.severity;
  return { type, ordinal: incident.ordinal, at, from: incident.phase.state, to, severity, reason };
}

function severityOf(level: Level): Incident['severity'] {
  return level === 'confirmed' ? 'major' : 'warning';
}
