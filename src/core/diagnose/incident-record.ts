import type { Advisory } from '../advisory/advisory.ts';
import { graceOf } from '../judge/verdict.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState } from '../model/device-state.ts';
import { recoveryVisible } from '../model/heard.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { type EndedBy, type Incident, incidentId, type Phase } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';

/** An incident with the keys of product.md §7, for `replay --json`, the API and the store. Times: ISO 8601 in UTC. */
export type IncidentRecord = {
  readonly id: string;
  readonly device: string;
  readonly state: Phase['state'];
  readonly severity: Incident['severity'];
  readonly score: number;
  readonly families: readonly string[];
  /**
   * The hypothesis that leads by the device's own facts; the last one where its facts are too old, or it has ended. Null:
   * none has led, or what led is ruled out.
   */
  readonly diagnosis: HypothesisName | null;
  readonly openedAt: string;
  readonly confirmedAt: string | null;
  readonly recoveringAt: string | null;
  readonly resolvedAt: string | null;
  readonly graceUntil: string | null;
  readonly graceUntilAtMost: string | null;
  readonly evidence: number;
  readonly regressions: number;
  readonly healedByItself: number;
  readonly endedBy: EndedBy | null;
  /** False: the device sends no line of a level that a recovery has. Null: not known. */
  readonly recoveryVisible: boolean | null;
};

/** The open or last incident of a device; null if it never had one. */
export function incidentRecord(
  device: Pick<Device, 'key' | 'state' | 'heard'>,
  advisory: Advisory,
): IncidentRecord | null {
  const { state, key, heard } = device;
  if (state.incident === null) return null;
  return {
    ...toRecord(key, state.incident, state, advisory),
    recoveryVisible: recoveryVisible(heard, advisory.visibility),
  };
}

function toRecord(
  key: string,
  incident: Incident,
  state: DeviceState,
  advisory: Advisory,
): Omit<IncidentRecord, 'recoveryVisible'> {
  const { phase } = incident;
  const grace = graceOf(state, advisory);
  return {
    id: incidentId(advisory.prefix, key, incident.ordinal),
    device: key,
    state: phase.state,
    severity: incident.severity,
    score: incident.score,
    families: incident.families,
    diagnosis: incident.diagnosis,
    openedAt: new Date(incident.openedAt).toISOString(),
    confirmedAt: toIso(incident.confirmedAt),
    recoveringAt: toIso('since' in phase ? phase.since : null),
    resolvedAt: toIso(phase.state === 'resolved' ? phase.at : null),
    graceUntil: toIso(grace.until),
    graceUntilAtMost: toIso(grace.untilAtMost),
    evidence: incident.evidence,
    regressions: incident.regressions,
    healedByItself: incident.healedByItself,
    endedBy: incident.endedBy,
  };
}
