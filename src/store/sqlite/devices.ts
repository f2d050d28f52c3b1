import type Database from 'better-sqlite3';
import type { Merge } from '../../core/correlate/correlate.ts';
import type { Device } from '../../core/model/device.ts';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import type { Counts, DeviceQuery } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { type DeviceRow, packDevice, unpackDevice } from './codec/device-record.ts';
import { type Blocks, changeOfTail, newTail } from './codec/tail-blocks.ts';
import { packSignals } from './codec/tail-record.ts';
import { PROJECTION } from './schema.ts';

/** A device as the file has it: how its tail lies there, and its projected columns; null where they are not known. */
type Held = { readonly device: Device; readonly blocks: Blocks | null; readonly projected: readonly Column[] | null };
type Column = string | number | null;

const ROW = `device.record AS record,
  (SELECT group_concat(tail.record, ',' ORDER BY tail.id) FROM tail WHERE tail.device = device.key) AS blocks`;

function prepare(database: Database.Database) {
  const number = <P extends unknown[]>(sql: string) =>
    database.prepare<P, number>(sql).pluck() as Database.Statement<P, number>;
  const rows = <P extends unknown[]>(sql: string) => database.prepare<P, DeviceRow>(sql);
  return {
    load: rows<[string]>(`SELECT ${ROW} FROM device WHERE key = ?`),
    due: rows<[number, number]>(`SELECT ${ROW} FROM device WHERE deadline <= ? ORDER BY deadline LIMIT ?`),
    list: rows<[object]>(
      `SELECT ${ROW} FROM device WHERE key > @after AND (@condition IS NULL OR condition = @condition)
         AND (@plant IS NULL OR plant = @plant) ORDER BY key LIMIT @limit`,
    ),
    unprojected: rows<[number, number]>(`SELECT ${ROW} FROM device WHERE projected < ? LIMIT ?`),
    insert: database.prepare(
      `INSERT INTO device (plant, condition, spare, series, series_until, series_rank, grace_until, grace_bounded,
         projected, version, deadline, last_seen, record, key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    update: database.prepare(
      `UPDATE device SET plant = ?, condition = ?, spare = ?, series = ?, series_until = ?, series_rank = ?,
         grace_until = ?, grace_bounded = ?, projected = ?, version = ?, deadline = ?, last_seen = ?, record = ?
       WHERE key = ? AND version = ?`,
    ),
    // Most signals change none of the projected columns, and a column that is not named costs no index.
    updateRecord: database.prepare(
      'UPDATE device SET version = ?, deadline = ?, last_seen = ?, record = ? WHERE key = ? AND version = ?',
    ),
    reproject: database.prepare(
      `UPDATE device SET plant = ?, condition = ?, spare = ?, series = ?, series_until = ?, series_rank = ?,
         grace_until = ?, grace_bounded = ?, projected = ?, deadline = ? WHERE key = ? AND version = ?`,
    ),
    remove: database.prepare('DELETE FROM device WHERE key = ? AND version = ?'),
    forget: database.prepare('DELETE FROM device WHERE key = ?'),
    evict: database
      .prepare<[number], string>(
        `DELETE FROM device WHERE key IN (
           SELECT key FROM device WHERE spare IS NOT NULL ORDER BY spare, last_seen LIMIT ?) RETURNING key`,
      )
      .pluck() as Database.Statement<[number], string>,
    spare: number<[number]>('SELECT count(*) FROM (SELECT 1 FROM device WHERE spare IS NOT NULL LIMIT ?)'),
    count: number<[]>('SELECT count(*) FROM device'),
    conditions: database.prepare<[], Counts['devices'][number]>(
      'SELECT condition, count(*) AS count FROM device GROUP BY condition',
    ),
    insertBlock: database.prepare('INSERT INTO tail (device, record) VALUES (?, ?)'),
    removeBlocks: database.prepare('DELETE FROM tail WHERE device = ?'),
    removeFirst: database.prepare(
      'DELETE FROM tail WHERE id IN (SELECT id FROM tail WHERE device = ? ORDER BY id LIMIT ?)',
    ),
    removeLast: database.prepare(
      'DELETE FROM tail WHERE id IN (SELECT id FROM tail WHERE device = ? ORDER BY id DESC LIMIT ?)',
    ),
  };
}

/** Rows of devices and of their tails. What was loaded or written last is held in memory as the file has it. */
export class SqliteDevices {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #projection: Projection;
  readonly #most: number;
  readonly #held = new GenerationalCache<string, Held>(
    limits.cachedDevices,
    ({ device }) => device.recent.length,
    limits.cachedSignals,
  );

  /** Rows of devices; null where that is not known. */
  #count: number | null = null;

  /** `most`: how many there may be. */
  constructor(database: Database.Database, projection: Projection, most: number) {
    this.#statements = prepare(database);
    this.#projection = projection;
    this.#most = most;
  }

  load(key: string): Device | undefined {
    const held = this.#held.get(key);
    if (held !== undefined) return held.device;
    const row = this.#statements.load.get(key);
    if (row === undefined) return undefined;
    const loaded = unpackDevice(row);
    this.#held.set(key, { ...loaded, projected: null });
    return loaded.device;
  }

  due(now: number, limit: number): Device[] {
    return this.#statements.due.all(now, limit).map(whole);
  }

  list({ condition, plant, after, limit }: DeviceQuery): Device[] {
    const query = { condition: condition ?? null, plant: plant ?? null, after: after ?? '', limit };
    return this.#statements.list.all(query).map(whole);
  }

  conditions(): Counts['devices'] {
    return this.#statements.conditions.all();
  }

  /** False where the stored version is another one. The stored one becomes the next. */
  write(device: Device): boolean {
    const { key, version } = device;
    const held = this.#held.get(key);
    const blocks = held?.device.version === version ? held.blocks : null;
    const change =
      blocks === null ? newTail(device.recent) : changeOfTail((held as Held).device.recent, blocks, device.recent);
    const next = { ...device, version: version + 1 };
    const record = packDevice(next, change);
    const projected = this.#projected(device);
    const own = [next.version, this.#projection.deadlineOf(device), device.lastSeenAt ?? 0, record, key];
    const { insert, update, updateRecord } = this.#statements;
    const { changes } =
      version === 0
        ? insert.run(...projected, ...own)
        : isSame(projected, held?.projected ?? null)
          ? updateRecord.run(...own, version)
          : update.run(...projected, ...own, version);
    if (changes === 0) return false;
    if (version === 0 && this.#count !== null) this.#count++;
    // Of a tail that lies in the file in a way not known here nothing stays.
    if (blocks === null) this.#statements.removeBlocks.run(key);
    if (change.first > 0) this.#statements.removeFirst.run(key, change.first);
    if (change.last > 0) this.#statements.removeLast.run(key, change.last);
    if (change.added.length > 0) this.#statements.insertBlock.run(key, packSignals(change.added));
    this.#held.set(key, { device: next, blocks: change.blocks, projected });
    return true;
  }

  /** The device that another one takes over; false where its stored version is another one. */
  remove({ from, into, version }: Merge): boolean {
    this.#held.delete(from);
    this.#held.delete(into);
    if (version === 0) return true;
    this.#count = null;
    this.#statements.removeBlocks.run(from);
    return this.#statements.remove.run(from, version).changes > 0;
  }

  /** A device that nobody takes over. */
  forgetOne(key: string): void {
    this.#held.delete(key);
    this.#count = null;
    this.#statements.removeBlocks.run(key);
    this.#statements.forget.run(key);
  }

  /** How many of so many new devices there is room for, beside those that cannot be forgotten. */
  room(wanted: number): number {
    const free = this.#most - this.#number();
    return free >= wanted ? wanted : Math.max(0, free + (this.#statements.spare.get(wanted - free) ?? 0));
  }

  /** Beyond the bound those that can be forgotten go, the one unheard of for longest first; gives their keys. */
  evict(): readonly string[] {
    const count = this.#number();
    if (count <= this.#most) return [];
    const keys = this.#statements.evict.all(count - this.#most);
    for (const key of keys) {
      this.#held.delete(key);
      this.#statements.removeBlocks.run(key);
    }
    this.#count = count - keys.length;
    return keys;
  }

  #number(): number {
    this.#count ??= this.#statements.count.get() ?? 0;
    return this.#count;
  }

  /** Brings up to so many rows to this version's projection; gives how many. Versions stay as they are. */
  reproject(limit: number): number {
    const devices = this.#statements.unprojected.all(PROJECTION, limit).map(whole);
    for (const device of devices) {
      const deadline = this.#projection.deadlineOf(device);
      this.#statements.reproject.run(...this.#projected(device), deadline, device.key, device.version);
    }
    return devices.length;
  }

  /** What is held may not be what the file has any more. */
  forget(): void {
    this.#held.clear();
    this.#count = null;
  }

  /** The columns that are made of the record and seldom change. */
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
      PROJECTION,
    ];
  }
}

function whole(row: DeviceRow): Device {
  return unpackDevice(row).device;
}

function isSame(a: readonly Column[], b: readonly Column[] | null): boolean {
  return b !== null && a.every((column, index) => column === b[index]);
}
