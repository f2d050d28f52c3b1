import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { deviceProblem } from '../codec/device-problem.ts';
import { packDevice, unpackDevice } from '../codec/device-record.ts';
import { MEMBER_COLUMNS, packMember } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import type { DeviceQuery } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { RowCount } from './row-count.ts';
import { Conflict, columns, type Session } from './session.ts';

/** All recent signals are in the record: PostgreSQL stores long texts beside the row, and compressed. */
const NO_BLOCKS = { sizes: [], settled: 0 };

/** `judged`: who judged it; null where it is to be judged anew. */
export type StoredDevice = { readonly key: string; readonly record: string; readonly judged: string | null };

type Row = { readonly key: string; readonly record: string };

const WRITTEN = [
  ...['version', 'deadline', 'last_seen', 'record', 'plant', 'condition', 'spare', 'series', 'series_until'],
  ...['series_rank', 'projected'],
] as const;
const CASTS: Readonly<Record<(typeof WRITTEN)[number], string>> = {
  ...{ version: 'bigint', deadline: 'float8', last_seen: 'float8', record: 'text', plant: 'text', condition: 'text' },
  ...{ spare: 'int2', series: 'text', series_until: 'float8', series_rank: 'int4', projected: 'int4' },
};
const NEW = `unnest($1::text[], ${WRITTEN.map((name, at) => `$${at + 2}::${CASTS[name]}[]`).join(', ')})
  AS new (key, ${WRITTEN.join(', ')})`;
const INSERT = `INSERT INTO device (key, ${WRITTEN.join(', ')}, judged)
  SELECT new.*, $${WRITTEN.length + 2}::text FROM ${NEW} ON CONFLICT DO NOTHING RETURNING key`;
const UPDATE = `UPDATE device SET ${WRITTEN.map((name) => `${name} = new.${name}`).join(', ')} FROM ${NEW}
  WHERE device.key = new.key AND device.version = new.version - 1 RETURNING device.key`;

