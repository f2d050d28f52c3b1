import type Database from 'better-sqlite3';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import type { IncidentPlace } from '../../core/diagnose/incident-facts.ts';
import type { Device } from '../../core/model/device.ts';
import { packIncident } from '../codec/incident-record.ts';
import { type IncidentRow, isAlike, listedRow, ownColumns, type WrittenIncident } from '../codec/incident-row.ts';
import { eventsIn, eventsOf, isOverState, openFrom, placeKept } from '../days.ts';
import type { Acknowledgement, IncidentKey, ListedIncident } from '../ports/incidents.ts';
import type { Projection } from '../projection.ts';
import { INTACT, incidentSumWith, rowDamaged, rowSum } from './checksums.ts';
import type { SqliteDays } from './days.ts';
import type { IncidentIndex } from './incident-index.ts';
import { prepareColumn } from './statements.ts';

/** A row as it is in the file. */
export type StoredIncident = IncidentRow & { readonly intact: number };

/** A row to be written. */
type Row = WrittenIncident;

/** What a device is written with. `now`: milliseconds; `changes`: those of this incident in the same transaction. */
export type Written = { readonly now: number; readonly changes: readonly DeviceChange[] };

const ROW = `SELECT id, device, ordinal, state, severity, opened_at AS openedAt, plant, product, release, diagnosis,
  grace_until AS graceUntil, grace_bounded AS graceBounded, place_assumed AS placeAssumed,
  acknowledged_at AS acknowledgedAt, acknowledged_by AS acknowledgedBy, changed_at AS changedAt, record,
  ${INTACT.incident} AS intact FROM incident`;

function prepare(database: Database.Database) {
  return {
    get: database.prepare<[string], StoredIncident>(`${ROW} WHERE id = ?`),
    at: database.prepare<[string, number], StoredIncident>(`${ROW} WHERE device = ? AND ordinal = ?`),
    older: database.prepare<[string, number], StoredIncident>(
      `${ROW} WHERE changed_at IS NULL AND id > ? ORDER BY id LIMIT ?`,
    ),
    insert: database.prepare(
      `INSERT OR REPLACE INTO incident (id, device, ordinal, state, severity, opened_at, plant, product, release, diagnosis,
         grace_until, grace_bounded, place_assumed, acknowledged_at, acknowledged_by, changed_at, record, sum)
       VALUES (@id, @device, @ordinal, @state, @severity, @openedAt, @plant, @product, @release, @diagnosis,
         @graceUntil, @graceBounded, @placeAssumed, @acknowledgedAt, @acknowledgedBy, @changedAt, @record, @sum)`,
    ),
    update: database.prepare(
      `UPDATE incident SET state = @state, severity = @severity, opened_at = @openedAt, plant = @plant, product = @product,
         release = @release, diagnosis = @diagnosis, grace_until = @graceUntil, grace_bounded = @graceBounded,
         place_assumed = @placeAssumed, acknowledged_at = @acknowledgedAt, acknowledged_by = @acknowledgedBy,
         changed_at = @changedAt, record = @record, sum = @sum WHERE id = @id`,
    ),
    // Most updates change only counts in the record, and no column that is in an index.
    updateRecord: database.prepare(
      `UPDATE incident SET record = @record, sum = ${incidentSumWith('@record')}
       WHERE id = @id AND state = @state AND severity = @severity AND opened_at = @openedAt AND plant IS @plant
         AND product IS @product AND release IS @release AND diagnosis IS @diagnosis AND grace_until IS @graceUntil
         AND grace_bounded IS @graceBounded AND changed_at IS NOT NULL AND ${INTACT.incident}`,
    ),
    remove: database.prepare('DELETE FROM incident WHERE id = ?'),
    removeUpTo: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal <= ?'),
    openUpTo: prepareColumn<[string, number], string | null>(
      database,
      `SELECT plant FROM incident WHERE device = ? AND ordinal <= ? AND state NOT IN ('resolved', 'closed')
         AND changed_at IS NOT NULL`,
    ),
    lastChange: database.prepare<[string, number], { at: number | null; decidedAt: number | null }>(
      'SELECT max(at) AS at, max(decided_at) AS decidedAt FROM transition WHERE device = ? AND ordinal = ?',
    ),
  };
}

type Parts = { readonly days: SqliteDays; readonly index: IncidentIndex };

/** Rows of incidents. What changes in them goes to the sums of the days, and to the columns in memory. */
export class SqliteIncidentRows {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #file: string;
  readonly #projection: Projection;
  readonly #parts: Parts;

  constructor(database: Database.Database, projection: Projection, parts: Parts) {
    this.#file = database.name;
    this.#statements = prepare(database);
    this.#projection = projection;
    this.#parts = parts;
  }

