/** An incident as JSON. Records of past incidents are never written again: what an older version left out is added. */
import type { IncidentRecord } from '../../../core/diagnose/incident-record.ts';
import { hypotheses } from '../../../core/model/hypothesis.ts';

/** Keys that came with later versions. */
const later = { healedByItself: 0, endedBy: null, recoveryVisible: null } as const;

export function packIncident(incident: IncidentRecord): string {
  return JSON.stringify(incident);
}

/** A diagnosis that is no hypothesis any more, or that is not in the record, is `trust`. */
export function unpackIncident(packed: string): IncidentRecord {
  const record: Omit<IncidentRecord, keyof typeof later> & Partial<IncidentRecord> = JSON.parse(packed);
  const diagnosis = hypotheses.includes(record.diagnosis) ? record.diagnosis : 'trust';
  return { ...later, ...record, diagnosis };
}
