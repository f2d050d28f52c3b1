import type Database from 'better-sqlite3';
import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import type { Device } from '../../core/model/device.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import { departures } from '../departures.ts';
import { page } from '../page.ts';
import type { Note } from '../ports/batch.ts';
import type { Counts, DispositionQuery, GoneIncident, IncidentQuery, Page, TransitionRow } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { INTACT, rowDamaged, rowSum } from './checksums.ts';
import { packIncident, unpackIncident } from './codec/incident-record.ts';
import { SqliteGoneIncidents } from './gone-incidents.ts';
import { prepareColumn } from './statements.ts';

/** The columns of a device's last incident. */
type LastIncident = Pick<IncidentRecord, 'id' | 'state' | 'severity'> & { readonly ordinal: number };

type IncidentRow = {
  readonly id: string;
  readonly device: string;
  readonly opened_at: string;
  readonly record: string;
  readonly intact: number;
};

const ROW = `SELECT id, device, opened_at, record, ${INTACT.incident} AS intact FROM incident`;

function prepareIncidents(database: Database.Database) {
  return {
    get: database.prepare<[string], IncidentRow>(`${ROW} WHERE id = ?`),
    list: database.prepare<[object], IncidentRow>(
      `${ROW}
       WHERE (opened_at, device, id) > (@openedAt, @fromDevice, @id)
         AND (@state IS NULL OR state = @state) AND (@severity IS NULL OR severity = @severity)
         AND (@device IS NULL OR device = @device)
       ORDER BY opened_at, device, id LIMIT @limit`,
    ),
    counts: database.prepare<[], Counts['incidents'][number]>(
      'SELECT state, severity, count(*) AS count FROM incident GROUP BY state, severity',
    ),
    upsert: database.prepare(
      `INSERT INTO incident (id, device, ordinal, state, severity, opened_at, record, sum)
       VALUES (@id, @device, @ordinal, @state, @severity, @openedAt, @record, @sum)
       ON CONFLICT (id) DO UPDATE SET device = @device, ordinal = @ordinal, state = @state, severity = @severity,
         opened_at = @openedAt, record = @record, sum = @sum`,
    ),
    update: database.prepare(
      'UPDATE incident SET record = ?, sum = ? WHERE id = ? AND state = ? AND severity = ? AND opened_at = ?',
    ),
    remove: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal = ?'),
    removeId: database.prepare('DELETE FROM incident WHERE id = ?'),
    removeUpTo: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal <= ?'),
    removeOthers: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal = ? AND id <> ?'),
    last: database.prepare<[string], LastIncident>(
      'SELECT id, ordinal, state, severity FROM incident WHERE device = ? ORDER BY ordinal DESC LIMIT 1',
    ),
    hasAny: database.prepare<[string], number>('SELECT 1 FROM incident WHERE device = ? LIMIT 1'),
    before: prepareColumn<[string, number], number | null>(
      database,
      'SELECT max(ordinal) FROM incident WHERE device = ? AND ordinal < ?',
    ),
  };
}

function prepareTransitions(database: Database.Database) {
  return {
    of: prepareColumn<[string, number], string>(
      database,
      'SELECT record FROM transition WHERE device = ? AND ordinal = ? ORDER BY id',
    ),
    insert: database.prepare(
      'INSERT INTO transition (device, ordinal, type, at, decided_at, record) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trim: database.prepare('DELETE FROM transition WHERE id <= ?'),
    removeOf: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal = ?'),
    removeUpTo: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE transition SET device = @into, ordinal = @intoOrdinal,
         record = json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal)
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
  };
}

/**
 * In a query with `max(id)`, SQLite takes the other columns of the row that has this id (https://sqlite.org/quirks.html):
 * here those of an incident's last disposition.
 */
export const DISPOSITIONS = `
  SELECT hypothesis, diagnosis, release, count(*) AS count FROM
    (SELECT max(id), at, hypothesis, diagnosis, release FROM note
     WHERE hypothesis IS NOT NULL GROUP BY device, ordinal)
  WHERE at >= @since AND at < @until GROUP BY hypothesis, diagnosis, release`;

