import type Database from 'better-sqlite3';
import type { Merge } from '../../core/correlate/correlated.ts';
import type { Device } from '../../core/model/device.ts';
import type { SignalEvent } from '../../core/model/device-state.ts';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import { deviceProblem } from '../codec/device-problem.ts';
import { type DeviceRow, packDevice, unpackDevice } from '../codec/device-record.ts';
import type { MemberRow } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import { type Blocks, changeOfTail, newTail } from '../codec/tail-blocks.ts';
import { packSignals } from '../codec/tail-record.ts';
import type { DeviceQuery } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { type Column, DAMAGED_BLOCK, INTACT, rowDamaged, rowSum } from './checksums.ts';
import type { SqliteMembers } from './members.ts';
import { prepareColumn } from './statements.ts';

/** A device as it is in the file, with the blocks of its tail and its projected columns; null where these are not known. */
type CachedDevice = {
  readonly device: Device;
  readonly blocks: Blocks | null;
  readonly projected: readonly Column[] | null;
  readonly member: MemberRow | null;
};

/** `intact`: 1 where the row and its tail have their checksums; else 0. */
type ReadRow = DeviceRow & { readonly key: string; readonly intact: number };

/** A row as it is in the file, for `rewrite()` or to be set aside. */
export type StoredDevice = ReadRow & {
  /** Who judged it; null in a row of an older version. */
  readonly judged?: string | null;
  /** The projected columns in the order of the statements, as JSON. */
  readonly columns?: string;
};

/** Rows that were judged otherwise than by `@judged`. Each of the three conditions is a range of the index. */
const UNJUDGED = 'judged IS NULL OR judged < @judged OR judged > @judged';

const ROW = `device.key AS key, device.record AS record, ${INTACT.device} AS intact,
  (SELECT group_concat(CASE WHEN ${INTACT.tail} THEN tail.record ELSE '${DAMAGED_BLOCK}' END, ',' ORDER BY tail.id)
   FROM tail WHERE tail.device = device.key) AS blocks`;

function prepare(database: Database.Database) {
  const rows = <P extends unknown[]>(sql: string) => database.prepare<P, ReadRow>(sql);
  return {
    load: rows<[string]>(`SELECT ${ROW} FROM device WHERE key = ?`),
    due: prepareColumn<[number, number], string>(
      database,
      'SELECT key FROM device WHERE deadline <= ? ORDER BY deadline LIMIT ?',
    ),
    list: rows<[object]>(
      `SELECT ${ROW} FROM device WHERE key > @after AND (@condition IS NULL OR condition = @condition)
         AND (@plant IS NULL OR plant = @plant) AND (@dueBy IS NULL OR deadline <= max(last_seen, @dueBy))
       ORDER BY key LIMIT @limit`,
    ),
    unprojected: database.prepare<[number, string, number], StoredDevice>(
      `SELECT ${ROW} FROM device WHERE projected < ? AND judged = ? LIMIT ?`,
    ),
    unjudged: database.prepare<[object], StoredDevice>(
      `SELECT ${ROW}, judged, json_array(plant, condition, spare, series, series_until, series_rank, grace_until,
         grace_bounded, recovery_hidden, projected) AS columns FROM device WHERE ${UNJUDGED} LIMIT @limit`,
    ),
    behind: database.prepare<[string, number], StoredDevice>(
      `SELECT ${ROW}, judged FROM device WHERE key > ? ORDER BY key LIMIT ?`,
    ),
    unjudgedBy: database.prepare<[object], { by: string | null; count: number }>(
      `SELECT judged AS by, count(*) AS count FROM device WHERE ${UNJUDGED} GROUP BY judged`,
    ),
    isUnjudged: database.prepare<[object], number>(`SELECT 1 FROM device WHERE key = @key AND (${UNJUDGED})`),
    unmark: database.prepare('UPDATE device SET judged = NULL WHERE key = ?'),
    insert: database.prepare(
      `INSERT INTO device (plant, condition, spare, series, series_until, series_rank, grace_until, grace_bounded,
         recovery_hidden, projected, version, deadline, last_seen, record, sum, key, judged)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE device SET plant = ?, condition = ?, spare = ?, series = ?, series_until = ?, series_rank = ?,
         grace_until = ?, grace_bounded = ?, recovery_hidden = ?, projected = ?, version = ?, deadline = ?, last_seen = ?, record = ?,
         sum = ?
       WHERE key = ? AND version = ?`,
    ),
    rewrite: database.prepare(
      `UPDATE device SET plant = ?, condition = ?, spare = ?, series = ?, series_until = ?, series_rank = ?,
         grace_until = ?, grace_bounded = ?, recovery_hidden = ?, projected = ?, version = ?, deadline = ?,
         last_seen = ?, record = ?, sum = ?, judged = ?
       WHERE key = ? AND version = ?`,
    ),
    rewriteRecord: database.prepare(
      'UPDATE device SET version = ?, deadline = ?, last_seen = ?, record = ?, sum = ?, judged = ? WHERE key = ? AND version = ?',
    ),
    // Most signals change no projected column. SQLite does not touch the index of a column that an UPDATE does not name.
    updateRecord: database.prepare(
      'UPDATE device SET version = ?, deadline = ?, last_seen = ?, record = ?, sum = ? WHERE key = ? AND version = ?',
    ),
    reproject: database.prepare(
      `UPDATE device SET plant = ?, condition = ?, spare = ?, series = ?, series_until = ?, series_rank = ?,
         grace_until = ?, grace_bounded = ?, recovery_hidden = ?, projected = ?, deadline = ?, sum = ?
       WHERE key = ? AND version = ?`,
    ),
    remove: database.prepare('DELETE FROM device WHERE key = ? AND version = ?'),
    removeOne: database.prepare('DELETE FROM device WHERE key = ?'),
    evict: prepareColumn<[number], string>(
      database,
      `DELETE FROM device WHERE key IN (
           SELECT key FROM device WHERE spare IS NOT NULL ORDER BY spare, last_seen LIMIT ?) RETURNING key`,
    ),
    countEvictable: prepareColumn<[number], number>(
      database,
      'SELECT count(*) FROM (SELECT 1 FROM device WHERE spare IS NOT NULL LIMIT ?)',
    ),
    count: prepareColumn<[], number>(database, 'SELECT count(*) FROM device'),
    countUnprojected: prepareColumn<[number], number>(database, 'SELECT count(*) FROM device WHERE projected < ?'),
    insertBlock: database.prepare('INSERT INTO tail (device, record, sum) VALUES (?, ?, ?)'),
    removeBlocks: database.prepare('DELETE FROM tail WHERE device = ?'),
    removeFirst: database.prepare(
      'DELETE FROM tail WHERE id IN (SELECT id FROM tail WHERE device = ? ORDER BY id LIMIT ?)',
    ),
    removeLast: database.prepare(
      'DELETE FROM tail WHERE id IN (SELECT id FROM tail WHERE device = ? ORDER BY id DESC LIMIT ?)',
    ),
  };
}

