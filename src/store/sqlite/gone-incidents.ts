import type Database from 'better-sqlite3';
import type { Merge } from '../../core/correlate/correlated.ts';
import type { Departure } from '../departures.ts';
import type { GoneIncident } from '../ports/queries.ts';

/**
 * `exists`: whether the incident that it became is stored. `withdrawnAt`: when that one was withdrawn; null if it was not.
 */
type GoneRow = {
  readonly at: number;
  readonly device: string | null;
  readonly ordinal: number | null;
  readonly exists: number;
  readonly withdrawnAt: number | null;
};

function prepare(database: Database.Database) {
  return {
    find: database.prepare<[string, number], GoneRow>(
      `SELECT at, into_device AS device, into_ordinal AS ordinal,
         EXISTS (SELECT 1 FROM incident WHERE device = gone.into_device AND ordinal = gone.into_ordinal) AS "exists",
         (SELECT at FROM gone_incident AS next WHERE next.device = gone.into_device
            AND next.ordinal = gone.into_ordinal AND next.into_device IS NULL) AS withdrawnAt
       FROM gone_incident AS gone WHERE device = ? AND ordinal = ?`,
    ),
    // A row that is replaced gets a new id, and is the newest again.
    insert: database.prepare(
      'INSERT OR REPLACE INTO gone_incident (device, ordinal, at, into_device, into_ordinal) VALUES (?, ?, ?, ?, ?)',
    ),
    trim: database.prepare('DELETE FROM gone_incident WHERE id <= ?'),
    move: database.prepare(
      `UPDATE gone_incident SET into_device = @into, into_ordinal = @intoOrdinal
       WHERE into_device = @from AND into_ordinal >= @fromOrdinal`,
    ),
    remove: database.prepare('DELETE FROM gone_incident WHERE device = ? AND ordinal = ?'),
    removeLeadingTo: database.prepare('DELETE FROM gone_incident WHERE into_device = ? AND into_ordinal <= ?'),
    removeLeadingToOne: database.prepare('DELETE FROM gone_incident WHERE into_device = ? AND into_ordinal = ?'),
    removeDevice: database.prepare('DELETE FROM gone_incident WHERE device = @device OR into_device = @device'),
  };
}

/** Where incidents went that are no longer there. Each row leads to the last incident of a chain of moves. */
export class SqliteGoneIncidents {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;

  /** `most`: how many rows there may be. */
  constructor(database: Database.Database, most: number) {
    this.#statements = prepare(database);
    this.#most = most;
  }

  find(of: string, ofOrdinal: number): GoneIncident | null {
    const row = this.#statements.find.get(of, ofOrdinal);
    if (row === undefined) return null;
    const { at, device, ordinal, exists, withdrawnAt } = row;
    if (device !== null && ordinal !== null && exists === 1) return { movedTo: { device, ordinal } };
    return { withdrawn: withdrawnAt ?? at };
  }

  /** Beyond the limit the oldest rows are deleted. */
  add(departures: readonly Departure[]): void {
    let last = 0;
    for (const { device, ordinal, at, into } of departures) {
      const { insert } = this.#statements;
      last = Number(insert.run(device, ordinal, at, into?.device ?? null, into?.ordinal ?? null).lastInsertRowid);
    }
    if (last > 0) this.#statements.trim.run(last - this.#most);
  }

  /** Rows that lead to incidents of a device that was merged lead to the incident that these became. */
  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    this.#statements.move.run({ from, into, fromOrdinal, intoOrdinal });
  }

  /** The incident is there again. */
  remove(device: string, ordinal: number): void {
    this.#statements.remove.run(device, ordinal);
  }

  /** The device's incidents up to `last` are deleted. */
  removeLeadingTo(device: string, last: number): void {
    this.#statements.removeLeadingTo.run(device, last);
  }

  /** The incident is deleted. */
  removeLeadingToOne(device: string, ordinal: number): void {
    this.#statements.removeLeadingToOne.run(device, ordinal);
  }

  /** Deletes all rows of a device, and those that lead to it. */
  removeDevice(device: string): void {
    this.#statements.removeDevice.run({ device });
  }
}
