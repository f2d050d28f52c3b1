/** The parts of a change that follow from the incident before it. */
import type { Advisory } from '../advisory/advisory.ts';
import { graceOf } from '../judge/verdict.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { Change, ChangeReason, Incident, Phase } from '../model/incident.ts';
import { worse } from './evolve.ts';

export function changeOf(
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

export function severityOf(level: 'suspected' | 'confirmed'): Incident['severity'] {
  return level === 'confirmed' ? 'major' : 'warning';
}

/** When the end of the grace period makes an incident critical; null if no end is known. */
export function criticalFrom(state: DeviceState, advisory: Advisory): number | null {
  const { until, untilAtMost } = graceOf(state, advisory);
  const end = until ?? untilAtMost;
  return end === null ? null : end - advisory.criticalBelowMs;
}
