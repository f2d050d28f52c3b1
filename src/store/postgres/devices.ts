import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { PROJECTION } from '../codec/projected.ts';
import type { DeviceQuery } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import {
  columnsOf,
  type DeviceRow,
  INSERT_DEVICES,
  inOrder,
  putMembers,
  UPDATE_DEVICES,
  unpack,
} from './device-rows.ts';
import { RowCount } from './row-count.ts';
import { Conflict, type Session } from './session.ts';

/** `judged`: who judged it; null where it is to be judged anew. */
export type StoredDevice = { readonly key: string; readonly record: string; readonly judged: string | null };

/** Rows of devices, and of what the fleet shows of each. */
export class PostgresDevices {
  readonly count: RowCount;
  readonly #projection: Projection;

  /** `most`: how many devices there may be. */
  constructor(projection: Projection, most: number = limits.devices) {
    this.#projection = projection;
    this.count = new RowCount('device', most);
  }

  async load(session: Session, keys: Iterable<string>): Promise<Map<string, Device>> {
    const wanted = [...new Set(keys)];
    if (wanted.length === 0) return new Map();
    const rows = await session.rows<DeviceRow>('SELECT key, record FROM device WHERE key = ANY($1)', wanted);
    return inOrder(wanted, rows);
  }

  /**
   * The devices with these keys, which nobody else changes before the transaction ends. Nobody else makes one of those that are
   * missing, either. All transactions lock in the order of keys.
   */
  async lock(session: Session, keys: Iterable<string>): Promise<Map<string, Device>> {
    const wanted = [...new Set(keys)].sort();
    if (wanted.length === 0) return new Map();
    const [, rows] = await Promise.all([
      session.run(
        `INSERT INTO key_lock (key) SELECT key FROM unnest($1::text[]) AS key
         WHERE NOT EXISTS (SELECT 1 FROM device WHERE device.key = key.key) ORDER BY key COLLATE "C" ON CONFLICT DO NOTHING`,
        wanted,
      ),
      session.rows<DeviceRow>('SELECT key, record FROM device WHERE key = ANY($1) ORDER BY key FOR UPDATE', wanted),
      session.run('DELETE FROM key_lock WHERE key = ANY($1)', wanted),
    ]);
    return inOrder(wanted, rows);
  }

  /** Locks the devices whose deadline is at or before `now`, the longest overdue first, but those that somebody else has. */
  async lockDue(session: Session, now: number, limit: number): Promise<Map<string, Device>> {
    const sql = `SELECT key, record FROM device WHERE deadline <= $1 ORDER BY deadline, key LIMIT $2 FOR UPDATE SKIP LOCKED`;
    return new Map((await session.rows<DeviceRow>(sql, now, limit)).map((row) => [row.key, unpack(row)]));
  }

  /** Stores the devices, each with the next version. */
  async write(session: Session, devices: readonly Device[]): Promise<void> {
    if (devices.length === 0) return;
    const [added, changed] = [devices.filter(isNew), devices.filter((device) => !isNew(device))];
    const [inserted, updated] = await Promise.all([
      added.length === 0
        ? []
        : session.rows<DeviceRow>(INSERT_DEVICES, ...columnsOf(added, this.#projection), this.#projection.judgedBy()),
      changed.length === 0 ? [] : session.rows<DeviceRow>(UPDATE_DEVICES, ...columnsOf(changed, this.#projection)),
      putMembers(session, devices, this.#projection),
    ]);
    const written = new Set([...inserted, ...updated].map(({ key }) => key));
    const stale = devices.filter(({ key }) => !written.has(key));
    if (stale.length > 0) throw staleOf(stale);
  }

  /** Stores devices that were judged anew. */
  async rewrite(session: Session, devices: readonly Device[]): Promise<void> {
    await this.write(session, devices);
    const sql = 'UPDATE device SET judged = $2 WHERE key = ANY($1)';
    await session.run(
      sql,
      devices.map(({ key }) => key),
      this.#projection.judgedBy(),
    );
  }

  /** Stores devices of another database as they are, and who has judged each. */
  async bring(
    session: Session,
    rows: readonly { readonly device: Device; readonly judged: string | null }[],
  ): Promise<void> {
    const devices = rows.map(({ device }) => device);
    await session.run(INSERT_DEVICES, ...columnsOf(devices, this.#projection, devices), null);
    await session.run(
      'UPDATE device SET judged = new.judged FROM unnest($1::text[], $2::text[]) AS new (key, judged) WHERE device.key = new.key',
      ...[devices.map(({ key }) => key), rows.map(({ judged }) => judged)],
    );
    await putMembers(session, devices, this.#projection);
  }

  /** Deletes a device that is merged into another one. */
  async removeMerged(session: Session, key: string, version: number): Promise<void> {
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
  async list(session: Session, { condition, plant, dueBy, after, limit }: DeviceQuery): Promise<Device[]> {
    const rows = await session.rows<DeviceRow>(
      `SELECT key, record FROM device WHERE key > $1 AND ($2::text IS NULL OR condition = $2)
         AND ($3::text IS NULL OR plant = $3) AND ($4::float8 IS NULL OR deadline <= greatest(last_seen, $4))
       ORDER BY key LIMIT $5`,
      ...[after ?? '', condition ?? null, plant ?? null, dueBy ?? null, limit],
    );
    return rows.map(unpack);
  }

  async unjudgedBy(session: Session): Promise<{ by: string | null; count: number }[]> {
    const sql = 'SELECT judged AS by, count(*) AS count FROM device WHERE judged IS DISTINCT FROM $1 GROUP BY judged';
    return session.rows(sql, this.#projection.judgedBy());
  }

  /** Locks devices that were judged otherwise than now. */
  async lockUnjudged(session: Session, limit: number): Promise<StoredDevice[]> {
    return session.rows(
      `SELECT key, record, judged FROM device WHERE judged IS DISTINCT FROM $1 ORDER BY key LIMIT $2
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
      `SELECT key, record FROM device WHERE projected < $1 AND judged = $2 ORDER BY key LIMIT $3 FOR UPDATE SKIP LOCKED`,
      ...[PROJECTION, this.#projection.judgedBy(), limit],
    );
    const devices = rows.map(unpack);
    // The version that the statement asks for is the one before that of the row.
    const same = devices.map((device) => ({ ...device, version: device.version - 1 }));
    const sql = UPDATE_DEVICES.replace('new.version - 1', 'new.version');
    if (rows.length > 0) await session.run(sql, ...columnsOf(same, this.#projection, devices));
    await putMembers(session, devices, this.#projection);
    return rows.length;
  }

  async unprojected(session: Session): Promise<number> {
    const [row] = await session.rows<{ count: number }>(
      'SELECT count(*) AS count FROM device WHERE projected < $1',
      PROJECTION,
    );
    return row?.count ?? 0;
  }
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
