import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { DeviceChange, Merge } from '../../core/correlate/correlate.ts';
import type { Evidence } from '../../core/correlate/sighting.ts';
import type { Device } from '../../core/device.ts';
import { type GraceBucket, graceBounds, graceBuckets } from '../../core/fleet.ts';
import type { Aliases } from '../../core/identity.ts';
import type { IncidentRecord } from '../../core/incident-record.ts';
import { limits } from '../../core/limits.ts';
import { page } from '../page.ts';
import type {
  Batch,
  CommitResult,
  Counts,
  DeviceQuery,
  IncidentQuery,
  MessageQuery,
  Note,
  Page,
  Projection,
  Proof,
  SeriesRow,
  Store,
  TransitionRow,
  Unparsed,
} from '../store.ts';
import { packDevice, unpackDevice } from './device-record.ts';
import { digestOf, unpackEvidence } from './evidence-record.ts';
import { explained } from './open.ts';
import { PROJECTION } from './schema.ts';
import { SqliteAlerts } from './sqlite-alerts.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteSources } from './sqlite-sources.ts';
import { prepare, type Statements } from './statements.ts';

const WEEK_MS = 7 * 86_400_000;
/** Rows that one transaction brings to this version's projection. */
const REPROJECTED_ROWS = 500;

/** The store on disk. One writer; others may read the file meanwhile. */
export class SqliteStore implements Store {
  readonly outbox: SqliteOutbox;
  readonly alerts: SqliteAlerts;
  readonly sources: SqliteSources;
  readonly #database: Database.Database;
  readonly #projection: Projection;
  readonly #statements: Statements;
  readonly #commit: (batch: Batch) => CommitResult;

