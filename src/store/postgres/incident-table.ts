/** The table of incidents: its statements, and how an incident is a row. */
import type { IncidentRow, WrittenIncident } from '../codec/incident-row.ts';
import type { IncidentKey } from '../ports/incidents.ts';
import { arraysOf, listed, newRows } from './arrays.ts';
import { Conflict, type Session } from './session.ts';

/** A row as PostgreSQL has it. */
export type Row = Omit<IncidentRow, 'openedAt'> & { readonly openedMs: number };

const COLUMNS = `incident.id, incident.device, incident.ordinal, incident.state, incident.severity,
  incident.opened_at AS "openedMs", incident.plant, incident.product, incident.release, incident.diagnosis,
  incident.grace_until AS "graceUntil", incident.grace_bounded AS "graceBounded",
  incident.place_assumed AS "placeAssumed", incident.acknowledged_at AS "acknowledgedAt",
  incident.acknowledged_by AS "acknowledgedBy", incident.changed_at AS "changedAt", incident.record`;
export const READ = `SELECT ${COLUMNS} FROM incident`;

const WRITTEN = {
  device: 'text',
  ordinal: 'int4',
  id: 'text',
  state: 'text',
  severity: 'text',
  opened_at: 'float8',
  changed_at: 'float8',
  plant: 'text',
  product: 'text',
  release: 'text',
  diagnosis: 'text',
  grace_until: 'float8',
  grace_bounded: 'int2',
  place_assumed: 'int2',
  acknowledged_at: 'float8',
  acknowledged_by: 'text',
  record: 'text',
} as const;
const PUT = `INSERT INTO incident (${listed(WRITTEN)}) SELECT * FROM ${newRows(WRITTEN)}
  ON CONFLICT (device, ordinal) DO UPDATE SET
    ${Object.keys(WRITTEN)
      .slice(2)
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}`;
const RECORD = { device: 'text', ordinal: 'int4', record: 'text' } as const;
/** Of incidents that are found and ordered as before. */
const PUT_RECORDS = `UPDATE incident SET record = new.record FROM ${newRows(RECORD)}
  WHERE incident.device = new.device AND incident.ordinal = new.ordinal`;
const KEYS = { device: 'text', ordinal: 'int4' } as const;

/** The incidents with these keys. */
export async function rowsAt(session: Session, keys: readonly IncidentKey[]): Promise<IncidentRow[]> {
  const rows = await session.rows<Row>(
    `${READ} JOIN ${newRows(KEYS)} ON incident.device = new.device AND incident.ordinal = new.ordinal`,
    ...arraysOf(KEYS, keys),
  );
  return rows.map(withTime);
}

/** Stores incidents, each once. */
export async function putIncidents(session: Session, rows: readonly WrittenIncident[]): Promise<void> {
  if (rows.length > 0) await session.run(PUT, ...arraysOf(WRITTEN, rows.map(columnsOf)));
}

/** Stores the records of incidents that are found and ordered as before. */
export async function putRecords(session: Session, rows: readonly WrittenIncident[]): Promise<void> {
  if (rows.length === 0) return;
  const stored = await session.run(PUT_RECORDS, ...arraysOf(RECORD, rows));
  if (stored < rows.length) throw new Conflict('an incident was deleted meanwhile');
}

function columnsOf(row: WrittenIncident): Record<keyof typeof WRITTEN, string | number | null> {
  const { device, ordinal, id, state, severity, plant, product, release, diagnosis, record } = row;
  return {
    ...{ device, ordinal, id, state, severity, plant, product, release, diagnosis, record },
    ...{ opened_at: Date.parse(row.openedAt), changed_at: row.changedAt },
    ...{ grace_until: row.graceUntil, grace_bounded: row.graceBounded, place_assumed: row.placeAssumed },
    ...{ acknowledged_at: row.acknowledgedAt, acknowledged_by: row.acknowledgedBy },
  };
}

/** The row as the codec has it. */
export function withTime({ openedMs, ...row }: Row): IncidentRow {
  return { ...row, openedAt: new Date(openedMs).toISOString() };
}
