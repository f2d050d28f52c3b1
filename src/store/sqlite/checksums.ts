/**
 * Checksums of rows. SQLite has none: a flipped bit in a row that it can still read is an answer like any other.
 */
import { crc32 } from 'node:zlib';
import type Database from 'better-sqlite3';
import { OperatingError } from '../../errors.ts';
import type { Column, MemberRow } from '../codec/member-row.ts';

export type { Column };

/**
 * The checksum of a row: CRC-32 over its columns, and over its record in UTF-8. This is a part of the file's format: the
 * migration that added checksums has it, too, as the function `row_sum(record, …columns)` of SQL.
 */
export function rowSum(record: string, ...columns: readonly Column[]): number {
  return crc32(record, crc32(JSON.stringify(columns.map(asKept))));
}

/** A column as SQLite gives it back: half of a character comes back as U+FFFD. So it is in the UTF-8 that a record is summed in. */
function asKept(column: Column): Column {
  return typeof column === 'string' ? column.toWellFormed() : column;
}

export function memberSum(key: string, row: MemberRow): number {
  return rowSum(key, ...row);
}

/** Makes `row_sum` known to a connection. */
export function registerRowSum(database: Database.Database): void {
  const sum = (record: unknown, ...columns: Column[]) => rowSum(String(record), ...columns);
  database.function('row_sum', { varargs: true, deterministic: true, directOnly: true }, sum);
}

/** The columns of each table that its checksum covers, in their order. `judged` is left out: it only says what to judge anew. */
const DEVICE = `device.record, device.key, device.version, device.deadline, device.last_seen, device.plant, device.condition,
  device.spare, device.series, device.series_until, device.series_rank, device.grace_until, device.grace_bounded,
  device.recovery_hidden, device.projected, (SELECT count(*) FROM tail WHERE tail.device = device.key)`;

/** Rows of an older version have no `changed_at`, and the sum of the columns that there were then. */
const OLDER_INCIDENT = `incident.record, incident.id, incident.device, incident.ordinal, incident.state, incident.severity,
  incident.opened_at`;
const INCIDENT = `incident.id, incident.device, incident.ordinal, incident.state, incident.severity, incident.opened_at,
  incident.plant, incident.product, incident.release, incident.diagnosis, incident.grace_until, incident.grace_bounded,
  incident.place_assumed, incident.acknowledged_at, incident.acknowledged_by, incident.changed_at`;

/** The checksum of a row of an incident with another record. */
export const incidentSumWith = (record: string) => `row_sum(${record}, ${INCIDENT})`;

type NoticeColumns = 'state' | 'next_at' | 'attempts' | 'error';

/** The checksum of a row of a notice with other values, each an expression of SQL. */
export function noticeSumWith(values: Partial<Record<NoticeColumns, string>>): string {
  const of = (column: NoticeColumns) => values[column] ?? `notice.${column}`;
  return `row_sum(notice.record, notice.id, notice.sink, notice.incident, ${of('state')}, notice.created_at, ${of('next_at')},
    ${of('attempts')}, ${of('error')})`;
}

/** The checksum of a row as an expression of SQL. */
export const SUMS = {
  device: `row_sum(${DEVICE})`,
  tail: 'row_sum(tail.record, tail.device)',
  incident: `CASE WHEN incident.changed_at IS NULL THEN row_sum(${OLDER_INCIDENT}) ELSE ${incidentSumWith('incident.record')} END`,
  evidence: "row_sum(ifnull(evidence.digest, ''), evidence.device, evidence.ordinal)",
  alias: "row_sum('', alias.name, alias.key)",
  transition: `row_sum(transition.record, transition.device, transition.ordinal, transition.type, transition.at,
    transition.decided_at)`,
  note: 'row_sum(note.record, note.device, note.ordinal, note.at, note.hypothesis, note.diagnosis, note.release)',
  notice: noticeSumWith({}),
  delivered: `row_sum(delivered.record, delivered.id, delivered.sink, delivered.device, delivered.created_at,
    delivered.delivered_at, delivered.attempts)`,
  inventory_change: 'row_sum(inventory_change.record, inventory_change.device, inventory_change.at)',
} as const;

/** Tables of which each row has a checksum; the others may have rows of older versions, which have none. */
const ALWAYS: ReadonlySet<string> = new Set(['device', 'tail', 'incident']);

/** Whether a row has its checksum: 1 or 0. */
export const INTACT = Object.fromEntries(
  Object.entries(SUMS).map(([table, sum]) => {
    const isEqual = `${table}.sum = ${sum}`;
    return [table, ALWAYS.has(table) ? `ifnull(${isEqual}, 0)` : `(${table}.sum IS NULL OR ${isEqual})`];
  }),
) as Readonly<Record<keyof typeof SUMS, string>>;

/** The checksum of a row that is changed: a damaged row stays one. `sum`: of the row as it becomes. */
export const sumIfIntact = (table: keyof typeof SUMS, sum: string) =>
  `CASE WHEN ${INTACT[table]} THEN ${sum} ELSE sum END`;

/** Stands for the record of a damaged row of a tail, so that the tail cannot be read. */
export const DAMAGED_BLOCK = '"damaged"';

/** The error where a row is read that cannot be used. It passes: the service sets the row aside (`Store.mend()`). */
export function rowDamaged(file: string, what: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'QVW_ROW_DAMAGED',
    `the row of ${what} in ${file} is damaged: the service sets it aside; without a service, start it, or restore a backup`,
    { cause },
  );
}
