import type Database from 'better-sqlite3';
import type { IncidentPlace } from '../../core/diagnose/incident-facts.ts';
import { acknowledgementIn } from '../acknowledgement.ts';
import { unpackKnownDevice } from '../codec/device-record.ts';
import type { Projection } from '../projection.ts';
import { INTACT } from './checksums.ts';
import type { SqliteIncidentRows } from './incident-rows.ts';
import type { SqliteNotes } from './notes.ts';
import { prepareColumn } from './statements.ts';

type Parts = { readonly rows: SqliteIncidentRows; readonly notes: SqliteNotes };

/**
 * Gives incidents of an older version their columns, and the days what these incidents tell of them. Which plant, product and
 * release an incident had is not stored: it gets those of its device, and one that is over says that this is assumed.
 */
export class OlderIncidents {
  readonly #statement: Database.Statement<[string], string>;
  readonly #projection: Projection;
  readonly #parts: Parts;
  /** The last id of the pass: what cannot be brought over is not tried again before the next start. */
  #after: string | null = '';

  constructor(database: Database.Database, projection: Projection, parts: Parts) {
    this.#statement = prepareColumn<[string], string>(
      database,
      `SELECT device.record FROM device WHERE key = ? AND ${INTACT.device}`,
    );
    this.#projection = projection;
    this.#parts = parts;
  }

  /** To be called within a transaction. `now`: milliseconds. Returns whether there may be more rows. */
  bringOver(limit: number, now: number): boolean {
    if (this.#after === null) return false;
    const { rows, notes } = this.#parts;
    const older = rows.older(this.#after, limit);
    for (const row of older) {
      // A damaged one is set aside when it is read.
      if (row.intact === 0) continue;
      rows.settle(row, this.#placeOf(row.device), acknowledgementIn(notes.of(row.device, row.ordinal)), now);
    }
    this.#after = older.length < limit ? null : (older.at(-1)?.id ?? null);
    return this.#after !== null;
  }

  #placeOf(key: string): IncidentPlace | null {
    const record = this.#statement.get(key);
    if (record === undefined) return null;
    try {
      return this.#projection.factsOf(unpackKnownDevice(record));
    } catch {
      return null;
    }
  }
}
