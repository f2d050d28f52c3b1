/** An incident as JSON. Records of past incidents are never written again: what an older version left out is added. */
import type { IncidentRecord } from '../../../core/diagnose/incident-record.ts';
import { hypotheses } from '../../../core/model/hypothesis.ts';

type Later = 'healedByItself' | 'endedBy' | 'recoveryVisible';
type Packed = Omit<IncidentRecord, Later> & Partial<Pick<IncidentRecord, Later>>;

export function packIncident(incident: IncidentRecord): string {
  return JSON.stringify(incident);
}

/** A diagnosis that is no hypothesis any more, or that is not in the record, is `trust`. Null: none has led. */
export function unpackIncident(packed: string): IncidentRecord {
  const record: Packed = JSON.parse(packed);
  return {
    ...record,
    diagnosis: record.diagnosis === null || hypotheses.includes(record.diagnosis) ? record.diagnosis : 'trust',
    healedByItself: record.healedByItself ?? 0,
    endedBy: record.endedBy ?? null,
    recoveryVisible: record.recoveryVisible ?? null,
  };
}