function prepareNotes(database: Database.Database) {
  return {
    of: prepareColumn<[string, number], string>(
      database,
      'SELECT record FROM note WHERE device = ? AND ordinal = ? ORDER BY id',
    ),
    dispositions: database.prepare<[object], DispositionCount>(DISPOSITIONS),
    insert: database.prepare(
      `INSERT INTO note (device, ordinal, at, hypothesis, diagnosis, release, record)
       VALUES (@device, @ordinal, @at, @hypothesis, @diagnosis, @release, @record)`,
    ),
    remove: database.prepare('DELETE FROM note WHERE device = ? AND ordinal = ?'),
    removeUpTo: database.prepare('DELETE FROM note WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE note SET device = @into, ordinal = @intoOrdinal,
         record = json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal)
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
    moveToOrdinal: database.prepare(
      `UPDATE note SET ordinal = @to, record = json_set(record, '$.ordinal', @to)
       WHERE device = @device AND ordinal = @ordinal`,
    ),
  };
}

const NO_DISPOSITION = { hypothesis: null, diagnosis: null, release: null };

/** Rows of incidents, of their transitions and of the notes on them. */
export class SqliteIncidents {
  readonly #incidents: ReturnType<typeof prepareIncidents>;
  readonly #transitions: ReturnType<typeof prepareTransitions>;
  readonly #notes: ReturnType<typeof prepareNotes>;
  readonly #gone: SqliteGoneIncidents;
  readonly #file: string;
  readonly #projection: Projection;
  readonly #mostTransitions: number;
  /** Incidents that ended before this time are not kept, in milliseconds. */
  #removedBefore = Number.NEGATIVE_INFINITY;

  /** How many rows of transitions and of incidents that are gone there may be. */
  constructor(
    database: Database.Database,
    projection: Projection,
    { transitionRows, goneIncidents }: Readonly<Record<'transitionRows' | 'goneIncidents', number>>,
  ) {
    this.#file = database.name;
    this.#incidents = prepareIncidents(database);
    this.#transitions = prepareTransitions(database);
    this.#notes = prepareNotes(database);
    this.#gone = new SqliteGoneIncidents(database, goneIncidents);
    this.#projection = projection;
    this.#mostTransitions = transitionRows;
  }

