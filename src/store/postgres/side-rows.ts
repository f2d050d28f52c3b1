/** Small tables: alerts that were sent, the loss ledger between two runs, gaps, and changes of the inventory. */
import { type Alert, keyOf } from '../../core/announce/alerts.ts';
import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import { NO_NAME } from '../../core/decode/name-hash.ts';
import type { Gap } from '../../core/loss/gaps.ts';
import { limits } from '../../core/model/limits.ts';
import { unpackKnownDevice } from '../codec/device-record.ts';
import { unpackIncident } from '../codec/incident-record.ts';
import { parseStored } from '../codec/stored-json.ts';
import { continuesGap, type GapSources } from '../gap-rows.ts';
import { page } from '../page.ts';
import type { AlertedIncident, AlertLog, Duty } from '../ports/alert-log.ts';
import type { GapStore } from '../ports/gaps.ts';
import type { Page, PageQuery } from '../ports/queries.ts';
import type { LineGap } from '../ports/timeline.ts';
import type { PostgresDamage } from './damage.ts';
import type { Session } from './session.ts';

/** Runs a transaction. */
export type Work = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

type AlertedRow = { id: string; key: string; record: string; plant: string | null; device: string | null };
const INCIDENT = `SELECT incident.id, incident.device AS key, incident.record, device.plant, device.record AS device
  FROM incident LEFT JOIN device ON device.key = incident.device`;
const OPEN = `${INCIDENT} WHERE incident.state NOT IN ('resolved', 'closed')`;

/** How long a duty is held without being renewed, and how often it is renewed, in milliseconds. */
const DUTY = { heldMs: 15_000, everyMs: 5000 };

export class PostgresAlerts implements AlertLog {
  readonly duty: Duty;
  readonly #work: Work;
  readonly #damage: PostgresDamage;

  /** `holder`: who has the duties, one process. */
  constructor(work: Work, holder: string, damage: PostgresDamage, { heldMs, everyMs } = DUTY) {
    this.#damage = damage;
    this.#work = work;
    this.duty = {
      everyMs,
      take: async (sink) => {
        const taken = await work((session) =>
          session.run(
            `INSERT INTO duty (name, instance, until)
             VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 ms') ON CONFLICT (name) DO UPDATE
             SET instance = excluded.instance, until = excluded.until
             WHERE duty.instance = excluded.instance OR duty.until < clock_timestamp()
               OR duty.until > clock_timestamp() + $3::float8 * interval '1 ms'`,
            ...[`sink ${sink}`, holder, heldMs],
          ),
        );
        return taken === 1 ? heldMs : 0;
      },
      leave: async (sink) => {
        const sql = 'DELETE FROM duty WHERE name = $1 AND instance = $2';
        await work((session) => session.run(sql, `sink ${sink}`, holder));
      },
    };
  }

  async openIncidents({ after, limit }: PageQuery): Promise<Page<AlertedIncident>> {
    const sql = `${OPEN} AND incident.id > $1 ORDER BY incident.id LIMIT $2`;
    const found = await this.#work((session) => session.rows<AlertedRow>(sql, after ?? '', limit + 1));
    const { rows, next } = page(found, limit, ({ id }) => id);
    return { rows: this.#alerted(rows), next };
  }

  async openIncidentsOf(devices: Iterable<string>): Promise<readonly AlertedIncident[]> {
    const sql = `${OPEN} AND incident.device = ANY($1) ORDER BY incident.id`;
    return this.#alerted(await this.#work((session) => session.rows<AlertedRow>(sql, [...devices])));
  }

  async incidents(ids: Iterable<string>): Promise<readonly AlertedIncident[]> {
    const sql = `${INCIDENT} WHERE incident.id = ANY($1) ORDER BY incident.id`;
    return this.#alerted(await this.#work((session) => session.rows<AlertedRow>(sql, [...ids])));
  }

  async sent(sink: string): Promise<readonly Alert[]> {
    const sql = 'SELECT key, record FROM alert WHERE sink = $1 ORDER BY key';
    const rows = await this.#work((session) => session.rows<{ key: string; record: string }>(sql, sink));
    return this.#damage.readAll(
      'alert',
      rows,
      ({ key }) => `${sink}, ${key}`,
      ({ record }): Alert => parseStored(record),
    );
  }

  /** Of a device that cannot be read only its incident is known. */
  #alerted(rows: readonly AlertedRow[]): AlertedIncident[] {
    return rows.flatMap(({ id, key, record, plant, device }) => {
      const incident = this.#damage.readOne('incident', id, () => unpackIncident(record));
      const known = device === null ? null : this.#damage.readOne('device', key, () => unpackKnownDevice(device));
      return incident === null ? [] : { record: incident, plant, device: known };
    });
  }

  async save(sink: string, alerts: readonly Alert[], removed: readonly string[]): Promise<void> {
    const rows = [...new Map(alerts.map((alert) => [keyOf(alert), alert]))].sort(([a], [b]) => (a < b ? -1 : 1));
    await this.#work(async (session) => {
      await session.run(
        `INSERT INTO alert (sink, key, record) SELECT $1, * FROM unnest($2::text[], $3::text[])
         ON CONFLICT (sink, key) DO UPDATE SET record = excluded.record`,
        ...[sink, rows.map(([key]) => key), rows.map(([, alert]) => JSON.stringify(alert))],
      );
      await session.run('DELETE FROM alert WHERE sink = $1 AND key = ANY($2)', sink, removed);
    });
  }
}

