import type Database from 'better-sqlite3';
import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import type { Device } from '../../core/model/device.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import { acknowledgementIn } from '../acknowledgement.ts';
import { departures } from '../departures.ts';
import type { Note } from '../ports/batch.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';
import type { IncidentKey, ListedIncident } from '../ports/incidents.ts';
import type { DispositionQuery, GoneIncident, TransitionRow } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { SqliteDays } from './days.ts';
import { SqliteGoneIncidents } from './gone-incidents.ts';
import { OlderIncidents } from './incident-bring-over.ts';
import { IncidentIndex } from './incident-index.ts';
import { SqliteIncidentRows } from './incident-rows.ts';
import { SqliteNotes } from './notes.ts';
import type { OnDamaged } from './side-rows.ts';
import { prepareColumn } from './statements.ts';
import { SqliteTransitions } from './transitions.ts';

/** The columns of a device's last incident. */
type LastIncident = Pick<IncidentRecord, 'id' | 'state' | 'severity'> & { readonly ordinal: number };

function prepare(database: Database.Database) {
  return {
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

/** `now`: when the transaction was decided, in milliseconds; `changes`: all that it writes. */
export type Writing = { readonly now: number; readonly changes: readonly DeviceChange[] };

/** Incidents with their changes, the notes on them, and the sums of their days. */
export class SqliteIncidents {
  readonly index: IncidentIndex;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #rows: SqliteIncidentRows;
  readonly #transitions: SqliteTransitions;
  readonly #notes: SqliteNotes;
  readonly #days: SqliteDays;
  readonly #gone: SqliteGoneIncidents;
  readonly #older: OlderIncidents;
  /** Incidents that ended before this time are not kept, in milliseconds. */
  #removedBefore = Number.NEGATIVE_INFINITY;

  /** How many rows of transitions and of incidents that are gone there may be. */
  constructor(
    database: Database.Database,
    projection: Projection,
    { transitionRows, goneIncidents }: Readonly<Record<'transitionRows' | 'goneIncidents', number>>,
    onDamaged: OnDamaged,
  ) {
    this.#statements = prepare(database);
    this.index = new IncidentIndex(database);
    this.#days = new SqliteDays(database);
    this.#rows = new SqliteIncidentRows(database, projection, { days: this.#days, index: this.index });
    this.#transitions = new SqliteTransitions(database, transitionRows, onDamaged);
    this.#notes = new SqliteNotes(database, onDamaged);
    this.#gone = new SqliteGoneIncidents(database, goneIncidents);
    this.#older = new OlderIncidents(database, projection, { rows: this.#rows, notes: this.#notes });
  }

  get(id: string): ListedIncident | null {
    return this.#rows.get(id);
  }

  /** Those of these incidents that are there, in this order. `damaged`: rows that are left out. */
  at(keys: readonly IncidentKey[]): { readonly rows: ListedIncident[]; readonly damaged: number } {
    const found = keys.map((key) => this.#rows.at(key));
    const rows = found.filter((row) => row != null);
    return { rows, damaged: found.filter((row) => row === null).length };
  }

  /** Where an incident went that is no longer there. */
  gone(device: string, ordinal: number): GoneIncident | null {
    return this.#gone.find(device, ordinal);
  }

  transitions(device: string, ordinal: number): TransitionRow[] {
    return this.#transitions.of(device, ordinal);
  }

  transition(id: number): TransitionRow | null {
    return this.#transitions.one(id);
  }

  note(id: number): Note | null {
    return this.#notes.one(id);
  }

  notes(device: string, ordinal: number): Note[] {
    return this.#notes.of(device, ordinal);
  }

  dispositions(query: DispositionQuery): DispositionCount[] {
    return this.#notes.dispositions(query);
  }

  history(query: HistoryQuery): HistoryDay[] {
    return this.#days.history(query);
  }

  /** Stores transitions. Deletes withdrawn incidents, and notes where they went. `merges`: what `move` was called with before. */
  writeChanges({ changes, now }: Writing, merges: readonly Merge[] = []): void {
    this.#transitions.write(changes, now);
    for (const { device, ordinal, type, at } of changes)
      if (type === 'IncidentWithdrawn') this.#withdraw(device, ordinal, at, now);
    this.#gone.add(departures(changes, merges));
  }

  /** Stores the incidents of these devices in these states; some of a device are those before its last one. */
  write(devices: readonly Device[], { changes, now }: Writing, { judgedAnew = false } = {}): void {
    const of = changesByIncident(changes);
    for (const device of devices) {
      const { ordinal } = device.state;
      const own = of.get(keyOf(device.key, ordinal)) ?? [];
      // A device has its last incident in its state, also when that was too old to be kept.
      const isKept = () => (endOf(device) ?? Number.POSITIVE_INFINITY) >= this.#removedBefore;
      const isNew = this.#rows.write(device, { now, changes: own }, isKept);
      if (isNew) this.#gone.remove(device.key, ordinal);
      if (judgedAnew) this.#settleAcknowledgement({ device: device.key, ordinal }, now);
    }
  }

  writeNotes(notes: readonly Note[], now: number): void {
    this.#notes.write(notes);
    for (const note of notes) this.#settleAcknowledgement(note, now);
  }

  /** The last incident of a device. */
  last(device: string): LastIncident | undefined {
    return this.#statements.last.get(device);
  }

  /** Notes and transitions of one device from `fromOrdinal` on become those of another device's incident. */
  move(merge: Merge): void {
    this.#gone.move(merge);
    this.#notes.move(merge);
    this.#transitions.move(merge);
  }

  /** To be called when the incidents that others became were written. */
  settleMerged(merges: readonly Merge[], now: number): void {
    for (const { into, intoOrdinal } of merges)
      this.#settleAcknowledgement({ device: into, ordinal: intoOrdinal }, now);
  }

  hasAny(device: string): boolean {
    return this.#statements.hasAny.get(device) !== undefined;
  }

  /**
   * Deletes the device's incidents up to `last`, with their transitions and notes. Returns how many incidents. `now`: when, in
   * milliseconds.
   */
  removeUpTo(device: string, last: number, now: number): number {
    this.#transitions.removeUpTo(device, last);
    this.#notes.removeUpTo(device, last);
    const removed = this.#rows.removeUpTo(device, last, now);
    if (removed > 0) this.#gone.removeLeadingTo(device, last);
    return removed;
  }

  /** Deletes an incident that is over, with its transitions and notes. Its device keeps its number. */
  removeOver(device: string, ordinal: number): void {
    this.#transitions.removeOf(device, ordinal);
    this.#notes.removeOf(device, ordinal);
    this.#rows.removeOver(device, ordinal);
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

  /** Where the sums of the days are not those of the incidents. */
  differences() {
    return this.#days.differences();
  }

  /** Days beyond now: see `SqliteDays.future()`. */
  futureDays(now: number) {
    return this.#days.future(now);
  }

  /** A clock was ahead: what happened on days beyond now becomes a part of today. */
  pullDaysBack(now: number): void {
    this.#days.pullBack(now);
  }

  /** Days beyond the limit become one. `at`: the clock of retention. */
  trimDays(at: number): void {
    this.#days.trim(at);
  }

  /** Brings some incidents of an older version over. Returns whether there are more. */
  bringOver(limit: number, now: number): boolean {
    return this.#older.bringOver(limit, now);
  }

  /** To be called after damaged rows were removed. */
  settleDamaged(now: number): void {
    this.#days.settle(now);
    this.index.clear();
  }

  /** What was added so far in this transaction, for `rollBackTo()` where a part of it is rolled back. */
  mark() {
    return { days: this.#days.mark(), index: this.index.mark() };
  }

  rollBackTo({ days, index }: ReturnType<SqliteIncidents['mark']>): void {
    this.#days.rollBackTo(days);
    this.index.rollBackTo(index);
  }

  /** Writes the sums of the days. To be called at the end of a transaction. */
  flush(): void {
    this.#days.flush();
  }

  /** The transaction has ended well. */
  commit(): void {
    this.index.commit();
  }

  /** The transaction was rolled back. */
  rollBack(): void {
    this.#days.clear();
    this.index.rollBack();
  }

  /** The incident became part of the previous one, which gets its notes. Without a previous one the notes are deleted. */
  #withdraw(device: string, ordinal: number, at: number, now: number): void {
    this.#rows.withdraw(device, ordinal, at, now);
    const to = this.#statements.before.get(device, ordinal) ?? null;
    if (to === null) this.#notes.removeOf(device, ordinal);
    else if (this.#notes.moveToOrdinal(device, ordinal, to)) this.#settleAcknowledgement({ device, ordinal: to }, now);
  }

  #settleAcknowledgement(key: IncidentKey, now: number): void {
    this.#rows.acknowledge(key, acknowledgementIn(this.#notes.of(key.device, key.ordinal)), now);
  }
}

function changesByIncident(changes: readonly DeviceChange[]): ReadonlyMap<string, readonly DeviceChange[]> {
  const of = new Map<string, DeviceChange[]>();
  for (const change of changes) {
    if (change.type === 'IncidentWithdrawn') continue;
    const key = keyOf(change.device, change.ordinal);
    const own = of.get(key);
    if (own === undefined) of.set(key, [change]);
    else own.push(change);
  }
  return of;
}

function keyOf(device: string, ordinal: number): string {
  return `${ordinal} ${device}`;
}

/** When the incident of a device ended; null while it is open. */
function endOf({ state: { incident } }: Device): number | null {
  if (incident === null) return null;
  const { phase, lastEvidenceAt } = incident;
  return phase.state === 'resolved' || phase.state === 'closed' ? Math.max(phase.at, lastEvidenceAt) : null;
}