  get(id: string): IncidentRecord | null {
    const row = this.#incidents.get.get(id);
    if (row === undefined) return null;
    const incident = readable(row);
    if (incident === null) throw rowDamaged(this.#file, row.id);
    return incident;
  }

  /** Where an incident went that is no longer there. */
  gone(device: string, ordinal: number): GoneIncident | null {
    return this.#gone.find(device, ordinal);
  }

  /** `damaged`: rows that are left out. */
  list({ state, severity, device, after, limit }: IncidentQuery): Page<IncidentRecord> & { damaged: number } {
    const [openedAt = '', fromDevice = '', id = ''] = after?.split(' ') ?? [];
    const filters = { state: state ?? null, severity: severity ?? null, device: device ?? null };
    const found = this.#incidents.list.all({ ...filters, openedAt, fromDevice, id, limit: limit + 1 });
    const { rows, next } = page(found, limit, (row) => `${row.opened_at} ${row.device} ${row.id}`);
    const incidents = rows.map(readable).filter((row) => row !== null);
    return { rows: incidents, next, damaged: rows.length - incidents.length };
  }

  counts(): Counts['incidents'] {
    return this.#incidents.counts.all();
  }

  transitions(device: string, ordinal: number): TransitionRow[] {
    return this.#transitions.of.all(device, ordinal).map((record) => JSON.parse(record));
  }

  notes(device: string, ordinal: number): Note[] {
    // A note of an older version says nothing of a disposition.
    return this.#notes.of.all(device, ordinal).map((record) => ({ disposition: null, ...JSON.parse(record) }));
  }

  dispositions({ since = -Number.MAX_VALUE, until = Number.MAX_VALUE }: DispositionQuery): DispositionCount[] {
    return this.#notes.dispositions.all({ since, until });
  }

  /**
   * Stores the incident of the device in this state, if there is one. `judgedAnew`: maybe under another advisory, whose
   * incidents have other ids; then the row with the former id is deleted.
   */
  write(device: Device, { judgedAnew = false } = {}): void {
    const incident = this.#projection.incidentOf(device);
    if (incident === null) return;
    const { id, state, severity, openedAt } = incident;
    const record = packIncident(incident);
    // Most updates change only counts in the record, and no indexed column.
    const { ordinal } = device.state;
    const sum = rowSum(record, id, device.key, ordinal, state, severity, openedAt);
    if (this.#incidents.update.run(record, sum, id, state, severity, openedAt).changes > 0) return;
    // A device has its last incident in its state, also when that was too old to be kept.
    if ((endOf(device) ?? Number.POSITIVE_INFINITY) < this.#removedBefore) return;
    if (judgedAnew) this.#incidents.removeOthers.run(device.key, ordinal, id);
    this.#gone.remove(device.key, ordinal);
    this.#incidents.upsert.run({ id, device: device.key, ordinal, state, severity, openedAt, record, sum });
  }

  /** The last incident of a device. */
  last(device: string): LastIncident | undefined {
    return this.#incidents.last.get(device);
  }

  /**
   * Stores transitions and deletes the oldest beyond the limit. Deletes withdrawn incidents, and notes where they went.
   * `merges`: what `move` was called with before.
   */
  writeChanges(changes: readonly DeviceChange[], now: number, merges: readonly Merge[] = []): void {
    let last = 0;
    for (const change of changes) {
      const { device, ordinal, type, at } = change;
      const record = JSON.stringify({ ...change, decidedAt: now } satisfies TransitionRow);
      const { lastInsertRowid } = this.#transitions.insert.run(device, ordinal, type, at, now, record);
      last = Number(lastInsertRowid);
      if (type === 'IncidentWithdrawn') this.#withdraw(device, ordinal);
    }
    if (last > 0) this.#transitions.trim.run(last - this.#mostTransitions);
    this.#gone.add(departures(changes, merges));
  }

  writeNotes(notes: readonly Note[]): void {
    for (const note of notes) {
      const { device, ordinal, at, disposition } = note;
      const { hypothesis, diagnosis, release } = disposition ?? NO_DISPOSITION;
      const record = JSON.stringify(note);
      this.#notes.insert.run({ device, ordinal, at, hypothesis, diagnosis, release, record });
    }
  }

  /** Notes and transitions of one device from `fromOrdinal` on become those of another device's incident. */
  move(merge: Merge): void {
    const { from, into, fromOrdinal, intoOrdinal } = merge;
    this.#gone.move(merge);
    this.#notes.move.run({ from, into, fromOrdinal, intoOrdinal });
    this.#transitions.move.run({ from, into, fromOrdinal, intoOrdinal });
  }

  hasAny(device: string): boolean {
    return this.#incidents.hasAny.get(device) !== undefined;
  }

  /** Deletes the device's incidents up to `last`, with their transitions and notes. Returns how many incidents. */
  removeUpTo(device: string, last: number): number {
    this.#transitions.removeUpTo.run(device, last);
    this.#notes.removeUpTo.run(device, last);
    const { changes } = this.#incidents.removeUpTo.run(device, last);
    if (changes > 0) this.#gone.removeLeadingTo(device, last);
    return changes;
  }

  /** Deletes an incident that is over, with its transitions and notes. Its device keeps its number. */
  removeOver(id: string, device: string, ordinal: number): void {
    this.#transitions.removeOf.run(device, ordinal);
    this.#notes.remove.run(device, ordinal);
    this.#incidents.removeId.run(id);
    this.#gone.removeLeadingToOne(device, ordinal);
  }

  /** Incidents that ended before this time were deleted by their age, and are not stored again. */
  removedBefore(time: number): void {
    this.#removedBefore = time;
  }

  /** Forgets where the device's incidents went, and which incidents became one of them. */
  forgetGone(device: string): void {
    this.#gone.removeDevice(device);
  }

  /**
   * The incident became part of the previous one, which gets its notes. Without a previous one the notes are deleted.
   */
  #withdraw(device: string, ordinal: number): void {
    this.#incidents.remove.run(device, ordinal);
    const to = this.#incidents.before.get(device, ordinal) ?? null;
    if (to === null) this.#notes.remove.run(device, ordinal);
    else this.#notes.moveToOrdinal.run({ device, ordinal, to });
  }
}

/** Null for a row that is not what was stored. */
function readable({ record, intact }: IncidentRow): IncidentRecord | null {
  if (intact === 0) return null;
  try {
    return unpackIncident(record);
  } catch {
    return null;
  }
}

/** When the incident of a device ended; null while it is open. */
function endOf({ state: { incident } }: Device): number | null {
  if (incident === null) return null;
  const { phase, lastEvidenceAt } = incident;
  return phase.state === 'resolved' || phase.state === 'closed' ? Math.max(phase.at, lastEvidenceAt) : null;
}