type GapRow = LineGap & { readonly id: number };
export const GAP = 'id, from_at AS "from", to_at AS "to", lost, at_most AS "atMost"';
/** The gaps of a device. `$1`: addresses of its lines, `$2`: hashes of its names, `$3`: its own addresses. */
export const GAPS_OF = `((peer = ANY($1::text[]) AND name = ANY($2::int8[])) OR (peer = ANY($3::text[]) AND name = ${NO_NAME}))`;

/**
 * Another instance has heard what one has missed: all the time, or it began to hear the sender then. It has missed nothing
 * itself meanwhile.
 */
export const HEARD_ELSEWHERE = `EXISTS (
  SELECT 1 FROM source WHERE source.peer = gap.peer AND source.name = gap.name AND source.instance <> gap.instance
    AND ((source.since_at <= gap.from_at AND source.seen_at >= gap.to_at)
      OR (source.since_at BETWEEN gap.from_at AND gap.to_at AND source.lines >= gap.lost))
    AND NOT EXISTS (
      SELECT 1 FROM gap AS missed WHERE missed.peer = gap.peer AND missed.name = gap.name
        AND missed.instance = source.instance AND missed.from_at < gap.to_at AND missed.to_at > gap.from_at))`;

export class PostgresGaps implements GapStore {
  readonly #work: Work;
  readonly #instance: string;
  readonly #most: number;

  /** `instance`: which one has missed the lines. `most`: how many rows there may be. */
  constructor(work: Work, instance: string, most: number = limits.gapRows) {
    this.#work = work;
    this.#instance = instance;
    this.#most = most;
  }

  async add(gaps: readonly Gap[]): Promise<void> {
    if (gaps.length === 0) return;
    await this.#work(async (session) => {
      for (const gap of gaps) {
        const { peer, name, from, to, lost, atMost } = gap;
        const sql = `SELECT ${GAP} FROM gap WHERE peer = $1 AND name = $2 AND instance = $3
          ORDER BY to_at DESC, id DESC LIMIT 1 FOR UPDATE`;
        const [before] = await session.rows<GapRow>(sql, peer, name, this.#instance);
        if (before !== undefined && continuesGap(before, gap))
          await session.run(
            'UPDATE gap SET to_at = $2, lost = $3, at_most = $4 WHERE id = $1',
            ...[before.id, Math.max(before.to, to), before.lost + lost, before.atMost || atMost],
          );
        else
          await session.run(
            'INSERT INTO gap (peer, name, from_at, to_at, lost, at_most, instance) VALUES ($1, $2, $3, $4, $5, $6, $7)',
            ...[peer, name, from, to, lost, atMost, this.#instance],
          );
      }
      await session.run('DELETE FROM gap WHERE id <= (SELECT max(id) FROM gap) - $1::int8', this.#most);
    });
  }

  async forget(session: Session, { peers, names, own }: GapSources): Promise<void> {
    await session.run(`DELETE FROM gap WHERE ${GAPS_OF}`, peers, names, own);
  }
}

/** The last changes of the inventory rows of each device. */
export class PostgresInventoryChanges {
  readonly #instance: string;

  /** `instance`: who stores. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  async write(session: Session, changes: readonly InventoryChange[]): Promise<void> {
    if (changes.length === 0) return;
    await session.run(
      `INSERT INTO inventory_change (instance, device, at, record)
       SELECT $1, * FROM unnest($2::text[], $3::float8[], $4::text[])`,
      ...[this.#instance, changes.map(({ device }) => device), changes.map(({ at }) => at)],
      changes.map(({ changed }) => JSON.stringify(changed)),
    );
    await this.#trim(session, [...new Set(changes.map(({ device }) => device))]);
  }

  async move(session: Session, from: string, into: string): Promise<void> {
    await session.run('UPDATE inventory_change SET device = $1 WHERE device = $2', into, from);
    await this.#trim(session, [into]);
  }

  async removeDevices(session: Session, keys: readonly string[]): Promise<void> {
    await session.run('DELETE FROM inventory_change WHERE device = ANY($1)', keys);
  }

  async #trim(session: Session, devices: readonly string[]): Promise<void> {
    await session.run(
      `DELETE FROM inventory_change WHERE id IN (SELECT id FROM (
         SELECT id, row_number() OVER (PARTITION BY device ORDER BY at DESC, id DESC) AS place
         FROM inventory_change WHERE device = ANY($1)) AS numbered WHERE place > $2)`,
      ...[devices, limits.inventoryChanges],
    );
  }
}
