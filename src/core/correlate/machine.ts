/**
 * The life of one device's incident: a pure function of its signals in the order of their times.
 * `advanceTo` lets time pass, `applySignal` records a signal, `decide` returns the changes, `evolve` applies a change.
 */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import { isAlone, isOfCustomer, standsAlone, type Weighed, weigh } from '../judge/claims.ts';
import { diagnose, isRuledOut, speakForTrust } from '../judge/ranking.ts';
import { type Verdict, verdictAt, verdictOf } from '../judge/verdict.ts';
import type { Claim, DeviceState, SignalEvent } from '../model/device-state.ts';
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
import { changeOf, criticalFrom, severityOf } from './change.ts';
import { type Deadline, nextDeadline } from './deadlines.ts';
import { evolve, worse } from './evolve.ts';
import { afterMovedSuccess, successAt } from './success.ts';

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
  if (observed === passed.state && signal.kind !== 'operator') return passed;
  if (isRepetition(passed.state, observed, signal, advisory)) return { ...passed, state: observed };
  return overtaken(decided(passed, observed, signal, advisory), signal, advisory);
}

/** The same for any signal, without the quick path for repetitions. */
export function stepWithoutShortcut(state: DeviceState, signal: SignalEvent, advisory: Advisory): Step {
  const passed = advanceTo(state, signal.at, advisory);
  return overtaken(decided(passed, applySignal(passed.state, signal, advisory), signal, advisory), signal, advisory);
}

/**
 * Whether a failure only repeats a claim that holds, so that nothing can change: neither level nor severity nor
 * diagnosis. Most failures are such ones. On an affected release a repetition says how long a failure lasts, so that it
 * may change the level.
 */
function isRepetition(before: DeviceState, after: DeviceState, { kind, at }: SignalEvent, advisory: Advisory): boolean {
  if (kind !== 'failure' || !repeatsClaim(before, after, at, advisory)) return false;
  const { incident } = after;
  const status = exposureOf(after, advisory)?.status ?? 'unknown';
  // A host of the customer that is no evidence any more gives other failures their weight back.
  if (!isOpen(incident))
    return status !== 'affected' && !after.claims.some(({ byHost, server }) => byHost && server === 'own');
  if (status === 'fixed' || incident.diagnosis !== 'trust' || !speakForTrust(after, after.claims, advisory))
    return false;
  const { state } = incident.phase;
  return state === 'confirmed' || (state === 'suspected' && status === 'unknown' && after.heals.length === 0);
}

/** Whether no other claim, and no other fact that a verdict depends on, has changed. */
function repeatsClaim(before: DeviceState, after: DeviceState, at: number, advisory: Advisory): boolean {
  const { claims } = after;
  if (before.claims.length !== claims.length || before.clock !== after.clock) return false;
  if (before.firstFailureAt !== after.firstFailureAt || before.failsSince !== after.failsSince) return false;
  for (let index = 0; index < claims.length; index++) {
    const [claim, known] = [claims[index] as Claim, before.claims[index] as Claim];
    if (claim === known) continue;
    const isEqual = claim.lastAt === at && claim.firstAt === known.firstAt && claim.weight === known.weight;
    // It may have had no weight any more, and has it again.
    return isEqual && (claim.aloneAt === null || (known.aloneAt !== null && isAlone(known.aloneAt, at, advisory)));
  }
  return false;
}

function decided(passed: Step, observed: DeviceState, signal: SignalEvent, advisory: Advisory): Step {
  // What holds does not depend on the incident, so it is weighed once.
  const weighed = weigh(observed, signal.at, advisory);
  const applied = apply(observed, decide(observed, signal, weighed, advisory), advisory);
  const diagnosed = rediagnose(applied.state, signal, weighed, advisory);
  const raised = escalate(diagnosed.state, signal.at, weighed, advisory);
  const reopens = passed.state.incident !== null && raised.state.ordinal > passed.state.ordinal;
  return {
    state: raised.state,
    changes: [...passed.changes, ...applied.changes, ...diagnosed.changes, ...raised.changes],
    past: reopens ? [...passed.past, passed.state] : passed.past,
  };
}

/** A fact about the device, as its release, may mean that a deadline was over before: it happens now. */
function overtaken(next: Step, { at, facts }: SignalEvent, advisory: Advisory): Step {
  if (facts === null) return next;
  const passed = advanceTo(next.state, at, advisory);
  if (passed.state === next.state) return next;
  return {
    state: passed.state,
    changes: [...next.changes, ...passed.changes],
    past: [...next.past, ...passed.past],
  };
}

