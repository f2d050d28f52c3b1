/** Applies a change to a state. A change is applied by setting the phase; nothing else may depend on its type. */
import type { Advisory } from '../advisory/advisory.ts';
import { type Weighed, weigh } from '../judge/claims.ts';
import { diagnose } from '../judge/ranking.ts';
import { verdictOf } from '../judge/verdict.ts';
import type { DeviceState } from '../model/device-state.ts';
import {
  type Change,
  type ChangeReason,
  type EndedBy,
  type Incident,
  isOpen,
  type Level,
  levelOf,
  type Phase,
} from '../model/incident.ts';
import { later } from '../model/instant.ts';
import { merge } from './apply-signal.ts';

export function evolve(state: DeviceState, change: Change, advisory: Advisory): DeviceState {
  const weighed = weigh(state, change.at, advisory);
  const known = change.ordinal === state.incident?.ordinal ? state.incident : null;
  const incident = known ?? openedBy(state, change, weighed, advisory);
  const phase = phaseAfter(incident.phase, change);
  const returned = change.type === 'IncidentReopened' || change.type === 'IncidentRegressed';
  const reopened = returned && !isOpen(incident) && change.reason !== 'reopened-by-operator';
  const next: Incident = {
    ...incident,
    phase,
    // A reopened incident is judged anew; an open one only becomes graver.
    severity: reopened || change.to === 'suppressed' ? change.severity : worse(change.severity, incident.severity),
    score: Math.max(incident.score, weighed.score),
    confirmedAt: phase.state === 'confirmed' ? (incident.confirmedAt ?? change.at) : incident.confirmedAt,
    regressions: incident.regressions + (returned && !UNCOUNTED.has(change.reason) ? 1 : 0),
    ...(reopened ? reopenedBy(state, incident, weighed, change.at, advisory) : {}),
  };
  const ending = endedBy(next, change, state);
  // A clock that was set, or a change of the PKI configuration, is a reason of its own.
  const byItself = state.healed === null || (!state.healed.repaired && !state.healed.clockSet);
  const healed = ending === 'healed' && isOpen(incident) && byItself ? 1 : 0;
  const ended = { ...next, endedBy: ending, healedByItself: next.healedByItself + healed };
  return { ...state, ordinal: next.ordinal, incident: ended };
}

/** Reasons that reopen an incident without a failed recovery: they are no regression. */
const UNCOUNTED: ReadonlySet<ChangeReason> = new Set(['failure-after-silence', 'reopened-by-operator']);

/** The reopening signals arrived while the incident was finished, so `applySignal` did not count them as evidence. */
function reopenedBy(
  state: DeviceState,
  incident: Incident,
  weighed: Weighed,
  at: number,
  advisory: Advisory,
): Partial<Incident> {
  return {
    families: merge(incident.families, familiesIn(weighed)),
    lastEvidenceAt: lastAtOf(weighed, at),
    lastFailureAt: later(lastFailureIn(weighed), incident.lastFailureAt),
    evidence: incident.evidence + countOf(weighed),
    consequence: state.criticalAt !== null,
    diagnosis: diagnose(state, at, advisory, weighed),
  };
}

function openedBy(state: DeviceState, change: Change, weighed: Weighed, advisory: Advisory): Incident {
  const { score, level } = verdictOf(weighed, state, change.at, advisory);
  return {
    ordinal: change.ordinal,
    phase:
      change.to === 'suppressed' ? { state: 'suppressed', from: level ?? 'suspected' } : { state: change.to as Level },
    severity: change.severity,
    score,
    families: familiesIn(weighed),
    openedAt: change.at,
    confirmedAt: null,
    firstEvidenceAt: Math.min(change.at, ...weighed.claims.map(({ firstAt }) => firstAt)),
    lastEvidenceAt: lastAtOf(weighed, change.at),
    lastFailureAt: lastFailureIn(weighed),
    evidence: countOf(weighed),
    regressions: 0,
    diagnosis: diagnose(state, change.at, advisory, weighed),
    healedByItself: 0,
    endedBy: null,
    consequence: state.criticalAt !== null,
  };
}

/** The families with weight, and those of consequences. */
function familiesIn({ claims, families }: Weighed): string[] {
  const consequences = claims.filter(({ isFailure }) => !isFailure).map(({ family }) => family);
  return [...new Set([...families, ...consequences])].sort();
}

function countOf({ claims }: Weighed): number {
  return claims.reduce((sum, { count }) => sum + count, 0);
}

/** An incident that time alone opens has its last evidence before. */
function lastAtOf({ claims }: Weighed, at: number): number {
  return claims.length === 0 ? at : Math.max(...claims.map(({ lastAt }) => lastAt));
}

function lastFailureIn({ claims }: Weighed): number | null {
  return claims.reduce<number | null>((last, { isFailure, lastAt }) => (isFailure ? later(last, lastAt) : last), null);
}

/** A repair ends the period of failures in which it was seen, and no later one. */
function endedBy(
  { phase, firstEvidenceAt }: Incident,
  { reason }: Change,
  { repair, healed }: DeviceState,
): EndedBy | null {
  if (phase.state === 'closed') return reason === 'closed-by-operator' ? 'operator' : 'withdrawn';
  if (phase.state !== 'resolved') return null;
  const since = healed !== null && healed.to === phase.since ? healed.from : firstEvidenceAt;
  if (repair !== null && repair.at >= since) return 'repair';
  return reason === 'success-of-another-server' || phase.moved ? 'moved' : 'healed';
}

function phaseAfter(phase: Phase, change: Change): Phase {
  const from = levelOf(phase);
  const moved = change.reason === 'success-of-another-server';
  switch (change.to) {
    case 'suspected':
    case 'confirmed':
      return { state: change.to };
    case 'suppressed':
      return { state: 'suppressed', from };
    case 'recovering':
      return phase.state === 'recovering' ? phase : { state: 'recovering', from, since: change.at, moved };
    case 'resolved': {
      const since = phase.state === 'recovering' ? phase.since : change.at;
      return {
        state: 'resolved',
        from,
        since,
        at: change.at,
        moved: moved || (phase.state === 'recovering' && phase.moved),
      };
    }
    case 'stale':
    case 'closed':
      return { state: change.to, from, at: change.at };
  }
}

const RANK = { warning: 0, major: 1, critical: 2 } as const;

/** The higher of two severities. */
export function worse(a: Incident['severity'], b: Incident['severity']): Incident['severity'] {
  return RANK[a] > RANK[b] ? a : b;
}
