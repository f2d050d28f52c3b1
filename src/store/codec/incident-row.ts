/** What a row of an incident has beside its record: the columns by which it is found and ordered. */
import type { IncidentPlace } from '../../core/diagnose/incident-facts.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import { isOverState } from '../days.ts';
import type { IncidentKey, ListedIncident } from '../ports/incidents.ts';
import { unpackListed } from './incident-record.ts';

/** The columns that incidents are found by. Times: milliseconds. */
export type FoundColumns = IncidentPlace & {
  readonly diagnosis: string | null;
  /** The end of the grace period or its upper bound; null of an incident that is over. */
  readonly graceUntil: number | null;
  readonly graceBounded: number | null;
  readonly placeAssumed: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
};

/** A row as it is stored. `changedAt`: null in a row of an older version, which has null in all columns of `FoundColumns`. */
export type IncidentRow = FoundColumns &
  IncidentKey & {
    readonly id: string;
    readonly state: string;
    readonly severity: string;
    readonly openedAt: string;
    readonly changedAt: number | null;
    readonly record: string;
  };

/** A row to be written. */
export type WrittenIncident = Omit<IncidentRow, 'changedAt'> & { readonly changedAt: number };

/** The columns that the incident alone decides. */
export function ownColumns(incident: IncidentRecord) {
  const { id, state, severity, openedAt, diagnosis, graceUntil, graceUntilAtMost } = incident;
  const until = isOverState(state) ? null : (graceUntil ?? graceUntilAtMost);
  return {
    ...{ id, state, severity, openedAt, diagnosis },
    graceUntil: until === null ? null : Date.parse(until),
    graceBounded: until === null ? null : Number(graceUntil === null),
  };
}

/** Whether an incident is found and ordered as before. */
export function isAlike(before: IncidentRow, row: Omit<WrittenIncident, 'changedAt' | 'record'>): boolean {
  return (Object.keys(row) as (keyof typeof row)[]).every(
    (name) => (name as string) === 'record' || before[name] === row[name],
  );
}

/** Null for a record that cannot be read. */
export function listedRow(row: IncidentRow): ListedIncident | null {
  try {
    const { plant, product, release, changedAt, acknowledgedAt, acknowledgedBy, placeAssumed } = row;
    const acknowledged = acknowledgedAt === null ? null : { at: acknowledgedAt, by: acknowledgedBy ?? '' };
    return {
      ...unpackListed(row.record),
      ...{ plant, product, release, placeAssumed: placeAssumed === 1, changedAt, acknowledged },
    };
  } catch {
    return null;
  }
}
