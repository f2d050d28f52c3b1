import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { DeviceChange } from '../../core/correlate/correlate.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import { type GraceBucket, graceBounds, graceBuckets } from '../../core/fleet/fleet-count.ts';
import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import type { Aliases } from '../../core/model/names.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';
import { page } from '../page.ts';
import type { Batch, CommitResult, Note, Unparsed } from '../ports/batch.ts';
import type {
  CheckedEvidence,
  Counts,
  DeviceQuery,
  IncidentQuery,
  MessageQuery,
  Page,
  SeriesRow,
  TransitionRow,
} from '../ports/queries.ts';
import type { Store, StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { SqliteAlerts } from './alerts.ts';
import { SqliteDevices } from './devices.ts';
import { SqliteEvidence } from './evidence.ts';
import { SqliteSources } from './loss-sources.ts';
import { SqliteNames } from './names.ts';
import { explained } from './open.ts';
import { SqliteOutbox } from './outbox.ts';
import { prepare, type Statements } from './statements.ts';

/** Rows that one transaction brings to this version's projection. */
const REPROJECTED_ROWS = 500;

/**
 * The store on disk. Other processes may read the file meanwhile, and write to it between two transactions. What was
 * read or written last is held in memory, as long as nobody else has written and no transaction has failed.
 */
export class SqliteStore implements Store {
  readonly keepsEvidence = true;
  readonly outbox: SqliteOutbox;
  readonly alerts: SqliteAlerts;
  readonly sources: SqliteSources;
  readonly #database: Database.Database;
  readonly #projection: Projection;
  readonly #bounds: Required<StoreBounds>;
  readonly #statements: Statements;
  readonly #devices: SqliteDevices;
  readonly #names: SqliteNames;
  readonly #evidence: SqliteEvidence;
  readonly #commit: (batch: Batch) => CommitResult;
  readonly #forgetDevices: (keys: readonly string[]) => void;
  /** SQLite's number for what other connections have committed. */
  #foreign = -1;

  /** `newId`: of a notice; no two are ever the same. */
  constructor(
    database: Database.Database,
    projection: Projection,
    newId: () => string = randomUUID,
    bounds: StoreBounds = {},
  ) {
    this.#database = database;
    this.#projection = projection;
    this.#statements = prepare(database);
    this.#bounds = { ...limits, ...bounds };
    this.#devices = new SqliteDevices(database, projection, this.#bounds.devices);
    this.#names = new SqliteNames(database, this.#bounds.aliases);
    this.#evidence = new SqliteEvidence(database);
    this.outbox = new SqliteOutbox(database, newId);
    this.alerts = new SqliteAlerts(database);
    this.sources = new SqliteSources(database);
    // From its beginning on nobody else writes: what is held then is what the file has.
    this.#commit = database.transaction((batch: Batch) => this.#write(batch)).immediate;
    this.#forgetDevices = database.transaction((keys: readonly string[]) => {
      this.#forgetIfForeign();
      for (const key of keys) this.#forgetDevice(key);
    }).immediate;
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    return this.#explained(() => {
      this.#forgetIfForeign();
      const found = new Map<string, Device>();
      for (const key of keys) {
        const device = this.#devices.load(key);
        if (device !== undefined) found.set(key, device);
      }
      return found;
    });
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    return this.#explained(() => {
      this.#forgetIfForeign();
      return this.#names.find(names);
    });
  }

  async namesOf(key: string): Promise<readonly string[]> {
    return this.#names.namesOf(key);
  }

  async capacityFor(wanted: number): Promise<number> {
    return this.#explained(() => {
      this.#forgetIfForeign();
      return this.#devices.room(wanted);
    });
  }

  async commit(batch: Batch): Promise<CommitResult> {
    try {
      return this.#commit(batch);
    } catch (error) {
      this.#forget();
      if (error instanceof Conflict) return { kind: 'conflict', keys: [error.key] };
      throw explained(error, this.#database.name);
    }
  }

  async forget(keys: readonly string[]): Promise<void> {
    try {
      this.#forgetDevices(keys);
    } catch (error) {
      this.#forget();
      throw explained(error, this.#database.name);
    }
  }

  async due(now: number, limit: number): Promise<readonly Device[]> {
    return this.#explained(() => this.#devices.due(now, limit));
  }

  async incidents({ state, severity, device, after, limit }: IncidentQuery): Promise<Page<IncidentRecord>> {
    const [openedAt = '', fromDevice = '', id = ''] = after?.split(' ') ?? [];
    const rows = this.#statements.incidents
      .all({
        state: state ?? null,
        severity: severity ?? null,
        device: device ?? null,
        openedAt,
        fromDevice,
        id,
        limit: limit + 1,
      })
      .map((record): IncidentRecord => JSON.parse(record));
    return page(rows, limit, (row) => `${row.openedAt} ${row.device} ${row.id}`);
  }

  async incident(id: string): Promise<IncidentRecord | null> {
    const record = this.#statements.incident.get(id);
    return record === undefined ? null : JSON.parse(record);
  }

  async devices(query: DeviceQuery): Promise<Page<Device>> {
    return page(this.#devices.list({ ...query, limit: query.limit + 1 }), query.limit, ({ key }) => key);
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return this.#evidence.proofs(device, ordinal).map(({ row }) => row);
  }

  async checkedEvidence(device: string, ordinal: number): Promise<readonly CheckedEvidence[]> {
    return this.#evidence.proofs(device, ordinal);
  }

  async messages(query: MessageQuery): Promise<Page<Evidence>> {
    return this.#evidence.messages(query);
  }

  async transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]> {
    return this.#statements.transitions.all(device, ordinal).map((record) => JSON.parse(record));
  }

  async notes(device: string, ordinal: number): Promise<readonly Note[]> {
    return this.#statements.notes.all(device, ordinal).map((record) => JSON.parse(record));
  }

  async unparsed({ after, limit }: { after?: string | undefined; limit: number }): Promise<Page<Unparsed>> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const { rows, next } = page(this.#statements.unparsed.all(before, limit + 1), limit, ({ id }) => `${id}`);
    return { rows: rows.map(({ id: _, ...row }) => row), next };
  }

  async counts(now: number): Promise<Counts> {
    // Each of these goes through an index of as many rows as there are devices: between them the event loop goes on.
    const incidents = this.#statements.incidentCounts.all();
    await yieldToEventLoop();
    const devices = this.#devices.conditions();
    await yieldToEventLoop();
    const grace = Object.fromEntries(graceBuckets.map((bucket) => [bucket, 0])) as Record<GraceBucket, number>;
    let from = -Number.MAX_VALUE;
    for (const { bucket, to } of [
      ...graceBounds.map(({ bucket, below }) => ({ bucket, to: now + below })),
      { bucket: 'longer', to: Number.MAX_VALUE } as const,
    ]) {
      grace[bucket] = this.#statements.graceCount.get({ from, to }) ?? 0;
      from = to;
    }
    grace.bounded = this.#statements.boundedCount.get() ?? 0;
    return { incidents, devices, grace };
  }

  async series({
    now,
    after,
    limit,
  }: {
    now: number;
    after?: string | undefined;
    limit: number;
  }): Promise<Page<SeriesRow>> {
    const [rank = '-1', key = ''] = after === undefined ? [] : after.split(/ (.*)/s);
    const rows = this.#statements.series.all({ now, rank: Number(rank), after: key, limit: limit + 1 });
    const { rows: shown, next } = page(rows, limit, (row) => `${row.rank} ${row.device}`);
    return {
      rows: shown.map(({ device, lastSeen, series }) => ({
        device,
        lastSeenAt: lastSeen === 0 ? null : lastSeen,
        series: JSON.parse(series),
      })),
      next,
    };
  }

  /** Brings rows that an older version wrote to this one's projection. Between the parts the event loop goes on. */
  async reproject(): Promise<void> {
    const reproject = this.#database.transaction(() => this.#devices.reproject(REPROJECTED_ROWS));
    while (reproject.immediate() > 0) await yieldToEventLoop();
  }

  async ping(): Promise<void> {
    this.#explained(() => this.#database.prepare('SELECT 1').get());
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** SQLite's failures on the way of a line become operating errors. */
  #explained<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw explained(error, this.#database.name);
    }
  }

  #forgetIfForeign(): void {
    const foreign = this.#statements.foreign.get() ?? -1;
    if (foreign !== this.#foreign) this.#forget();
    this.#foreign = foreign;
  }

  #forget(): void {
    this.#devices.forget();
    this.#names.forget();
    this.#evidence.forget();
  }

  #write(batch: Batch): CommitResult {
    this.#forgetIfForeign();
    const gone = new Set(batch.merges.map(({ from }) => from));
    const added = new Set(batch.devices.filter(({ version }) => version === 0).map(({ key }) => key));
    let forgotten = 0;
    for (const key of added) if (!gone.has(key)) forgotten += this.#forgetFormerIncidents(key);
    for (const merge of batch.merges) {
      const { from, into, fromOrdinal, intoOrdinal } = merge;
      if (!this.#devices.remove(merge)) throw new Conflict(from);
      this.#names.move(from, into);
      this.#evidence.move(merge);
      this.#statements.moveNotes.run({ from, into, fromOrdinal, intoOrdinal });
      this.#statements.moveTransitions.run({ from, into, fromOrdinal, intoOrdinal });
      if (added.has(from)) forgotten += this.#forgetFormerIncidents(from);
    }
    this.#names.learn(batch.aliases);
    for (const device of batch.devices) if (!this.#devices.write(device)) throw new Conflict(device.key);
    this.#writeChanges(batch.changes, batch.now);
    for (const device of batch.past) this.#writeIncident(device);
    for (const device of batch.devices) this.#writeIncident(device);
    this.#evidence.write(batch.evidence);
    this.#writeUnparsed(batch.unparsed);
    for (const note of batch.notes) {
      this.#statements.insertNote.run(note.device, note.ordinal, note.at, JSON.stringify(note));
    }
    const given = this.outbox.write(batch.notices, batch.now);
    for (const device of batch.past)
      forgotten += this.#forgetUpTo(device.key, device.state.ordinal - limits.pastIncidents);
    return { kind: 'committed', evicted: added.size > 0 ? this.#evict() : 0, forgotten, droppedNotices: given };
  }

  #writeChanges(changes: readonly DeviceChange[], now: number): void {
    let last = 0;
    for (const change of changes) {
      const { device, ordinal, type, at } = change;
      const record = JSON.stringify({ ...change, decidedAt: now } satisfies TransitionRow);
      const { lastInsertRowid } = this.#statements.insertTransition.run(device, ordinal, type, at, now, record);
      last = Number(lastInsertRowid);
      if (type === 'IncidentWithdrawn') this.#withdraw(device, ordinal);
    }
    if (last > 0) this.#statements.trimTransitions.run(last - this.#bounds.transitionRows);
  }

  /** What people wrote of it goes to the one before it, which it has become a part of; without one it goes too. */
  #withdraw(device: string, ordinal: number): void {
    const { deleteIncident, incidentBefore, handOnNotes, deleteNotes } = this.#statements;
    deleteIncident.run(device, ordinal);
    const to = incidentBefore.get(device, ordinal) ?? null;
    if (to === null) deleteNotes.run(device, ordinal);
    else handOnNotes.run({ device, ordinal, to });
  }

  #writeIncident(device: Device): void {
    const incident = this.#projection.incidentOf(device);
    if (incident === null) return;
    const { id, state, severity, openedAt } = incident;
    const record = JSON.stringify(incident);
    // Mostly it only counts on, which changes no indexed column.
    if (this.#statements.updateIncident.run(record, id, state, severity, openedAt).changes > 0) return;
    const { ordinal } = device.state;
    this.#statements.upsertIncident.run({ id, device: device.key, ordinal, state, severity, openedAt, record });
  }

  /** Its past incidents up to one go, with all that was kept of them; how many. */
  #forgetUpTo(key: string, last: number): number {
    if (last < 1) return 0;
    this.#evidence.removeUpTo(key, last);
    this.#statements.forgetTransitions.run(key, last);
    this.#statements.forgetNotes.run(key, last);
    return this.#statements.forgetIncidents.run(key, last).changes;
  }

  #forgetDevice(key: string): void {
    this.#devices.forgetOne(key);
    this.#names.remove(key);
    this.#evidence.removeDevice(key);
    this.#forgetUpTo(key, Number.MAX_SAFE_INTEGER);
  }

  /** Under a name that was another device's once, its past incidents may still be. */
  #forgetFormerIncidents(key: string): number {
    if (this.#statements.hasIncident.get(key) === undefined) return 0;
    return this.#forgetUpTo(key, Number.MAX_SAFE_INTEGER);
  }

  #writeUnparsed(rows: readonly Unparsed[]): void {
    let last = 0;
    for (const { receivedAt, device, facility, mnemonic, why, raw } of rows) {
      const { lastInsertRowid } = this.#statements.insertUnparsed.run(receivedAt, device, facility, mnemonic, why, raw);
      last = Number(lastInsertRowid);
    }
    if (last > 0) this.#statements.trimUnparsed.run(last - this.#bounds.unparsedRows);
  }

  #evict(): number {
    const evicted = this.#devices.evict();
    for (const key of evicted) {
      this.#evidence.removeDevice(key);
      this.#names.remove(key);
    }
    return evicted.length;
  }
}

class Conflict extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`another writer changed ${key}`);
    this.key = key;
  }
}
