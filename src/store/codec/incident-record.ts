/** An incident as JSON. Records of past incidents are seldom written again: what an older version left out is added. */
import type { IncidentFacts } from '../../core/diagnose/incident-facts.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { parseStored } from './stored-json.ts';

type Later = 'healedByItself' | 'endedBy' | 'recoveryVisible';
type Beside = Pick<IncidentFacts, 'address' | 'repair'>;
type Packed = Omit<IncidentRecord, Later> & Partial<Pick<IncidentRecord, Later> & Beside>;

export function packIncident(incident: IncidentRecord, { address, repair }: Beside): string {
  return JSON.stringify({ ...incident, address, repair });
}

/** A diagnosis that is no hypothesis any more, or that is not in the record, is `trust`. Null: none has led. */
export function unpackIncident(packed: string): IncidentRecord {
  const { address: _, repair: __, ...record }: Packed = parseStored(packed);
  return {
    ...record,
    diagnosis: record.diagnosis === null || hypotheses.includes(record.diagnosis) ? record.diagnosis : 'trust',
    healedByItself: record.healedByItself ?? 0,
    endedBy: record.endedBy ?? null,
    recoveryVisible: record.recoveryVisible ?? null,
  };
}

/** The incident with what was stored beside it. */
export function unpackListed(packed: string): IncidentRecord & Beside {
  const { address = null, repair = null }: Packed = parseStored(packed);
  return { ...unpackIncident(packed), address, repair };
}