  get(id: string): ListedIncident | null {
    const row = this.#statements.get.get(id);
    if (row === undefined) return null;
    const incident = listed(row);
    if (incident === null) throw rowDamaged(this.#file, row.id);
    return incident;
  }

  /** Undefined where there is no such row; null for a damaged one. */
  at({ device, ordinal }: IncidentKey): ListedIncident | null | undefined {
    const row = this.#statements.at.get(device, ordinal);
    return row === undefined ? undefined : listed(row);
  }

  stored(device: string, ordinal: number): StoredIncident | undefined {
    return this.#statements.at.get(device, ordinal);
  }

  /**
   * Stores the incident of the device in this state, if there is one. `isKept`: asked before a row is made that was not there.
   * Returns whether one was made.
   */
  write(device: Device, { now, changes }: Written, isKept: () => boolean): boolean {
    const incident = this.#projection.incidentOf(device);
    if (incident === null) return false;
    const facts = this.#projection.factsOf(device);
    const own = { ...ownColumns(incident), record: packIncident(incident, facts) };
    const { ordinal } = device.state;
    const place = { plant: facts.plant, product: facts.product, release: facts.release };
    if (changes.length === 0 && this.#statements.updateRecord.run({ ...own, ...place }).changes > 0) return false;
    const before = this.#statements.at.get(device.key, ordinal);
    if (before === undefined && !isKept()) return false;
    // Its columns go into the new row.
    if (before?.intact === 0) throw rowDamaged(this.#file, before.id);
    const isOver = isOverState(own.state);
    if (before?.changedAt === null) this.#fill(before, facts.plant, now);
    // An incident that is over stays what it was, wherever its device is moved.
    const keeps = before !== undefined && before.changedAt !== null && isOver && isOverState(before.state);
    const row = {
      ...own,
      ...(keeps ? placeKept(before, place) : place),
      ...{ device: device.key, ordinal },
      // Of a row that an older version wrote, or that was damaged and is made anew, it is not known what it was.
      placeAssumed: keeps ? before.placeAssumed : Number(isOver && before?.changedAt == null && changes.length === 0),
      acknowledgedAt: before?.acknowledgedAt ?? null,
      acknowledgedBy: before?.acknowledgedBy ?? null,
    };
    const isSame = before !== undefined && changes.length === 0 && isAlike(before, row);
    const isMadeAnew = before === undefined && changes.length === 0;
    const changedAt = isMadeAnew ? this.#lastChangeOf(row).decidedAt : isSame ? before.changedAt : null;
    this.#store({ ...row, changedAt: changedAt ?? now }, before);
    this.#count(before, row, changes, now);
    return before === undefined;
  }

  /** Notes who has acknowledged an incident, or that nobody has. */
  acknowledge({ device, ordinal }: IncidentKey, acknowledged: Acknowledgement | null, now: number): void {
    const before = this.#statements.at.get(device, ordinal);
    if (before === undefined || before.intact === 0) return;
    const [at, by] = [acknowledged?.at ?? null, acknowledged?.by ?? null];
    if (before.acknowledgedAt === at && before.acknowledgedBy === by) return;
    const settled = before.changedAt === null ? this.#settled(before, null, now) : before;
    this.#store({ ...settled, acknowledgedAt: at, acknowledgedBy: by, changedAt: now }, before);
  }

  /** Gives a row of an older version its columns. `facts`: those of its device; null where it is not there, or damaged. */
  settle(row: StoredIncident, facts: IncidentPlace | null, acknowledged: Acknowledgement | null, now: number): void {
    const settled = this.#settled(row, facts, now);
    const { at = null, by = null } = acknowledged ?? {};
    this.#store({ ...settled, acknowledgedAt: at, acknowledgedBy: by }, row);
  }

  /** Rows of an older version behind this id. */
  older(after: string, limit: number): StoredIncident[] {
    return this.#statements.older.all(after, limit);
  }

  /** Deletes the row of an incident that never was one. `at`: when, `now`: when it was decided, in milliseconds. */
  withdraw(device: string, ordinal: number, at: number, now: number): void {
    const row = this.#remove(device, ordinal);
    if (row === null) return;
    const { days } = this.#parts;
    days.count(row.plant, at, 'withdrawn');
    if (!isOverState(row.state)) days.open(row.plant, openFrom(at, row.changedAt, now), -1);
  }

  /** Deletes the row of an incident that is over. */
  removeOver(device: string, ordinal: number): void {
    this.#remove(device, ordinal);
  }

  /** Deletes the rows of a device up to `last`. `now`: when, in milliseconds. Returns how many. */
  removeUpTo(device: string, last: number, now: number): number {
    for (const plant of this.#statements.openUpTo.all(device, last)) this.#parts.days.open(plant, now, -1);
    const { changes } = this.#statements.removeUpTo.run(device, last);
    if (changes > 0) this.#parts.index.removeUpTo(device, last);
    return changes;
  }

  /** Returns the row; null where there is none, or none that is in the days. */
  #remove(device: string, ordinal: number): StoredIncident | null {
    const row = this.#statements.at.get(device, ordinal);
    if (row === undefined) return null;
    this.#statements.remove.run(row.id);
    this.#parts.index.remove(device, ordinal);
    return row.changedAt === null ? null : row;
  }

  #store(row: Row, before: StoredIncident | undefined): void {
    const { record, id, device, ordinal, state, severity, openedAt, plant, product, release, diagnosis } = row;
    const { graceUntil, graceBounded, placeAssumed, acknowledgedAt, acknowledgedBy, changedAt } = row;
    const head = [id, device, ordinal, state, severity, openedAt, plant, product, release, diagnosis] as const;
    const found = [graceUntil, graceBounded, placeAssumed, acknowledgedAt, acknowledgedBy, changedAt] as const;
    const written = {
      ...{ record, id, device, ordinal, state, severity, openedAt, plant, product, release, diagnosis },
      ...{ graceUntil, graceBounded, placeAssumed, acknowledgedAt, acknowledgedBy, changedAt },
      sum: rowSum(record, ...head, ...found),
    };
    if (before?.id === id) this.#statements.update.run(written);
    else {
      // Under another advisory, an incident has another id.
      if (before !== undefined) this.#statements.remove.run(before.id);
      this.#statements.insert.run(written);
    }
    this.#parts.index.put(row);
  }

  /** What changed, in the sums of the days. */
  #count(
    before: StoredIncident | undefined,
    row: Omit<Row, 'changedAt'>,
    changes: readonly DeviceChange[],
    now: number,
  ): void {
    const { days } = this.#parts;
    for (const change of changes) for (const event of eventsOf(change)) days.count(row.plant, change.at, event);
    const [was, is] = [before !== undefined && !isOverState(before.state), !isOverState(row.state)];
    const at = openFrom(changes.at(-1)?.at ?? now, before?.changedAt, now);
    // What was filled is of the plant that the row gets now.
    const from = before?.changedAt === null ? row.plant : (before?.plant ?? null);
    if (was && is && from === row.plant) return;
    if (was) days.open(from, at, -1);
    if (is) days.open(row.plant, at, 1);
  }

  /** A row of an older version with its columns, after its days got their sums. */
  #settled(row: StoredIncident, facts: IncidentPlace | null, now: number): Row {
    const plant = facts?.plant ?? null;
    const { decidedAt } = this.#fill(row, plant, now);
    const incident = listed(row);
    const own = incident === null ? null : ownColumns(incident);
    return {
      ...row,
      ...{ plant, product: facts?.product ?? null, release: facts?.release ?? null },
      ...{ diagnosis: own?.diagnosis ?? null, graceUntil: own?.graceUntil ?? null },
      graceBounded: own?.graceBounded ?? null,
      placeAssumed: Number(isOverState(row.state)),
      changedAt: decidedAt,
    };
  }

