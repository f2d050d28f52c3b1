import type Database from 'better-sqlite3';
import { type Alert, keyOf } from '../../core/announce/alerts.ts';
import { unpackKnownDevice } from '../codec/device-record.ts';
import { unpackIncident } from '../codec/incident-record.ts';
import { page } from '../page.ts';
import type { AlertedIncident, AlertLog } from '../ports/alert-log.ts';
import type { Page, PageQuery } from '../ports/queries.ts';
import { rowSum } from './checksums.ts';
import { inTransaction, withOperatingErrors } from './failures.ts';
import { type OnDamaged, type PlainRow, readPlain } from './side-rows.ts';

type Row = { id: string; record: string; plant: string | null; device: string | null };

const INCIDENT = `SELECT incident.id AS id, incident.record AS record, device.plant AS plant, device.record AS device
  FROM incident LEFT JOIN device ON device.key = incident.device`;
const OPEN = `${INCIDENT} WHERE incident.state NOT IN ('resolved', 'closed')`;

function prepare(database: Database.Database) {
  return {
    openIncidents: database.prepare<[string, number], Row>(`${OPEN} AND incident.id > ? ORDER BY incident.id LIMIT ?`),
    openIncidentsOf: database.prepare<[string], Row>(`${OPEN} AND incident.device = ?`),
    incident: database.prepare<[string], Row>(`${INCIDENT} WHERE incident.id = ?`),
    sent: database.prepare<[string], PlainRow & { key: string }>('SELECT key, record, sum FROM alert WHERE sink = ?'),
    upsert: database.prepare(
      `INSERT INTO alert (sink, key, record, sum) VALUES (?, ?, ?, ?)
       ON CONFLICT (sink, key) DO UPDATE SET record = excluded.record, sum = excluded.sum`,
    ),
    remove: database.prepare('DELETE FROM alert WHERE sink = ? AND key = ?'),
  };
}

/** Incidents out of the incident table, with their devices, and rows of the alerts that each sink was sent. */
export class SqliteAlerts implements AlertLog {
  readonly #database: Database.Database;
  readonly #statements: ReturnType<typeof prepare>;

  readonly #onDamaged: OnDamaged;

  constructor(database: Database.Database, onDamaged: OnDamaged) {
    this.#onDamaged = onDamaged;
    this.#database = database;
    this.#statements = prepare(database);
  }

  async openIncidents({ after, limit }: PageQuery): Promise<Page<AlertedIncident>> {
    return withOperatingErrors(this.#database, () => {
      const { rows, next } = page(this.#statements.openIncidents.all(after ?? '', limit + 1), limit, ({ id }) => id);
      return { rows: rows.map(unpack), next };
    });
  }

  async openIncidentsOf(devices: Iterable<string>): Promise<readonly AlertedIncident[]> {
    return withOperatingErrors(this.#database, () =>
      [...devices].flatMap((device) => this.#statements.openIncidentsOf.all(device).map(unpack)),
    );
  }

  async incidents(ids: Iterable<string>): Promise<readonly AlertedIncident[]> {
    return withOperatingErrors(this.#database, () =>
      [...ids].flatMap((id) => this.#statements.incident.all(id).map(unpack)),
    );
  }

  async sent(sink: string): Promise<readonly Alert[]> {
    return inTransaction(this.#database, () =>
      this.#statements.sent.all(sink).flatMap((row) => {
        const alert = readPlain<Alert>('alert', row, [sink, row.key], this.#onDamaged);
        // It is sent again, if it still fires.
        if (alert === null) this.#statements.remove.run(sink, row.key);
        return alert ?? [];
      }),
    );
  }

  async save(sink: string, alerts: readonly Alert[], removed: readonly string[]): Promise<void> {
    inTransaction(this.#database, () => {
      for (const alert of alerts) {
        const [key, record] = [keyOf(alert), JSON.stringify(alert)];
        this.#statements.upsert.run(sink, key, record, rowSum(record, sink, key));
      }
      for (const key of removed) this.#statements.remove.run(sink, key);
    });
  }
}

function unpack({ record, plant, device }: Row): AlertedIncident {
  return { record: unpackIncident(record), plant, device: device === null ? null : unpackKnownDevice(device) };
}
