import type { DeviceChange } from '../../core/correlate/correlated.ts';
import type { Device } from '../../core/model/device.ts';
import { packIncident } from '../codec/incident-record.ts';
import { type IncidentRow, isAlike, listedRow, ownColumns, type WrittenIncident } from '../codec/incident-row.ts';
import { eventsOf, isOverState, openFrom, placeKept } from '../days.ts';
import type { Acknowledgement, IncidentKey, ListedIncident } from '../ports/incidents.ts';
import type { Projection } from '../projection.ts';
import type { PostgresDamage } from './damage.ts';
import type { DaySums } from './days.ts';
import type { DeviceCache } from './device-cache.ts';
import { putIncidents, putRecords, READ, type Row, rowsAt, withTime } from './incident-table.ts';
import type { Session } from './session.ts';

/** What a transaction writes with its incidents. `now`: when it was decided, in milliseconds; `changes`: all of them. */
export type Writing = { readonly now: number; readonly changes: readonly DeviceChange[]; readonly days: DaySums };

/** Rows of incidents. What changes in them goes to the sums of the days. */
export class PostgresIncidentRows {
  readonly #projection: Projection;
  readonly #cache: DeviceCache;
  /** Incidents that ended before this time were deleted by their age, and are not stored again, in milliseconds. */
  removedBefore = Number.NEGATIVE_INFINITY;

  readonly #damage: PostgresDamage;

  constructor(projection: Projection, cache: DeviceCache, damage: PostgresDamage) {
    this.#damage = damage;
    this.#projection = projection;
    this.#cache = cache;
  }

  async get(session: Session, id: string): Promise<ListedIncident | null> {
    const [row] = await session.rows<Row>(`${READ} WHERE id = $1`, id);
    return row === undefined ? null : this.#listed(withTime(row));
  }

  /** Those of these incidents that are there, in this order. */
  async at(session: Session, keys: readonly IncidentKey[]): Promise<ListedIncident[]> {
    const found = await this.#stored(session, keys);
    return keys.flatMap((key) => {
      const row = found.get(keyOf(key));
      return row === undefined ? [] : (this.#listed(row) ?? []);
    });
  }

  /** Which of these devices have an incident. */
  async haveAny(session: Session, keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const sql = 'SELECT DISTINCT device FROM incident WHERE device = ANY($1)';
    return new Set((await session.rows<IncidentKey>(sql, keys)).map(({ device }) => device));
  }

  /** The last incident of a device. */
  async last(session: Session, device: string): Promise<Row | undefined> {
    return (await session.rows<Row>(`${READ} WHERE device = $1 ORDER BY ordinal DESC LIMIT 1`, device))[0];
  }

  /**
   * Stores the incidents of these devices in these states. Returns those that were not there. To be called behind the write of the
   * devices.
   */
  async write(session: Session, devices: readonly Device[], writing: Writing): Promise<IncidentKey[]> {
    const of = Map.groupBy(writing.changes, keyOf);
    const records: WrittenIncident[] = [];
    const others: Device[] = [];
    for (const device of devices) {
      if (device.state.incident === null) continue;
      const key = { device: device.key, ordinal: device.state.ordinal };
      const before = of.has(keyOf(key)) ? null : this.#cache.incidentOf(key.device, key.ordinal)?.row;
      const row = before == null ? null : this.#row(device, before, [], writing.now);
      if (before == null || row === null || !isAlike(before, row)) others.push(device);
      else records.push(row);
    }
    const [made] = await Promise.all([this.#writeWhole(session, others, writing), putRecords(session, records)]);
    return made;
  }

  async #writeWhole(session: Session, having: readonly Device[], writing: Writing): Promise<IncidentKey[]> {
    const { now, changes, days } = writing;
    const keys = having.map(({ key, state }) => ({ device: key, ordinal: state.ordinal }));
    if (keys.length === 0) return [];
    const stored = await this.#stored(session, keys);
    const of = Map.groupBy(
      changes.filter(({ type }) => type !== 'IncidentWithdrawn'),
      keyOf,
    );
    const written: WrittenIncident[] = [];
    const made: IncidentKey[] = [];
    for (const [index, device] of having.entries()) {
      const key = keys[index] as IncidentKey;
      const before = stored.get(keyOf(key));
      // A device has its last incident in its state, also when that was too old to be kept.
      if (before === undefined && endOf(device) < this.removedBefore) continue;
      const own = of.get(keyOf(key)) ?? [];
      const isMadeAnew = before === undefined && own.length === 0;
      const row = this.#row(device, before, own, isMadeAnew ? await lastChange(session, key, now) : now);
      if (row === null) continue;
      countDays(days, before, row, own, now);
      written.push(row);
      if (before === undefined) made.push(key);
    }
    await this.#put(session, written);
    return made;
  }

  /** Notes who has acknowledged an incident, or that nobody has. */
  async acknowledge(session: Session, key: IncidentKey, to: Acknowledgement | null, now: number): Promise<void> {
    const sql = `UPDATE incident SET acknowledged_at = $3, acknowledged_by = $4, changed_at = $5 WHERE device = $1
      AND ordinal = $2 AND (acknowledged_at IS DISTINCT FROM $3 OR acknowledged_by IS DISTINCT FROM $4)`;
    await session.run(sql, key.device, key.ordinal, to?.at ?? null, to?.by ?? null, now);
  }

  /** Deletes the row of an incident that never was one. `at`: when, `now`: when it was decided, in milliseconds. */
  async withdraw(session: Session, key: IncidentKey & { at: number }, { now, days }: Writing): Promise<void> {
    const sql =
      'DELETE FROM incident WHERE device = $1 AND ordinal = $2 RETURNING plant, state, changed_at AS "changedAt"';
    const [row] = await session.rows<Row>(sql, key.device, key.ordinal);
    if (row === undefined) return;
    days.count(row.plant, key.at, 'withdrawn');
    if (!isOverState(row.state)) days.open(row.plant, openFrom(key.at, row.changedAt, now), -1);
  }

  async removeOver(session: Session, { device, ordinal }: IncidentKey): Promise<void> {
    await session.run('DELETE FROM incident WHERE device = $1 AND ordinal = $2', device, ordinal);
  }

  /** Deletes the rows of a device up to `last`. `now`: when, in milliseconds. Returns how many. */
  async removeUpTo(session: Session, device: string, last: number, now: number, days: DaySums): Promise<number> {
    const sql = 'DELETE FROM incident WHERE device = $1 AND ordinal <= $2 RETURNING plant, state';
    const rows = await session.rows<Row>(sql, device, last);
    for (const { plant, state } of rows) if (!isOverState(state)) days.open(plant, now, -1);
    return rows.length;
  }

  async #stored(session: Session, keys: readonly IncidentKey[]): Promise<Map<string, IncidentRow>> {
    if (keys.length === 0) return new Map();
    return new Map((await rowsAt(session, keys)).map((row) => [keyOf(row), row]));
  }

  #listed(row: IncidentRow): ListedIncident | null {
    return this.#damage.readOne('incident', row.id, () => listedRow(row));
  }

