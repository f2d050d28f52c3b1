import type Database from 'better-sqlite3';
import type { DeviceChange, Evidence } from '../../core/correlate/correlate.ts';
import type { Device } from '../../core/device.ts';
import type { IncidentRecord } from '../../core/incident-record.ts';
import { limits } from '../../core/limits.ts';
import type {
  Batch,
  CommitResult,
  Counts,
  DeviceQuery,
  IncidentQuery,
  Page,
  Projection,
  Store,
  TransitionRow,
  Unparsed,
} from '../store.ts';
import { explained } from './open.ts';

/** The store on disk. One writer; others may read the file meanwhile. */
export class SqliteStore implements Store {
  readonly #database: Database.Database;
  readonly #projection: Projection;
  readonly #statements: Statements;
  readonly #commit: (batch: Batch) => CommitResult;

  constructor(database: Database.Database, projection: Projection) {
    this.#database = database;
    this.#projection = projection;
    this.#statements = prepare(database);
    this.#commit = database.transaction((batch: Batch) => this.#write(batch));
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    return this.#explained(() => {
      const found = new Map<string, Device>();
      for (const key of keys) {
        const record = this.#statements.device.get(key);
        if (record !== undefined) found.set(key, JSON.parse(record));
      }
      return found;
    });
  }

  async commit(batch: Batch): Promise<CommitResult> {
    try {
      return this.#commit(batch);
    } catch (error) {
      if (error instanceof Conflict) return { kind: 'conflict', keys: [error.key] };
      throw explained(error, this.#database.name);
    }
  }

  async due(now: number, limit: number): Promise<readonly Device[]> {
    return this.#explained(() => this.#statements.due.all(now, limit).map((record) => JSON.parse(record)));
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

  async devices({ condition, after, limit }: DeviceQuery): Promise<Page<Device>> {
    const rows = this.#statements.devices
      .all({ condition: condition ?? null, after: after ?? '', limit: limit + 1 })
      .map((record): Device => JSON.parse(record));
    return page(rows, limit, ({ key }) => key);
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return this.#statements.evidence.all(device, ordinal).map((record) => JSON.parse(record));
  }

  async transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]> {
    return this.#statements.transitions.all(device, ordinal).map((record) => JSON.parse(record));
  }

  async counts(): Promise<Counts> {
    return { incidents: this.#statements.incidentCounts.all(), devices: this.#statements.deviceCounts.all() };
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

  #write(batch: Batch): CommitResult {
    for (const device of batch.devices) this.#writeDevice(device);
    for (const change of batch.changes) this.#writeChange(change, batch.now);
    for (const device of [...batch.past, ...batch.devices]) this.#writeIncident(device);
    this.#writeEvidence(batch.evidence);
    for (const row of batch.unparsed) this.#writeUnparsed(row);
    const added = batch.devices.filter(({ version }) => version === 0).length;
    return { kind: 'committed', evicted: added === 0 ? 0 : this.#evict() };
  }

  #writeDevice(device: Device): void {
    const next = { ...device, version: device.version + 1 };
    const row = {
      key: device.key,
      expected: device.version,
      version: next.version,
      condition: this.#projection.conditionOf(device),
      deadline: this.#projection.deadlineOf(device),
      lastSeen: device.lastSeenAt,
      record: JSON.stringify(next),
    };
    const written =
      device.version === 0 ? this.#statements.insertDevice.run(row) : this.#statements.updateDevice.run(row);
    if (written.changes === 0) throw new Conflict(device.key);
  }

  #writeChange(change: DeviceChange, now: number): void {
    const row: TransitionRow = { ...change, decidedAt: now };
    const { lastInsertRowid } = this.#statements.insertTransition.run(
      change.device,
      change.ordinal,
      change.type,
      change.at,
      now,
      JSON.stringify(row),
    );
    this.#statements.trimTransitions.run(Number(lastInsertRowid) - limits.transitionRows);
    if (change.type === 'IncidentWithdrawn') this.#statements.deleteIncident.run(change.device, change.ordinal);
  }

  #writeIncident(device: Device): void {
    const record = this.#projection.incidentOf(device);
    if (record === null) return;
    const { id, state, severity, openedAt } = record;
    this.#statements.upsertIncident.run({
      id,
      device: device.key,
      ordinal: device.course.ordinal,
      state,
      severity,
      openedAt,
      record: JSON.stringify(record),
    });
  }

  #writeEvidence(rows: readonly Evidence[]): void {
    const touched = new Map<string, Evidence>();
    for (const row of rows) {
      this.#statements.insertEvidence.run(row.device, row.ordinal, row.mnemonic, row.at, JSON.stringify(row));
      touched.set(`${row.ordinal} ${row.mnemonic} ${row.device}`, row);
    }
    for (const { device, ordinal, mnemonic } of touched.values()) {
      this.#statements.trimEvidence.run({
        device,
        ordinal,
        mnemonic,
        first: limits.evidenceFirst,
        last: limits.evidenceLast,
      });
    }
  }

  #writeUnparsed({ receivedAt, device, facility, mnemonic, why, raw }: Unparsed): void {
    const { lastInsertRowid } = this.#statements.insertUnparsed.run(receivedAt, device, facility, mnemonic, why, raw);
    this.#statements.trimUnparsed.run(Number(lastInsertRowid) - limits.unparsedRows);
  }

  #evict(): number {
    const count = this.#statements.deviceCount.get() ?? 0;
    if (count <= limits.devices) return 0;
    const evicted = this.#statements.evict.all(count - limits.devices);
    for (const key of evicted) this.#statements.deleteEvidence.run(key);
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

