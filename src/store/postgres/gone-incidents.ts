import type { Merge } from '../../core/correlate/correlated.ts';
import { limits } from '../../core/model/limits.ts';
import type { Departure } from '../departures.ts';
import type { IncidentKey } from '../ports/incidents.ts';
import type { GoneIncident } from '../ports/queries.ts';
import { columns, type Session } from './session.ts';

/** `exists`: whether the incident that it became is stored. `withdrawnAt`: when that one was withdrawn; null if it was not. */
type GoneRow = {
  readonly at: number;
  readonly device: string | null;
  readonly ordinal: number | null;
  readonly exists: boolean;
  readonly withdrawnAt: number | null;
};

/** Where incidents went that are no longer there. Each row leads to the last incident of a chain of moves. */
export class PostgresGoneIncidents {
  readonly #most: number;

  /** `most`: how many rows there may be. */
  constructor(most: number = limits.goneIncidents) {
    this.#most = most;
  }

  async find(session: Session, of: string, ofOrdinal: number): Promise<GoneIncident | null> {
    const [row] = await session.rows<GoneRow>(
      `SELECT at, into_device AS device, into_ordinal AS ordinal,
         EXISTS (SELECT 1 FROM incident WHERE device = gone.into_device AND ordinal = gone.into_ordinal) AS exists,
         (SELECT at FROM gone_incident AS next WHERE next.device = gone.into_device
            AND next.ordinal = gone.into_ordinal AND next.into_device IS NULL) AS "withdrawnAt"
       FROM gone_incident AS gone WHERE device = $1 AND ordinal = $2`,
      ...[of, ofOrdinal],
    );
    if (row === undefined) return null;
    const { at, device, ordinal, exists, withdrawnAt } = row;
    if (device !== null && ordinal !== null && exists) return { movedTo: { device, ordinal } };
    return { withdrawn: withdrawnAt ?? at };
  }

  /** Beyond the limit the oldest rows are deleted. */
  async add(session: Session, departures: readonly Departure[]): Promise<void> {
    for (const { device, ordinal, at, into } of departures) {
      // A row that is replaced is the newest again.
      await this.remove(session, [{ device, ordinal }]);
      await session.run(
        'INSERT INTO gone_incident (device, ordinal, at, into_device, into_ordinal) VALUES ($1, $2, $3, $4, $5)',
        ...[device, ordinal, at, into?.device ?? null, into?.ordinal ?? null],
      );
    }
    if (departures.length > 0)
      await session.run(
        'DELETE FROM gone_incident WHERE id <= (SELECT id FROM gone_incident ORDER BY id DESC OFFSET $1 LIMIT 1)',
        this.#most,
      );
  }

  /** Rows that lead to incidents of a device that was merged lead to the incident that these became. */
  async move(session: Session, { from, into, fromOrdinal, intoOrdinal }: Merge): Promise<void> {
    await session.run(
      'UPDATE gone_incident SET into_device = $1, into_ordinal = $2 WHERE into_device = $3 AND into_ordinal >= $4',
      ...[into, intoOrdinal, from, fromOrdinal],
    );
  }

  /** The incidents are there again. */
  async remove(session: Session, keys: readonly IncidentKey[]): Promise<void> {
    if (keys.length === 0) return;
    await session.run(
      `DELETE FROM gone_incident USING unnest($1::text[], $2::int4[]) AS again (device, ordinal)
       WHERE gone_incident.device = again.device AND gone_incident.ordinal = again.ordinal`,
      ...columns(keys, 'device', 'ordinal'),
    );
  }

  /** The device's incidents from `first` up to `last` are deleted. */
  async removeLeadingTo(session: Session, device: string, last: number, first = 0): Promise<void> {
    const sql = 'DELETE FROM gone_incident WHERE into_device = $1 AND into_ordinal BETWEEN $2 AND $3';
    await session.run(sql, device, first, last);
  }

  /** Deletes all rows of a device, and those that lead to it. */
  async removeDevice(session: Session, device: string): Promise<void> {
    await session.run('DELETE FROM gone_incident WHERE device = $1 OR into_device = $1', device);
  }
}