  #row(
    device: Device,
    before: IncidentRow | undefined,
    changes: readonly DeviceChange[],
    changedAt: number,
  ): WrittenIncident | null {
    const incident = this.#projection.incidentOf(device);
    if (incident === null) return null;
    const facts = this.#projection.factsOf(device);
    const own = { ...ownColumns(incident), record: packIncident(incident, facts) };
    const place = { plant: facts.plant, product: facts.product, release: facts.release };
    const isOver = isOverState(own.state);
    // An incident that is over stays what it was, wherever its device is moved.
    const keeps = before !== undefined && isOver && isOverState(before.state);
    const row = {
      ...own,
      ...(keeps ? placeKept(before, place) : place),
      ...{ device: device.key, ordinal: device.state.ordinal },
      placeAssumed: keeps ? before.placeAssumed : Number(isOver && before === undefined && changes.length === 0),
      acknowledgedAt: before?.acknowledgedAt ?? null,
      acknowledgedBy: before?.acknowledgedBy ?? null,
    };
    const isSame = before !== undefined && changes.length === 0 && isAlike(before, row);
    return { ...row, changedAt: isSame ? (before.changedAt ?? changedAt) : changedAt };
  }

  async #put(session: Session, written: readonly WrittenIncident[]): Promise<void> {
    const rows = new Map(written.map((row) => [keyOf(row), row]));
    for (const row of rows.values()) {
      const remembered = this.#cache.incidentOf(row.device, row.ordinal);
      if (remembered !== null) remembered.row = { ...row, record: '' };
    }
    await putIncidents(session, [...rows.values()]);
  }
}

/** When an incident changed last, as far as its changes are kept. */
async function lastChange(session: Session, { device, ordinal }: IncidentKey, now: number): Promise<number> {
  const sql = 'SELECT max(decided_at) AS at FROM transition WHERE device = $1 AND ordinal = $2';
  const [row] = await session.rows<{ at: number | null }>(sql, device, ordinal);
  return row?.at ?? now;
}

function countDays(
  days: DaySums,
  before: IncidentRow | undefined,
  row: WrittenIncident,
  changes: readonly DeviceChange[],
  now: number,
): void {
  for (const change of changes) for (const event of eventsOf(change)) days.count(row.plant, change.at, event);
  const [was, is] = [before !== undefined && !isOverState(before.state), !isOverState(row.state)];
  if (was && is && before?.plant === row.plant) return;
  const at = openFrom(changes.at(-1)?.at ?? now, before?.changedAt, now);
  if (was) days.open(before?.plant ?? null, at, -1);
  if (is) days.open(row.plant, at, 1);
}

/** When the incident of a device ended; infinity while it is open. */
function endOf({ state: { incident } }: Device): number {
  if (incident === null) return Number.POSITIVE_INFINITY;
  const { phase, lastEvidenceAt } = incident;
  const isOver = phase.state === 'resolved' || phase.state === 'closed';
  return isOver ? Math.max(phase.at, lastEvidenceAt) : Number.POSITIVE_INFINITY;
}

export function keyOf({ device, ordinal }: IncidentKey): string {
  return `${ordinal} ${device}`;
}