function page<T>(rows: readonly T[], limit: number, position: (row: T) => string): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: last !== undefined && rows.length > limit ? position(last) : null };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: Database.Database) {
  const text = <P extends unknown[]>(sql: string) =>
    database.prepare<P, string>(sql).pluck() as Database.Statement<P, string>;
  return {
    device: text<[string]>('SELECT record FROM device WHERE key = ?'),
    insertDevice: database.prepare(
      `INSERT INTO device (key, version, condition, deadline, last_seen, record)
       VALUES (@key, @version, @condition, @deadline, @lastSeen, @record) ON CONFLICT DO NOTHING`,
    ),
    updateDevice: database.prepare(
      `UPDATE device SET version = @version, condition = @condition, deadline = @deadline, last_seen = @lastSeen, record = @record
       WHERE key = @key AND version = @expected`,
    ),
    due: text<[number, number]>('SELECT record FROM device WHERE deadline <= ? ORDER BY deadline LIMIT ?'),
    devices: text<[object]>(
      'SELECT record FROM device WHERE key > @after AND (@condition IS NULL OR condition = @condition) ORDER BY key LIMIT @limit',
    ),
    deviceCount: database.prepare<[], number>('SELECT count(*) FROM device').pluck() as Database.Statement<[], number>,
    deviceCounts: database.prepare<[], Counts['devices'][number]>(
      'SELECT condition, count(*) AS count FROM device GROUP BY condition',
    ),
    evict: text<[number]>(
      `DELETE FROM device WHERE key IN (
         SELECT key FROM device WHERE condition = 'ok' AND NOT EXISTS (SELECT 1 FROM incident WHERE device = device.key)
         ORDER BY last_seen LIMIT ?) RETURNING key`,
    ),
    incident: text<[string]>('SELECT record FROM incident WHERE id = ?'),
    incidents: text<[object]>(
      `SELECT record FROM incident
       WHERE (opened_at, device, id) > (@openedAt, @fromDevice, @id)
         AND (@state IS NULL OR state = @state) AND (@severity IS NULL OR severity = @severity)
         AND (@device IS NULL OR device = @device)
       ORDER BY opened_at, device, id LIMIT @limit`,
    ),
    incidentCounts: database.prepare<[], Counts['incidents'][number]>(
      'SELECT state, severity, count(*) AS count FROM incident GROUP BY state, severity',
    ),
    upsertIncident: database.prepare(
      `INSERT INTO incident (id, device, ordinal, state, severity, opened_at, record)
       VALUES (@id, @device, @ordinal, @state, @severity, @openedAt, @record)
       ON CONFLICT (id) DO UPDATE SET state = @state, severity = @severity, opened_at = @openedAt, record = @record`,
    ),
    deleteIncident: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal = ?'),
    transitions: text<[string, number]>('SELECT record FROM transition WHERE device = ? AND ordinal = ? ORDER BY id'),
    insertTransition: database.prepare(
      'INSERT INTO transition (device, ordinal, type, at, decided_at, record) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trimTransitions: database.prepare('DELETE FROM transition WHERE id <= ?'),
    evidence: text<[string, number]>('SELECT record FROM evidence WHERE device = ? AND ordinal = ? ORDER BY at, id'),
    deleteEvidence: database.prepare('DELETE FROM evidence WHERE device = ?'),
    insertEvidence: database.prepare(
      'INSERT INTO evidence (device, ordinal, mnemonic, at, record) VALUES (?, ?, ?, ?, ?)',
    ),
    trimEvidence: database.prepare(
      `DELETE FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic
         AND id NOT IN (SELECT id FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic ORDER BY id LIMIT @first)
         AND id NOT IN (SELECT id FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic ORDER BY id DESC LIMIT @last)`,
    ),
    insertUnparsed: database.prepare(
      'INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trimUnparsed: database.prepare('DELETE FROM unparsed WHERE id <= ?'),
  };
}
