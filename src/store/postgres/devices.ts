import type { Merge } from '../../core/correlate/correlated.ts';
import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { packMember } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import { newTail } from '../codec/tail-blocks.ts';
import type { DeviceQuery } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import type { PostgresDamage } from './damage.ts';
import { DeviceCache } from './device-cache.ts';
import { DeviceLocks } from './device-locks.ts';
import { DeviceReader } from './device-reader.ts';
import {
  DEVICE,
  type DeviceRow,
  insertDevices,
  projectedOf,
  putMembers,
  reprojectDevices,
  updateDevices,
  type WrittenDevice,
} from './device-rows.ts';
import { toWrite } from './device-writes.ts';
import { RowCount } from './row-count.ts';
import { Conflict, type Session } from './session.ts';

/** `judged`: who judged it; null where it is to be judged anew. */
export type StoredDevice = DeviceRow & { readonly judged: string | null };

/** Rows of devices, and of what the fleet shows of each. */
export class PostgresDevices {
  readonly count: RowCount;
  readonly cache = new DeviceCache();
  readonly locks: DeviceLocks;
  readonly #projection: Projection;
  readonly #reader: DeviceReader;

  /** `most`: how many devices there may be. */
  constructor(projection: Projection, damage: PostgresDamage, most: number = limits.devices) {
    this.#projection = projection;
    this.#reader = new DeviceReader(damage);
    this.locks = new DeviceLocks(this.cache, projection, this.#reader);
    this.count = new RowCount('device', most);
  }

  async load(session: Session, keys: Iterable<string>): Promise<Map<string, Device>> {
    const wanted = [...new Set(keys)];
    if (wanted.length === 0) return new Map();
    const rows = await session.rows<DeviceRow>(`SELECT ${DEVICE} FROM device WHERE key = ANY($1)`, wanted);
    const found = new Map(rows.map((row) => [row.key, this.#reader.one(row).device]));
    return new Map(wanted.flatMap((key) => (found.has(key) ? [[key, found.get(key) as Device]] : [])));
  }

  /** Stores the devices, each with the next version. */
  async write(session: Session, devices: readonly Device[]): Promise<void> {
    if (devices.length === 0) return;
    const rows = devices.map((device) => toWrite(device, this.cache, this.#projection));
    const [added, changed] = [rows.filter(isAdded), rows.filter((row) => !isAdded(row))];
    const answers = await Promise.all([
      insertDevices(session, added, this.#projection, this.#projection.judgedBy()),
      updateDevices(session, changed, this.#projection),
      putMembers(
        session,
        rows.flatMap(({ device: { key }, isMember, member }) => (isMember ? [] : { key, member })),
      ),
    ]);
    const written = new Set<string>();
    for (const { key, writtenBy } of [...answers[0], ...answers[1]]) {
      written.add(key);
      this.cache.written(key, writtenBy);
    }
    const stale = devices.filter(({ key }) => !written.has(key));
    if (stale.length > 0) throw staleOf(stale);
  }

  /** Stores devices that were judged anew. */
  async rewrite(session: Session, devices: readonly Device[]): Promise<void> {
    const keys = devices.map(({ key }) => key);
    for (const key of keys) this.cache.delete(key);
    await this.write(session, devices);
    await session.run('UPDATE device SET judged = $2 WHERE key = ANY($1)', keys, this.#projection.judgedBy());
  }

  /** Stores devices of another database as they are, and who has judged each. */
  async bring(
    session: Session,
    rows: readonly { readonly device: Device; readonly judged: string | null }[],
  ): Promise<void> {
    const written = rows.map(({ device }): WrittenDevice => {
      const projected = projectedOf(device, this.#projection);
      return { device, projected, isSteady: false, change: newTail(device.recent) };
    });
    await insertDevices(session, written, this.#projection, null);
    await session.run(
      'UPDATE device SET judged = new.judged FROM unnest($1::text[], $2::text[]) AS new (key, judged) WHERE device.key = new.key',
      ...[rows.map(({ device }) => device.key), rows.map(({ judged }) => judged)],
    );
    await putMembers(
      session,
      rows.map(({ device }) => this.#memberOf(device)),
    );
  }

  /** Deletes a device that is merged into another one. */
  async removeMerged(session: Session, { from: key, into, version }: Merge): Promise<void> {
    this.cache.delete(key);
    // Its incident gets evidence of the other one.
    this.cache.delete(into);
    if (version === 0) return;
    const sql = 'DELETE FROM device WHERE key = $1 AND version = $2';
    const [removed] = await Promise.all([
      session.run(sql, key, version),
      session.run('DELETE FROM member WHERE key = $1', key),
    ]);
    if (removed === 0) throw new Error(`a batch has another version than the store of ${key}`);
    this.count.removed(removed);
  }

  async remove(session: Session, keys: readonly string[]): Promise<void> {
    const [removed] = await Promise.all([
      session.run('DELETE FROM device WHERE key = ANY($1)', keys),
      session.run('DELETE FROM member WHERE key = ANY($1)', keys),
    ]);
    this.count.removed(removed);
  }

  /** How many of `wanted` new devices fit below the limit, if the devices that may be evicted are evicted for them. */
  async capacityFor(session: Session, wanted: number): Promise<number> {
    const free = await this.count.free(session);
    if (free >= wanted) return wanted;
    const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM device WHERE spare IS NOT NULL LIMIT $1) AS spare';
    const [row] = await session.rows<{ count: number }>(sql, wanted - free);
    return Math.max(0, free + (row?.count ?? 0));
  }

  /** Evicts devices beyond the limit: by eviction rank, then those that were seen longest ago. Returns their keys. */
  async evict(session: Session, added: number): Promise<string[]> {
    const beyond = await this.count.beyond(session, added);
    if (beyond <= 0) return [];
    const sql = `SELECT key FROM device WHERE spare IS NOT NULL ORDER BY spare, last_seen LIMIT $1 FOR UPDATE SKIP LOCKED`;
    const rows = await session.rows<{ key: string }>(sql, beyond);
    const keys = rows.map(({ key }) => key);
    await this.remove(session, keys);
    return keys;
  }

  /** By key. */
  async list(session: Session, { condition, plant, dueBy, after = '', limit }: DeviceQuery): Promise<Device[]> {
    const found: Device[] = [];
    for (let from = after; ; ) {
      const rows = await session.rows<DeviceRow>(
        `SELECT ${DEVICE} FROM device WHERE key > $1 AND ($2::text IS NULL OR condition = $2)
           AND ($3::text IS NULL OR plant = $3) AND ($4::float8 IS NULL OR deadline <= greatest(last_seen, $4))
         ORDER BY key LIMIT $5`,
        ...[from, condition ?? null, plant ?? null, dueBy ?? null, limit - found.length],
      );
      const { devices } = this.#reader.all(rows);
      // The stored deadline of some is earlier than theirs.
      found.push(...(dueBy === undefined ? devices : devices.filter((device) => this.#isDueBy(device, dueBy))));
      if (rows.length === 0 || found.length === limit) return found;
      from = rows.at(-1)?.key ?? from;
    }
  }

  async unjudgedBy(session: Session): Promise<{ by: string | null; count: number }[]> {
    const sql = 'SELECT judged AS by, count(*) AS count FROM device WHERE judged IS DISTINCT FROM $1 GROUP BY judged';
    return session.rows(sql, this.#projection.judgedBy());
  }

  /** Locks devices that were judged otherwise than now. */
  async lockUnjudged(session: Session, limit: number): Promise<StoredDevice[]> {
    return session.rows(
      `SELECT ${DEVICE}, judged FROM device WHERE judged IS DISTINCT FROM $1 ORDER BY key LIMIT $2
       FOR UPDATE SKIP LOCKED`,
      ...[this.#projection.judgedBy(), limit],
    );
  }

  /** Those of these devices that were judged otherwise than now. */
  async unjudgedAmong(session: Session, keys: readonly string[]): Promise<Set<string>> {
    const sql = 'SELECT key FROM device WHERE key = ANY($1) AND judged IS DISTINCT FROM $2';
    const rows = await session.rows<{ key: string }>(sql, keys, this.#projection.judgedBy());
    return new Set(rows.map(({ key }) => key));
  }

  /** The devices are to be judged anew, because a part of them was judged otherwise. */
  async unmark(session: Session, keys: readonly string[]): Promise<void> {
    await session.run('UPDATE device SET judged = NULL WHERE key = ANY($1)', keys);
  }

  /** Brings up to `limit` rows to this version's projection. The devices keep their versions. Returns how many. */
  async reproject(session: Session, limit: number): Promise<number> {
    const rows = await session.rows<DeviceRow>(
      `SELECT ${DEVICE} FROM device WHERE projected < $1 AND judged = $2 ORDER BY key LIMIT $3 FOR UPDATE SKIP LOCKED`,
      ...[PROJECTION, this.#projection.judgedBy(), limit],
    );
    const { devices, unread } = this.#reader.all(rows);
    if (unread.length > 0) await this.unmark(session, unread);
    await reprojectDevices(session, devices, this.#projection);
    await putMembers(
      session,
      devices.map((device) => this.#memberOf(device)),
    );
    return rows.length;
  }

  async unprojected(session: Session): Promise<number> {
    const [row] = await session.rows<{ count: number }>(
      'SELECT count(*) AS count FROM device WHERE projected < $1',
      PROJECTION,
    );
    return row?.count ?? 0;
  }

  #memberOf(device: Device) {
    return { key: device.key, member: packMember(this.#projection.memberOf(device)) };
  }

  #isDueBy(device: Device, at: number): boolean {
    const deadline = this.#projection.deadlineOf(device);
    return deadline !== null && deadline <= Math.max(device.lastSeenAt ?? 0, at);
  }
}

function isAdded({ device: { version } }: WrittenDevice): boolean {
  return version === 1;
}

/** A device that was made meanwhile is a conflict; another version is a defect of the caller, as the device was locked. */
function staleOf(devices: readonly Device[]): Error {
  const keys = devices.map(({ key }) => key).join();
  const message = `a batch has another version than the store of ${keys}`;
  return devices.every(isNew) ? new Conflict(message) : new Error(message);
}

function isNew({ version }: Device): boolean {
  return version === 0;
}