function apply(state: DeviceState, changes: readonly Change[], advisory: Advisory): Omit<Step, 'past'> {
  return { state: changes.reduce((before, change) => evolve(before, change, advisory), state), changes };
}

/** Lets time pass until `now`: deadlines happen, in the order of their times. */
export function advanceTo(state: DeviceState, now: number, advisory: Advisory): Step {
  let due = nextDeadline(state, advisory);
  if (due === null || due.at > now) return { state, changes: [], past: [] };
  const changes: Change[] = [];
  const past: DeviceState[] = [];
  let current = state;
  for (; due !== null && due.at <= now; due = nextDeadline(current, advisory)) {
    const before = current;
    const passed = pass(current, due, advisory);
    current = passed.state;
    changes.push(...passed.changes);
    if (before.incident !== null && current.ordinal > before.ordinal) past.push(before);
  }
  return { state: current, changes, past };
}

/** What one deadline changes. */
function pass(state: DeviceState, { what, at }: Deadline, advisory: Advisory): Omit<Step, 'past'> {
  const { incident } = state;
  switch (what) {
    case 'server-moved':
      return passMoved(state, advisory);
    case 'state-held':
      return applyAndRaise(state, decideOnState(state, at, advisory), at, advisory);
    case 'grace': {
      const open = incident as Incident;
      const change = changeOf(open, 'SeverityRaised', open.phase.state, 'grace-nearly-over', at);
      return apply(state, [{ ...change, severity: 'critical' }], advisory);
    }
    case 'hold':
      return apply(
        state,
        [changeOf(incident as Incident, 'IncidentResolved', 'resolved', 'hold-time-passed', at)],
        advisory,
      );
    case 'silence':
      return apply(
        state,
        [changeOf(incident as Incident, 'IncidentWentStale', 'stale', 'no-evidence-for-long', at)],
        advisory,
      );
  }
}

/** A success of another server counts from its own time on, so that the hold time has passed with the deadline. */
function passMoved(state: DeviceState, advisory: Advisory): Omit<Step, 'past'> {
  const since = state.movedAt as number;
  const moved = afterMovedSuccess(state, advisory);
  const { incident } = state;
  if (!isOpen(incident) || incident.phase.state === 'recovering') return { state: moved, changes: [] };
  const [type, to] =
    incident.phase.state === 'suppressed'
      ? (['IncidentResolved', 'resolved'] as const)
      : (['IncidentRecovering', 'recovering'] as const);
  return apply(moved, [changeOf(incident, type, to, 'success-of-another-server', since)], advisory);
}

function applyAndRaise(
  state: DeviceState,
  changes: readonly Change[],
  at: number,
  advisory: Advisory,
): Omit<Step, 'past'> {
  const applied = apply(state, changes, advisory);
  const raised = escalate(applied.state, at, weigh(applied.state, at, advisory), advisory);
  return { state: raised.state, changes: [...applied.changes, ...raised.changes] };
}

/** A state has held long enough to be suspected. */
function decideOnState(state: DeviceState, at: number, advisory: Advisory): Change[] {
  const { incident } = state;
  const verdict = verdictAt(state, at, advisory);
  if (isOpen(incident) && incident.phase.state === 'recovering') return regress(state, incident, verdict, at, advisory);
  return decideEnded(state, verdict, at, advisory);
}

/** Signals that are no reason to judge a device that has no open incident. */
const undeciding: ReadonlySet<SignalEvent['kind']> = new Set(['recovery', 'neutral', 'remediation', 'unproven']);