const TEXTS = new Set(['peer', 'plant', 'product', 'release', 'train', 'status', 'condition', 'repair']);
const INTEGERS = new Set(['level_too_low', 'listed', 'grace_bounded', 'timed_out', 'urgency']);
const castOf = (name: string) => (TEXTS.has(name) ? 'text' : INTEGERS.has(name) ? 'int4' : 'float8');
const PUT_MEMBERS = `INSERT INTO member AS member (key, lowered, ${MEMBER_COLUMNS.join(', ')})
  SELECT * FROM unnest($1::text[], $2::text[], ${MEMBER_COLUMNS.map((name, at) => `$${at + 3}::${castOf(name)}[]`).join(', ')})
  ON CONFLICT (key) DO UPDATE SET ${MEMBER_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE (${MEMBER_COLUMNS.map((name) => `member.${name}`).join(', ')})
    IS DISTINCT FROM (${MEMBER_COLUMNS.map((name) => `excluded.${name}`).join(', ')})`;

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
    const rows = await session.rows<Row>('SELECT key, record FROM device WHERE key = ANY($1)', wanted);
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
      session.rows<Row>('SELECT key, record FROM device WHERE key = ANY($1) ORDER BY key FOR UPDATE', wanted),
      session.run('DELETE FROM key_lock WHERE key = ANY($1)', wanted),
    ]);
    return inOrder(wanted, rows);
  }

  /** Locks the devices whose deadline is at or before `now`, the longest overdue first, but those that somebody else has. */
  async lockDue(session: Session, now: number, limit: number): Promise<Map<string, Device>> {
    const sql = `SELECT key, record FROM device WHERE deadline <= $1 ORDER BY deadline, key LIMIT $2 FOR UPDATE SKIP LOCKED`;
    return new Map((await session.rows<Row>(sql, now, limit)).map((row) => [row.key, unpack(row)]));
  }

  /** Stores the devices, each with the next version. */
  async write(session: Session, devices: readonly Device[]): Promise<void> {
    if (devices.length === 0) return;
    const [added, changed] = [devices.filter(isNew), devices.filter((device) => !isNew(device))];
    const [inserted, updated] = await Promise.all([
      added.length === 0 ? [] : session.rows<Row>(INSERT, ...this.#columns(added), this.#projection.judgedBy()),
      changed.length === 0 ? [] : session.rows<Row>(UPDATE, ...this.#columns(changed)),
      this.#putMembers(session, devices),
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
    await session.run(INSERT, ...this.#columns(devices, devices), null);
    await session.run(
      'UPDATE device SET judged = new.judged FROM unnest($1::text[], $2::text[]) AS new (key, judged) WHERE device.key = new.key',
      ...[devices.map(({ key }) => key), rows.map(({ judged }) => judged)],
    );
    await this.#putMembers(session, devices);
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
    const rows = await session.rows<Row>(
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
    const rows = await session.rows<Row>(
      `SELECT key, record FROM device WHERE projected < $1 AND judged = $2 ORDER BY key LIMIT $3 FOR UPDATE SKIP LOCKED`,
      ...[PROJECTION, this.#projection.judgedBy(), limit],
    );
    const devices = rows.map(unpack);
    // The version that the statement asks for is the one before that of the row.
    const same = devices.map((device) => ({ ...device, version: device.version - 1 }));
    const sql = UPDATE.replace('new.version - 1', 'new.version');
    if (rows.length > 0) await session.run(sql, ...this.#columns(same, devices));
    await this.#putMembers(session, devices);
    return rows.length;
  }

  async unprojected(session: Session): Promise<number> {
    const [row] = await session.rows<{ count: number }>(
      'SELECT count(*) AS count FROM device WHERE projected < $1',
      PROJECTION,
    );
    return row?.count ?? 0;
  }

  async #putMembers(session: Session, devices: readonly Device[]): Promise<void> {
    if (devices.length === 0) return;
    // Two transactions that write the same members do so in one order.
    const sorted = [...devices].sort((a, b) => (a.key < b.key ? -1 : 1));
    const rows = sorted.map((device) => packMember(this.#projection.memberOf(device)));
    const keys = sorted.map(({ key }) => key);
    const lowered = keys.map((key) => key.toLowerCase());
    const values = MEMBER_COLUMNS.map((_, at) => rows.map((row) => row[at]));
    await session.run(PUT_MEMBERS, keys, lowered, ...values);
  }

  /** `written`: as the record has them. */
  #columns(devices: readonly Device[], written?: readonly Device[]): unknown[][] {
    const rows = devices.map((device, at) => {
      const next = written?.[at] ?? { ...device, version: device.version + 1 };
      const series = this.#projection.seriesOf(device);
      return {
        key: device.key,
        version: next.version,
        deadline: this.#projection.deadlineOf(device),
        last_seen: device.lastSeenAt ?? 0,
        record: packDevice(next, { recent: device.recent, blocks: NO_BLOCKS }),
        plant: device.inventory?.plant ?? null,
        condition: this.#projection.conditionOf(device),
        spare: this.#projection.evictionRank(device),
        series: series === null ? null : JSON.stringify(series.series),
        series_until: series?.until ?? null,
        series_rank: series?.rank ?? null,
        projected: PROJECTION,
      };
    });
    return columns(rows, 'key', ...WRITTEN);
  }
}

/** A device that was made meanwhile is a conflict; another version is a defect of the caller, as the device was locked. */
function staleOf(devices: readonly Device[]): Error {
  const keys = devices.map(({ key }) => key).join();
  const message = `a batch has another version than the store of ${keys}`;
  return devices.every(isNew) ? new Conflict(message) : new Error(message);
}

/** The device of a row; throws where it cannot be what was stored. */
export function unpack({ key, record }: Row): Device {
  const { device } = unpackDevice({ record, blocks: null });
  const problem = deviceProblem(device, key);
  if (problem !== null) throw new Error(`the row of ${key} cannot be read: ${problem}`);
  return device;
}

function isNew({ version }: Device): boolean {
  return version === 0;
}

function inOrder(keys: readonly string[], rows: readonly Row[]): Map<string, Device> {
  const found = new Map(rows.map((row) => [row.key, row]));
  return new Map(
    keys.flatMap((key) => {
      const row = found.get(key);
      return row === undefined ? [] : [[key, unpack(row)]];
    }),
  );
}