/** Rows of devices and of their tails. The devices that were loaded or written last are cached in memory. */
export class SqliteDevices {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #file: string;
  readonly #projection: Projection;
  readonly #members: SqliteMembers;
  readonly #most: number;
  readonly #cached = new GenerationalCache<string, CachedDevice>(
    limits.cachedDevices,
    ({ device }) => device.recent.length,
    limits.cachedSignals,
  );
  /** Rows of devices; null where the number is not known. */
  #count: number | null = null;

  /** `most`: how many devices there may be. */
  constructor(database: Database.Database, projection: Projection, members: SqliteMembers, most: number) {
    this.#file = database.name;
    this.#statements = prepare(database);
    this.#projection = projection;
    this.#members = members;
    this.#most = most;
  }

  load(key: string): Device | undefined {
    const cached = this.#cached.get(key);
    if (cached !== undefined) return cached.device;
    const row = this.#statements.load.get(key);
    if (row === undefined) return undefined;
    const loaded = this.#unpack(row);
    this.#cached.set(key, { ...loaded, projected: null, member: null });
    return loaded.device;
  }

  /** Keys of devices whose deadline is at or before `now`, the longest overdue first. */
  due(now: number, limit: number): string[] {
    return this.#statements.due.all(now, limit);
  }

  /** The keys of the rows, with their devices; null for a damaged row. */
  list({
    condition,
    plant,
    dueBy,
    after,
    limit,
  }: DeviceQuery): { readonly key: string; readonly device: Device | null }[] {
    const [by, where] = [dueBy ?? null, { condition: condition ?? null, plant: plant ?? null }];
    const query = { ...where, dueBy: by, after: after ?? '', limit };
    return this.#statements.list.all(query).map((row) => ({ key: row.key, device: readable(row) }));
  }

  /** The same for rows with these keys, in their order; those that are not there are left out. */
  listOf(keys: readonly string[]): { readonly key: string; readonly device: Device | null }[] {
    return keys.flatMap((key) => {
      const row = this.#statements.load.get(key);
      return row === undefined ? [] : { key, device: readable(row) };
    });
  }

  /** The rows behind a key, in the order of their keys; a device that is damaged is null. */
  behind(
    after: string,
    limit: number,
  ): { readonly key: string; readonly judged: string | null; readonly device: Device | null }[] {
    return this.#statements.behind.all(after, limit).map((row) => ({
      ...{ key: row.key, judged: row.judged ?? null, device: readable(row) },
    }));
  }

  /** Stores a device of another database as it is, and who has judged it. */
  bring(device: Device, judged: string | null): void {
    const change = newTail(device.recent);
    const record = packDevice(device, change);
    const projected = this.#projected(device);
    const [deadline, lastSeen] = [this.#projection.deadlineOf(device), device.lastSeenAt ?? 0];
    const { key, version } = device;
    const sum = rowSum(record, key, version, deadline, lastSeen, ...projected, change.blocks.sizes.length);
    this.#statements.insert.run(...projected, version, deadline, lastSeen, record, sum, key, judged);
    this.#addBlock(key, change.added);
    this.#members.write(device, undefined);
  }

  /** How many devices were judged otherwise than now, by what judged them. */
  unjudgedBy(): { by: string | null; count: number }[] {
    return this.#statements.unjudgedBy.all({ judged: this.#projection.judgedBy() });
  }

  /** Rows of devices that were judged otherwise than now. */
  unjudged(limit: number): StoredDevice[] {
    return this.#statements.unjudged.all({ judged: this.#projection.judgedBy(), limit });
  }

  isUnjudged(key: string): boolean {
    return this.#statements.isUnjudged.get({ key, judged: this.#projection.judgedBy() }) !== undefined;
  }

  /** The device is to be judged anew, because a part of it was judged otherwise, or because it cannot be read. */
  unmark(key: string): void {
    this.#statements.unmark.run(key);
  }

  /** Stores a device that was judged anew, with the next version. `row`: as it is in the file. */
  rewrite(device: Device, row: StoredDevice): void {
    const { key, version } = device;
    const change = newTail(device.recent);
    const next = { ...device, version: version + 1 };
    const [deadline, lastSeen] = [this.#projection.deadlineOf(device), device.lastSeenAt ?? 0];
    const record = packDevice(next, change);
    const judged = this.#projection.judgedBy();
    this.#cached.delete(key);
    const projected = this.#projected(device);
    const sum = rowSum(record, key, next.version, deadline, lastSeen, ...projected, change.blocks.sizes.length);
    const own = [next.version, deadline, lastSeen, record, sum];
    const { rewrite, rewriteRecord } = this.#statements;
    const { changes } =
      JSON.stringify(projected) === row.columns
        ? rewriteRecord.run(...own, judged, key, version)
        : rewrite.run(...projected, ...own, judged, key, version);
    if (changes === 0) throw new Error(`its record has another version than its row: ${version}`);
    if (row.blocks !== null) this.#statements.removeBlocks.run(key);
    this.#addBlock(key, change.added);
    this.#members.write(device, null);
  }

  /** Stores the device with the next version. Returns false, and writes nothing, where the stored version is another one. */
  write(device: Device): boolean {
    const { key, version } = device;
    const cached = this.#cached.get(key);
    const isInFile = cached?.device.version === version;
    const blocks = isInFile ? cached.blocks : null;
    const change =
      blocks === null
        ? newTail(device.recent)
        : changeOfTail((cached as CachedDevice).device.recent, blocks, device.recent);
    const next = { ...device, version: version + 1 };
    const record = packDevice(next, change);
    const projected = this.#projected(device);
    const [deadline, lastSeen] = [this.#projection.deadlineOf(device), device.lastSeenAt ?? 0];
    const sum = rowSum(record, key, next.version, deadline, lastSeen, ...projected, change.blocks.sizes.length);
    const own = [next.version, deadline, lastSeen, record, sum, key];
    const { insert, update, updateRecord } = this.#statements;
    const { changes } =
      version === 0
        ? insert.run(...projected, ...own, this.#projection.judgedBy())
        : isSame(projected, cached?.projected ?? null)
          ? updateRecord.run(...own, version)
          : update.run(...projected, ...own, version);
    if (changes === 0) return false;
    if (version === 0 && this.#count !== null) this.#count++;
    // Where the blocks in the file are not known, the whole tail is written again; a new device has none.
    if (blocks === null && version > 0) this.#statements.removeBlocks.run(key);
    if (change.first > 0) this.#statements.removeFirst.run(key, change.first);
    if (change.last > 0) this.#statements.removeLast.run(key, change.last);
    this.#addBlock(key, change.added);
    const before = version === 0 ? undefined : isInFile ? cached.member : null;
    const member = this.#members.write(device, before);
    this.#cached.set(key, { device: next, blocks: change.blocks, projected, member });
    return true;
  }

  /** Deletes a device that is merged into another one. Returns false where its stored version is another one. */
  remove({ from, into, version }: Merge): boolean {
    this.#cached.delete(from);
    this.#cached.delete(into);
    if (version === 0) return true;
    this.#count = null;
    this.#members.remove(from);
    this.#statements.removeBlocks.run(from);
    return this.#statements.remove.run(from, version).changes > 0;
  }

  /** Deletes a device, whatever its version is. */
  removeOne(key: string): void {
    this.#cached.delete(key);
    this.#count = null;
    this.#members.remove(key);
    this.#statements.removeBlocks.run(key);
    this.#statements.removeOne.run(key);
  }

  /** How many of `wanted` new devices fit below the limit, if the devices that may be evicted are evicted for them. */
  capacityFor(wanted: number): number {
    const free = this.#most - this.#countRows();
    return free >= wanted ? wanted : Math.max(0, free + (this.#statements.countEvictable.get(wanted - free) ?? 0));
  }

  /** Evicts devices beyond the limit: by eviction rank, then those that were seen longest ago. Returns their keys. */
  evict(): readonly string[] {
    const count = this.#countRows();
    if (count <= this.#most) return [];
    const keys = this.#statements.evict.all(count - this.#most);
    for (const key of keys) {
      this.#cached.delete(key);
      this.#members.remove(key);
      this.#statements.removeBlocks.run(key);
    }
    this.#count = count - keys.length;
    return keys;
  }

  /**
   * Brings up to `limit` rows to this version's projection. Returns how many. The devices keep their versions. Rows that
   * will be judged anew are left out, as they get this projection then; a row that cannot be read becomes one of them.
   */
  reproject(limit: number): number {
    const rows = this.#statements.unprojected.all(PROJECTION, this.#projection.judgedBy(), limit);
    for (const row of rows) {
      const device = readable(row);
      if (device === null) {
        this.unmark(row.key);
        continue;
      }
      const deadline = this.#projection.deadlineOf(device);
      const { key, version } = device;
      const projected = this.#projected(device);
      const blocks = row.blocks === null ? 0 : JSON.parse(`[${row.blocks}]`).length;
      const sum = rowSum(row.record, key, version, deadline, device.lastSeenAt ?? 0, ...projected, blocks);
      this.#statements.reproject.run(...projected, deadline, sum, key, version);
      this.#members.write(device, null);
    }
    return rows.length;
  }

  /** How many rows have the projection of a former version. */
  unprojected(): number {
    return this.#statements.countUnprojected.get(PROJECTION) ?? 0;
  }

  /** To be called when the file may have changed, or a transaction was rolled back. */
  clearCache(): void {
    this.#cached.clear();
    this.#count = null;
  }

  #addBlock(key: string, signals: readonly SignalEvent[]): void {
    if (signals.length === 0) return;
    const record = packSignals(signals);
    this.#statements.insertBlock.run(key, record, rowSum(record, key));
  }

  #unpack(row: ReadRow): ReturnType<typeof unpackDevice> {
    if (row.intact === 0) throw rowDamaged(this.#file, row.key);
    try {
      return unpackDevice(row);
    } catch (error) {
      throw rowDamaged(this.#file, row.key, error);
    }
  }

  #countRows(): number {
    this.#count ??= this.#statements.count.get() ?? 0;
    return this.#count;
  }

  /** The columns that are computed from the record and seldom change, in the order of the statements. */
  #projected(device: Device): Column[] {
    const series = this.#projection.seriesOf(device);
    const grace = this.#projection.graceOf(device);
    return [
      device.inventory?.plant ?? null,
      this.#projection.conditionOf(device),
      this.#projection.evictionRank(device),
      series === null ? null : JSON.stringify(series.series),
      series?.until ?? null,
      series?.rank ?? null,
      grace?.until ?? null,
      grace === null ? null : Number(grace.until === null),
      Number(this.#projection.isRecoveryHidden(device)),
      PROJECTION,
    ];
  }
}

/** Null where the record cannot be read. */
function readable(row: ReadRow): Device | null {
  if (row.intact === 0) return null;
  try {
    const { device } = unpackDevice(row);
    return deviceProblem(device, row.key) === null ? device : null;
  } catch {
    return null;
  }
}

function isSame(a: readonly Column[], b: readonly Column[] | null): boolean {
  return b !== null && a.every((column, index) => column === b[index]);
}
