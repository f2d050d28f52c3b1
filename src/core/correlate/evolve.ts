/** Applies a change to a state. A change is applied by setting the phase; nothing else may depend on its type. */
import type { Advisory } from '../advisory/advisory.ts';
import { scoreAt, verdictAt } from '../judge/verdict.ts';
import type { DeviceState } from '../model/device-state.ts';
import { type Change, type ChangeReason, type Incident, type Level, levelOf, type Phase } from '../model/incident.ts';
import { merge } from './apply-signal.ts';

export function evolve(state: DeviceState, change: Change, advisory: Advisory): DeviceState {
  const incident = change.ordinal === state.incident?.ordinal ? state.incident : openedBy(state, change, advisory);
  const phase = phaseAfter(incident.phase, change);
  const reopened =
    (change.type === 'IncidentReopened' || change.type === 'IncidentRegressed') && !UNCOUNTED.has(change.reason);
  const next: Incident = {
    ...incident,
    phase,
    severity: worse(change.severity, incident.severity),
    score: Math.max(incident.score, scoreAt(state, change.at, advisory)),
    confirmedAt: phase.state === 'confirmed' ? (incident.confirmedAt ?? change.at) : incident.confirmedAt,
    regressions: incident.regressions + (reopened ? 1 : 0),
    ...(reopened && incident.phase.state === 'resolved' ? reopenedBy(state, incident, change.at) : {}),
  };
  return { ...state, ordinal: next.ordinal, incident: next };
}

/** Reasons that reopen an incident without a failed recovery: they are no regression. */
const UNCOUNTED: ReadonlySet<ChangeReason> = new Set(['failure-after-silence', 'reopened-by-operator']);

/** The reopening signal arrived while the incident was finished, so `applySignal` did not count it as evidence. */
function reopenedBy(state: DeviceState, incident: Incident, at: number): Partial<Incident> {
  return {
    families: merge(incident.families, Object.keys(state.families)),
    lastEvidenceAt: at,
    evidence: incident.evidence + 1,
  };
}

function openedBy(state: DeviceState, change: Change, advisory: Advisory): Incident {
  const { score, level } = verdictAt(state, change.at, advisory);
  const since = change.at - advisory.correlation.windowMs;
  const inWindow = Object.entries(state.families).filter(([, family]) => family.lastAt > since);
  const counter = Object.values(state.counter).filter((cause) => cause.lastAt > since);
  return {
    ordinal: change.ordinal,
    phase:
      change.to === 'suppressed' ? { state: 'suppressed', from: level ?? 'suspected' } : { state: change.to as Level },
    severity: change.severity,
    score,
    families: inWindow.map(([name]) => name).sort(),
    openedAt: change.at,
    confirmedAt: null,
    firstEvidenceAt: Math.min(
      change.at,
      ...inWindow.map(([, family]) => family.firstAt),
      ...counter.map((cause) => cause.firstAt),
    ),
    lastEvidenceAt: change.at,
    evidence: [...inWindow.map(([, family]) => family), ...counter].reduce((sum, { count }) => sum + count, 0),
    regressions: 0,
    consequence: state.criticalAt !== null && state.criticalAt > since,
  };
}

function phaseAfter(phase: Phase, change: Change): Phase {
  const from = levelOf(phase);
  switch (change.to) {
    case 'suspected':
    case 'confirmed':
      return { state: change.to };
    case 'suppressed':
      return { state: 'suppressed', from };
    case 'recovering':
      return phase.state === 'recovering' ? phase : { state: 'recovering', from, since: change.at };
    case 'resolved':
      return { state: 'resolved', from, since: phase.state === 'recovering' ? phase.since : change.at, at: change.at };
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