/** The changes that follow from a signal; `state` contains the signal already. */
function decide(state: DeviceState, signal: SignalEvent, weighed: Weighed, advisory: Advisory): Change[] {
  const { incident } = state;
  const { at, kind } = signal;
  if (kind === 'operator') return decideAction(state, signal, advisory);
  // A repair or a success decides nothing about a device without an open incident.
  const judges = !undeciding.has(kind);
  const verdict = () => verdictOf(weighed, state, at, advisory);
  if (!isOpen(incident)) return judges ? decideEnded(state, verdict(), at, advisory) : [];
  const to = (type: Change['type'], state: Phase['state'], reason: ChangeReason) => [
    changeOf(incident, type, state, reason, at),
  ];
  const { phase } = incident;
  const shownChange = decideShown(state, incident, signal, verdict, advisory);
  if (shownChange !== null) return [shownChange];
  const recovered = kind === 'recovery' && state.lastSuccessAt === successAt(signal) && state.firstFailureAt === null;
  switch (phase.state) {
    case 'suspected':
    case 'confirmed': {
      if (recovered) return to('IncidentRecovering', 'recovering', successReason(signal));
      if (phase.state === 'confirmed' || !judges) return [];
      const { level, reason } = verdict();
      return level === 'confirmed' ? to('IncidentConfirmed', 'confirmed', reason as ChangeReason) : [];
    }
    case 'suppressed':
      // No hold time: a suppressed incident fires no alert, so nobody waits for its end.
      return recovered ? to('IncidentResolved', 'resolved', successReason(signal)) : [];
    case 'recovering':
      return kind === 'failure' || kind === 'consequence' ? regress(state, incident, verdict(), at, advisory) : [];
    case 'stale': {
      if (recovered) return to('IncidentRecovering', 'recovering', successReason(signal));
      const fails = kind === 'failure' && state.lastFailureAt === at && standsAlone(signal.family ?? '', advisory);
      return fails ? to('IncidentReopened', shown(state, phase.from, advisory), 'failure-after-silence') : [];
    }
    case 'resolved':
    case 'closed':
      return [];
  }
}

/**
 * A capture shows that licences are reserved, or are not; or that the server is the customer's, so that nothing that counts
 * has failed. Null if that changes nothing.
 */
function decideShown(
  state: DeviceState,
  incident: Incident,
  { at, facts }: SignalEvent,
  verdict: () => Verdict,
  advisory: Advisory,
): Change | null {
  const { phase } = incident;
  if (phase.state === 'recovering') return null;
  if (facts?.licensing !== undefined) {
    const exempt = isExempt(state, advisory);
    const suppressed = changeOf(incident, 'IncidentSuppressed', 'suppressed', 'offline-licensing', at);
    if (exempt && phase.state !== 'suppressed') return { ...suppressed, severity: 'warning' };
    if (!exempt && phase.state === 'suppressed')
      return changeOf(incident, 'IncidentAmended', levelOf(phase), 'shown-by-capture', at);
  }
  const isCustomers = facts?.uses !== undefined && isOfCustomer({ server: facts.uses });
  if (!isCustomers || state.firstFailureAt !== null || verdict().level !== null) return null;
  return changeOf(incident, 'IncidentClosed', 'closed', 'shown-by-capture', at);
}

/** Back from recovering, if what failed since the success would open an incident. */
function regress(state: DeviceState, incident: Incident, verdict: Verdict, at: number, advisory: Advisory): Change[] {
  if (verdict.level === null) return [];
  const level = levelOf(incident.phase) === 'confirmed' ? 'confirmed' : verdict.level;
  return [changeOf(incident, 'IncidentRegressed', shown(state, level, advisory), 'failure-while-recovering', at)];
}

/** Opens an incident, or opens the last one again where it ended not long ago. */
function decideEnded(state: DeviceState, { level, reason }: Verdict, at: number, advisory: Advisory): Change[] {
  if (level === null || reason === null) return [];
  const { incident } = state;
  const exempt = isExempt(state, advisory);
  if (incident?.phase.state === 'resolved' && at - incident.phase.at <= reopenWithin(incident, advisory)) {
    const change = changeOf(
      incident,
      'IncidentReopened',
      exempt ? 'suppressed' : level,
      'failure-soon-after-resolution',
      at,
    );
    return [{ ...change, severity: exempt ? 'warning' : severityOf(level) }];
  }
  const opened = { ordinal: state.ordinal + 1, at, from: null };
  if (exempt) {
    return [
      { type: 'IncidentSuppressed', ...opened, to: 'suppressed', severity: 'warning', reason: 'offline-licensing' },
    ];
  }
  const type = level === 'confirmed' ? 'IncidentConfirmed' : 'IncidentSuspected';
  return [{ type, ...opened, to: level, severity: severityOf(level), reason }];
}

/** After a repair a failure is another one sooner than where the device healed by itself. */
function reopenWithin({ endedBy }: Incident, { correlation }: Advisory): number {
  return endedBy === 'repair' ? correlation.reopenWithinMs : correlation.reopenUnrepairedWithinMs;
}