  /** `newId`: of a notice; no two are ever the same. */
  constructor(database: Database.Database, projection: Projection, newId: () => string = randomUUID) {
    this.#database = database;
    this.#projection = projection;
    this.#statements = prepare(database);
    this.outbox = new SqliteOutbox(database, newId);
    this.alerts = new SqliteAlerts(database);
    this.sources = new SqliteSources(database);
    this.#commit = database.transaction((batch: Batch) => this.#write(batch));
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    return this.#explained(() => {
      const found = new Map<string, Device>();
      for (const key of keys) {
        const record = this.#statements.device.get(key);
        if (record !== undefined) found.set(key, unpackDevice(record));
      }
      return found;
    });
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    return this.#explained(() => {
      const found = new Map<string, string | null>();
      for (const name of names) {
        const row = this.#statements.alias.get(name);
        if (row !== undefined) found.set(name, row.key);
      }
      return found;
    });
  }

  async namesOf(key: string): Promise<readonly string[]> {
    return this.#statements.namesOf.all(key);
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
    return this.#explained(() => this.#statements.due.all(now, limit).map(unpackDevice));
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

  async devices({ condition, plant, after, limit }: DeviceQuery): Promise<Page<Device>> {
    const rows = this.#statements.devices
      .all({ condition: condition ?? null, plant: plant ?? null, after: after ?? '', limit: limit + 1 })
      .map(unpackDevice);
    return page(rows, limit, ({ key }) => key);
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return (await this.proofs(device, ordinal)).map(({ row }) => row);
  }

  async proofs(device: string, ordinal: number): Promise<readonly Proof[]> {
    return this.#statements.evidence.all(device, ordinal).map(({ record, digest }) => {
      const row = unpackEvidence(record);
      return { row, intact: digest === null ? null : digest === digestOf(row) };
    });
  }

  async messages({ device, mnemonic, after, limit }: MessageQuery): Promise<Page<Evidence>> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const query = { before, device: device ?? null, mnemonic: mnemonic ?? null, limit: limit + 1 };
    const { rows, next } = page(this.#statements.messages.all(query), limit, ({ id }) => `${id}`);
    return { rows: rows.map(({ record }) => unpackEvidence(record)), next };
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
    await breath();
    const devices = this.#statements.deviceCounts.all();
    await breath();
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
    for (;;) {
      const devices = this.#statements.unprojected.all(PROJECTION, REPROJECTED_ROWS).map(unpackDevice);
      if (devices.length === 0) return;
      this.#database.transaction(() => {
        for (const device of devices) {
          this.#statements.reproject.run({ key: device.key, version: device.version, ...this.#projected(device) });
        }
      })();
      await breath();
    }
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
    for (const merge of batch.merges) this.#merge(merge);
    this.#writeAliases(batch.aliases);
    for (const device of batch.devices) this.#writeDevice(device);
    for (const change of batch.changes) this.#writeChange(change, batch.now);
    for (const device of [...batch.past, ...batch.devices]) this.#writeIncident(device);
    this.#writeEvidence(batch.evidence);
    for (const row of batch.unparsed) this.#writeUnparsed(row);
    for (const note of batch.notes) {
      this.#statements.insertNote.run(note.device, note.ordinal, note.at, JSON.stringify(note));
    }
    const given = this.outbox.write(batch.notices, batch.now);
    const added = batch.devices.filter(({ version }) => version === 0).length;
    return { kind: 'committed', evicted: added === 0 ? 0 : this.#evict(), given };
  }

  #merge(merge: Merge): void {
    const { from, version } = merge;
    if (version > 0 && this.#statements.deleteDevice.run({ from, version }).changes === 0) throw new Conflict(from);
    const { into, fromOrdinal, intoOrdinal } = merge;
    this.#statements.moveAliases.run({ from, into });
    this.#statements.moveEvidence.run({ from, into, fromOrdinal, intoOrdinal });
    this.#statements.moveNotes.run({ from, into, fromOrdinal, intoOrdinal });
    this.#statements.moveTransitions.run({ from, into, fromOrdinal, intoOrdinal });
    // Two sets of rows have become one.
    for (const mnemonic of this.#statements.evidenceMnemonics.all(into, intoOrdinal)) {
      this.#statements.trimEvidence.run({
        device: into,
        ordinal: intoOrdinal,
        mnemonic,
        first: limits.evidenceFirst,
        last: limits.evidenceLast,
        decisive: limits.evidenceDecisive,
        week: WEEK_MS,
      });
    }
  }

  #writeAliases(aliases: Aliases): void {
    for (const [name, key] of aliases) this.#statements.upsertAlias.run(name, key);
    if (aliases.size > 0) this.#statements.trimAliases.run(limits.aliases);
  }

  #writeDevice(device: Device): void {
    const next = { ...device, version: device.version + 1 };
    const row = {
      key: device.key,
      expected: device.version,
      version: next.version,
      lastSeen: device.lastSeenAt ?? 0,
      plant: device.inventory?.plant ?? null,
      record: packDevice(next),
      ...this.#projected(device),
    };
    const written =
      device.version === 0 ? this.#statements.insertDevice.run(row) : this.#statements.updateDevice.run(row);
    if (written.changes === 0) throw new Conflict(device.key);
  }

  /** The columns that are made of the record. */
  #projected(device: Device) {
    const series = this.#projection.seriesOf(device);
    const grace = this.#projection.graceOf(device);
    return {
      condition: this.#projection.conditionOf(device),
      deadline: this.#projection.deadlineOf(device),
      series: series === null ? null : JSON.stringify(series.series),
      seriesUntil: series?.until ?? null,
      seriesRank: series?.rank ?? null,
      graceUntil: grace?.until ?? null,
      graceBounded: grace === null ? null : Number(grace.until === null),
      projected: PROJECTION,
    };
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
    for (const row of rows) {
      const { device, ordinal, mnemonic, at } = row;
      this.#statements.insertEvidence.run({
        device,
        ordinal,
        mnemonic,
        at,
        decisive: Number(row.decisive),
        record: JSON.stringify(row),
        digest: digestOf(row),
      });
      this.#trimLeaving({ device, ordinal, mnemonic });
    }
  }

  /** Of each mnemonic the first and the last rows stay, those that decided, and the first of each week. */
  #trimLeaving(group: { device: string; ordinal: number; mnemonic: string }): void {
    const leaving = this.#statements.leavingEvidence.get({ ...group, last: limits.evidenceLast });
    if (leaving === undefined) return;
    const { id, decisive } = leaving;
    const before = { ...group, id };
    if ((this.#statements.evidenceBefore.get({ ...before, limit: limits.evidenceFirst }) ?? 0) < limits.evidenceFirst)
      return;
    if (decisive === 1 && (this.#statements.decisiveBefore.get(before) ?? 0) < limits.evidenceDecisive) return;
    const week = { ...before, week: WEEK_MS, of: Math.floor(leaving.at / WEEK_MS) };
    if (this.#statements.evidenceOfWeek.get(week) !== undefined) this.#statements.deleteEvidenceRow.run(id);
  }

  #writeUnparsed({ receivedAt, device, facility, mnemonic, why, raw }: Unparsed): void {
    const { lastInsertRowid } = this.#statements.insertUnparsed.run(receivedAt, device, facility, mnemonic, why, raw);
    this.#statements.trimUnparsed.run(Number(lastInsertRowid) - limits.unparsedRows);
  }

  #evict(): number {
    const count = this.#statements.deviceCount.get() ?? 0;
    if (count <= limits.devices) return 0;
    const evicted = this.#statements.evict.all(count - limits.devices);
    for (const key of evicted) {
      this.#statements.deleteEvidence.run(key);
      this.#statements.deleteAliases.run(key);
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

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