  /** When it changed last, as far as its changes are kept. */
  #lastChangeOf({ device, ordinal }: IncidentKey): { readonly at: number | null; readonly decidedAt: number | null } {
    return this.#statements.lastChange.get(device, ordinal) ?? { at: null, decidedAt: null };
  }

  /** Adds a row of an older version to the days. It has times beyond now where the clock was ahead: all of it has happened. */
  #fill(row: StoredIncident, plant: string | null, now: number): { readonly decidedAt: number } {
    const { days } = this.#parts;
    const { at, decidedAt } = this.#lastChangeOf(row);
    const openedAt = Date.parse(row.openedAt);
    const incident = listed(row);
    const resolvedAt = incident?.resolvedAt == null ? null : Date.parse(incident.resolvedAt);
    const endedAt = isOverState(row.state) ? (resolvedAt ?? at ?? openedAt) : null;
    for (const { event, at: eventAt } of incident === null ? [] : eventsIn(incident, endedAt))
      days.count(plant, Math.min(eventAt, now), event, true);
    days.open(plant, Math.min(openedAt, now), 1, true);
    if (endedAt !== null) days.open(plant, Math.min(endedAt, now), -1, true);
    return { decidedAt: decidedAt ?? openedAt };
  }
}

/** Null for a row that is not what was stored. */
export function listed(row: StoredIncident): ListedIncident | null {
  return row.intact === 0 ? null : listedRow(row);
}