/** The changes of an operator's action: a finished incident can be reopened, an open one closed. */
function decideAction(state: DeviceState, { at, mnemonic }: SignalEvent, advisory: Advisory): Change[] {
  const { incident } = state;
  if (incident === null) return [];
  if (mnemonic === CLOSE && isOpen(incident)) {
    return [changeOf(incident, 'IncidentClosed', 'closed', 'closed-by-operator', at)];
  }
  if (mnemonic === REOPEN && !isOpen(incident)) {
    const to = shown(state, levelOf((incident as Incident).phase), advisory);
    return [changeOf(incident, 'IncidentReopened', to, 'reopened-by-operator', at)];
  }
  return [];
}

/** The state that shows a level: with offline licensing an incident is suppressed. */
function shown(state: DeviceState, level: Level, advisory: Advisory): Level | 'suppressed' {
  return isExempt(state, advisory) ? 'suppressed' : level;
}

/**
 * The diagnosis of an open incident follows the failures. What only leaves the evidence, or comes after the success,
 * does not change it. Where no hypothesis leads, the last one that did stays, until a failure shows that it is ruled out.
 */
function rediagnose(
  state: DeviceState,
  { kind, at }: SignalEvent,
  weighed: Weighed,
  advisory: Advisory,
): Omit<Step, 'past'> {
  const { incident } = state;
  const isUnchanged = { state, changes: [] };
  if (kind !== 'failure' && kind !== 'clock' && kind !== 'consequence') return isUnchanged;
  if (!isOpen(incident) || incident.phase.state === 'recovering') return isUnchanged;
  const isOut = kind === 'failure' && isRuledOut(incident.diagnosis, state, advisory);
  const diagnosis = diagnose(state, at, advisory, weighed) ?? (isOut ? null : incident.diagnosis);
  if (diagnosis === incident.diagnosis) return isUnchanged;
  const changed = { ...state, incident: { ...incident, diagnosis } };
  // Only a release with the fix makes interception of what was lost trust, or rules out lost trust.
  const isByRelease = incident.diagnosis === 'trust' && (diagnosis === 'interception' || diagnosis === null);
  const change = changeOf(incident, 'IncidentAmended', incident.phase.state, 'release-changed', at);
  return { state: changed, changes: isByRelease ? [change] : [] };
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
  const weighed = weigh(state, at, advisory);
  const proven = levelOf(phase) === 'confirmed' || verdictOf(weighed, state, at, advisory).level === 'confirmed';
  const to: Level = proven ? 'confirmed' : 'suspected';
  if (isExempt(state, advisory)) {
    return { ...state, incident: { ...incident, phase: { state: 'suppressed', from: to }, severity: 'warning' } };
  }
  const severity = phase.state === 'suppressed' ? severityOf(to) : worse(severityOf(to), incident.severity);
  const confirmedAt = proven ? (incident.confirmedAt ?? at) : incident.confirmedAt;
  const reassessed = { ...state, incident: { ...incident, phase: { state: to }, severity, confirmedAt } };
  return escalate(reassessed, at, weighed, advisory).state;
}

function successReason(signal: SignalEvent): ChangeReason {
  return signal.peers.length === 0 ? 'success-of-an-unnamed-peer' : 'success-of-the-failing-peer';
}

/** Raises the severity to that of the level; lost licensing rights or a grace period near its end make it critical. */
function escalate(state: DeviceState, at: number, { score }: Weighed, advisory: Advisory): Step {
  const { incident } = state;
  if (!isOpen(incident) || isExempt(state, advisory)) return { state, changes: [], past: [] };
  const critical = criticalFrom(state, advisory);
  const near = critical !== null && critical <= at;
  const required = incident.consequence || near ? 'critical' : severityOf(levelOf(incident.phase));
  const scored = score <= incident.score ? state : { ...state, incident: { ...incident, score } };
  if (worse(required, incident.severity) === incident.severity) return { state: scored, changes: [], past: [] };
  const reason = near && !incident.consequence ? 'grace-nearly-over' : 'licensing-rights-lost';
  const change: Change = {
    ...changeOf(incident, 'SeverityRaised', incident.phase.state, reason, at),
    severity: required,
  };
  return { state: evolve(scored, change, advisory), changes: [change], past: [] };
}
