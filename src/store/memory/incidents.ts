import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import type { Device } from '../../core/model/device.ts';
import type { Disposition, DispositionCount } from '../../core/model/disposition.ts';
import { acknowledgementIn } from '../acknowledgement.ts';
import { eventsOf, isOverState, openFrom, placeKept } from '../days.ts';
import type { Departure } from '../departures.ts';
import { IncidentColumns } from '../incident-columns.ts';
import type { Note } from '../ports/batch.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';
import type { Acknowledgement, IncidentKey, ListedIncident } from '../ports/incidents.ts';
import type { DispositionQuery, GoneIncident, TransitionRow } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { MemoryDays } from './days.ts';
import { MemoryGoneIncidents } from './gone-incidents.ts';

/** A device stands for its incident, which is made of it when somebody asks: a replay asks once, at its end. */
type Stored = ListedIncident | Device;

type Options = Readonly<Record<'transitionRows' | 'goneIncidents', number>> & { readonly history: boolean };

/** Incidents, their transitions and the notes on them. */
export class MemoryIncidents {
  readonly #projection: Projection;
  readonly #mostTransitions: number;
  /** Whether what happened is kept: days, and when an incident changed. */
  readonly #keepsHistory: boolean;
  /** By `keyOf()`. */
  readonly #incidents = new Map<string, Stored>();
  /** By id, of those that are in the columns. */
  readonly #ids = new Map<string, IncidentKey>();
  /**
   * By the key of a device that was merged into another one: the ordinal of the last incident that stayed under that
   * key.
   */
  readonly #lastFormer = new Map<string, number>();
  readonly #gone: MemoryGoneIncidents;
  readonly #days = new MemoryDays();
  #transitions: TransitionRow[] = [];
  #notes: Note[] = [];
  readonly #columns = new IncidentColumns();
  /** Incidents that changed since the columns were asked for. */
  readonly #changed = new Map<string, IncidentKey>();

  /** How many rows of transitions and of incidents that are gone there may be. */
  constructor(projection: Projection, { transitionRows, goneIncidents, history }: Options) {
    this.#projection = projection;
    this.#gone = new MemoryGoneIncidents(goneIncidents);
    this.#mostTransitions = transitionRows;
    this.#keepsHistory = history;
  }

  get(id: string): ListedIncident | null {
    this.columns();
    const key = this.#ids.get(id);
    return key === undefined ? null : (this.at([key]).find((incident) => incident.id === id) ?? null);
  }

  at(keys: readonly IncidentKey[]): ListedIncident[] {
    return keys.flatMap(({ device, ordinal }) => this.#listed(keyOf(device, ordinal)) ?? []);
  }

  /** Where an incident went that is no longer there. */
  gone(device: string, ordinal: number): GoneIncident | null {
    return this.#gone.find(device, ordinal, (into, of) => this.#incidents.has(keyOf(into, of)));
  }

  all(): IncidentRecord[] {
    return [...this.#incidents.keys()].flatMap((key) => this.#listed(key) ?? []);
  }

  /** The columns of all incidents. */
  columns(): IncidentColumns {
    for (const [key, { device, ordinal }] of this.#changed) {
      const incident = this.#listed(key);
      if (incident === null) {
        this.#columns.remove(device, ordinal);
        continue;
      }
      this.#columns.put({ ...incident, ...columnsOf(incident), ordinal });
      this.#ids.set(incident.id, { device, ordinal });
      // Whoever asks for the columns asks for rows next: they are not made twice.
      this.#incidents.set(key, incident);
    }
    this.#changed.clear();
    return this.#columns;
  }

  transitions(device: string, ordinal: number): TransitionRow[] {
    return this.#transitions.filter((row) => row.device === device && row.ordinal === ordinal);
  }

  notes(device: string, ordinal: number): Note[] {
    return this.#notes.filter((note) => note.device === device && note.ordinal === ordinal);
  }

  dispositions({ since = -Infinity, until = Infinity }: DispositionQuery): DispositionCount[] {
    const last = new Map<string, Note & { disposition: Disposition }>();
    for (const note of this.#notes) {
      const { device, ordinal, disposition } = note;
      if (disposition !== null) last.set(keyOf(device, ordinal), { ...note, disposition });
    }
    const counts = new Map<string, DispositionCount>();
    for (const { at, disposition } of last.values()) {
      if (at < since || at >= until) continue;
      const { hypothesis, diagnosis, release } = disposition;
      const key = JSON.stringify([hypothesis, diagnosis, release]);
      counts.set(key, { hypothesis, diagnosis, release, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  /** The ids of the incidents of a device, or of one of them. */
  idsOf(device: string, ordinal: number | undefined): Set<string> {
    const ids = [...this.columns().ordinalsOf(device)].flatMap((each) =>
      (ordinal ?? each) === each ? (this.#listed(keyOf(device, each))?.id ?? []) : [],
    );
    return new Set(ids);
  }

  /** The changes and notes of a device, or of one of its incidents, with their numbers. */
  happened(device: string, ordinal: number | undefined) {
    const isOf = (row: IncidentKey) => row.device === device && (ordinal ?? row.ordinal) === row.ordinal;
    const changes = this.#transitions.map((change, id) => ({
      id,
      row: { at: change.at, kind: 'change' as const, change },
    }));
    const notes = this.#notes.map((note, id) => ({ id, row: { at: note.at, kind: 'note' as const, note } }));
    return { changes: changes.filter(({ row }) => isOf(row.change)), notes: notes.filter(({ row }) => isOf(row.note)) };
  }

  history(query: HistoryQuery): HistoryDay[] {
    return this.#days.history(query);
  }

  /** Stores the incidents of these devices in these states. `changes`: all of the commit; `now`: when it was decided. */
  write(devices: readonly Device[], { changes, now }: { changes: readonly DeviceChange[]; now: number }): void {
    const of = Map.groupBy(this.#keepsHistory ? changes : [], ({ device, ordinal }) => keyOf(device, ordinal));
    for (const device of devices) {
      if (device.state.incident === null) continue;
      const { ordinal } = device.state;
      const key = keyOf(device.key, ordinal);
      const own = (of.get(key) ?? []).filter(({ type }) => type !== 'IncidentWithdrawn');
      this.#put(key, { device: device.key, ordinal }, this.#keepsHistory ? this.#after(key, device, own, now) : device);
      this.#gone.remove(device.key, ordinal);
    }
  }

  /** Beyond the limit the oldest transitions are deleted. */
  writeTransitions(changes: readonly DeviceChange[], now: number): void {
    for (const change of changes) this.#transitions.push({ ...change, decidedAt: now });
    this.#transitions.splice(0, this.#transitions.length - this.#mostTransitions);
  }

  writeNotes(notes: readonly Note[], now: number): void {
    for (const note of notes) this.#notes.push(note);
    for (const note of notes) this.#settleAcknowledgement(note, now);
  }

  /** To be called when the incidents that others became were written. */
  settleMerged(merges: readonly Merge[], now: number): void {
    for (const { into, intoOrdinal } of merges)
      this.#settleAcknowledgement({ device: into, ordinal: intoOrdinal }, now);
  }

  /** Deletes these incidents, and notes where they went. */
  withdraw(departures: readonly Departure[], now: number): void {
    for (const departure of departures) this.#withdraw(departure, now);
    this.#gone.add(departures);
  }

  /**
   * The incident became part of the previous one, which gets its notes. Without a previous one the notes are deleted.
   */
  #withdraw({ device, ordinal, at }: Departure, now: number): void {
    const key = keyOf(device, ordinal);
    const incident = this.#keepsHistory ? this.#listed(key) : null;
    if (incident !== null) {
      this.#days.count(incident.plant, at, 'withdrawn');
      if (!isOverState(incident.state)) this.#days.open(incident.plant, openFrom(at, incident.changedAt, now), -1);
    }
    this.#delete(device, ordinal);
    const isOf = (note: Note) => note.device === device && note.ordinal === ordinal;
    if (!this.#notes.some(isOf)) return;
    let to = ordinal - 1;
    while (to > 0 && !this.#incidents.has(keyOf(device, to))) to--;
    this.#notes = this.#notes.flatMap((note) => (!isOf(note) ? [note] : to === 0 ? [] : [{ ...note, ordinal: to }]));
    if (to > 0) this.#settleAcknowledgement({ device, ordinal: to }, now);
  }

  /** Notes and transitions of one device from `fromOrdinal` on become those of another device's incident. */
  move(merge: Merge): void {
    const { from, into, fromOrdinal, intoOrdinal } = merge;
    this.#gone.move(merge);
    if (fromOrdinal > 1) this.#lastFormer.set(from, fromOrdinal - 1);
    const moves = (row: { device: string; ordinal: number }) => row.device === from && row.ordinal >= fromOrdinal;
    const moved = { device: into, ordinal: intoOrdinal };
    this.#transitions = this.#transitions.map((row) => (moves(row) ? { ...row, ...moved } : row));
    this.#notes = this.#notes.map((note) => (moves(note) ? { ...note, ...moved } : note));
  }

  /** The ordinal of the last incident under the key of a device that was merged into another one, or 0. Forgets it. */
  takeLastFormer(key: string): number {
    const last = this.#lastFormer.get(key) ?? 0;
    this.#lastFormer.delete(key);
    return last;
  }

  /** Days beyond now: see `MemoryDays.future()`. */
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

  /**
   * Deletes the device's incidents up to `last`, with their transitions and notes. Returns how many incidents. `now`: when, in
   * milliseconds.
   */
  removeUpTo(device: string, last: number, now: number): number {
    let removed = 0;
    for (let ordinal = last; ordinal > 0; ordinal--) if (this.#remove(device, ordinal, now)) removed++;
    if (removed === 0) return 0;
    this.#gone.removeLeadingTo(device, last);
    const isKept = (row: { device: string; ordinal: number }) => row.device !== device || row.ordinal > last;
    this.#transitions = this.#transitions.filter(isKept);
    this.#notes = this.#notes.filter(isKept);
    return removed;
  }

  /** Deletes all incidents, transitions and notes of these devices. `last`: the ordinal of a device's last incident. */
  removeAll(devices: readonly { readonly key: string; readonly last: number }[], now: number): void {
    for (const { key, last } of devices)
      for (let ordinal = last; ordinal > 0; ordinal--) this.#remove(key, ordinal, now);
    const removed = new Set(devices.map(({ key }) => key));
    this.#transitions = this.#transitions.filter(({ device }) => !removed.has(device));
    this.#notes = this.#notes.filter(({ device }) => !removed.has(device));
    this.#gone.removeDevices([...removed]);
  }

  /** The incident of a device after a commit, with what happened to it in the days. */
  #after(key: string, device: Device, changes: readonly DeviceChange[], now: number): ListedIncident {
    const before = this.#listed(key);
    const next = this.#made(device, now, before?.acknowledged ?? null) as ListedIncident;
    const keeps = before !== null && isOverState(before.state) && isOverState(next.state);
    const place = keeps ? placeKept(before, next) : {};
    const incident = { ...next, ...place };
    for (const change of changes)
      for (const event of eventsOf(change)) this.#days.count(incident.plant, change.at, event);
    const at = openFrom(changes.at(-1)?.at ?? now, before?.changedAt, now);
    if (before !== null && !isOverState(before.state)) this.#days.open(before.plant, at, -1);
    if (!isOverState(incident.state)) this.#days.open(incident.plant, at, 1);
    const isSame = before !== null && changes.length === 0 && isAlike(before, incident);
    return isSame ? { ...incident, changedAt: before.changedAt } : incident;
  }

  #remove(device: string, ordinal: number, now: number): boolean {
    const incident = this.#keepsHistory ? this.#listed(keyOf(device, ordinal)) : null;
    if (incident !== null && !isOverState(incident.state)) this.#days.open(incident.plant, now, -1);
    return this.#delete(device, ordinal);
  }

  #delete(device: string, ordinal: number): boolean {
    const key = keyOf(device, ordinal);
    const incident = this.#listed(key);
    if (incident !== null) this.#ids.delete(incident.id);
    this.#changed.set(key, { device, ordinal });
    return this.#incidents.delete(key);
  }

  #put(key: string, which: IncidentKey, incident: Stored): void {
    this.#changed.set(key, which);
    this.#incidents.set(key, incident);
  }

  #settleAcknowledgement({ device, ordinal }: IncidentKey, now: number): void {
    const key = keyOf(device, ordinal);
    const incident = this.#listed(key);
    const acknowledged = acknowledgementIn(this.notes(device, ordinal));
    if (incident === null || JSON.stringify(acknowledged) === JSON.stringify(incident.acknowledged)) return;
    this.#put(key, { device, ordinal }, { ...incident, acknowledged, changedAt: now });
  }

  #listed(key: string): ListedIncident | null {
    const stored = this.#incidents.get(key);
    if (stored === undefined) return null;
    return 'placeAssumed' in stored ? stored : this.#made(stored, null, null);
  }

  #made(device: Device, changedAt: number | null, acknowledged: Acknowledgement | null): ListedIncident | null {
    const record = this.#projection.incidentOf(device);
    if (record === null) return null;
    return { ...record, ...this.#projection.factsOf(device), placeAssumed: false, changedAt, acknowledged };
  }
}

function keyOf(device: string, ordinal: number): string {
  return `${ordinal} ${device}`;
}

/** The columns that are not as the incident has them. */
function columnsOf({ state, openedAt, graceUntil, graceUntilAtMost, changedAt, acknowledged }: ListedIncident) {
  const until = isOverState(state) ? null : (graceUntil ?? graceUntilAtMost);
  return {
    openedAt: Date.parse(openedAt),
    graceUntil: until === null ? null : Date.parse(until),
    changedAt: changedAt ?? 0,
    acknowledged: acknowledged !== null,
  };
}

/** Whether an incident is found and ordered as before. */
function isAlike(before: ListedIncident, after: ListedIncident): boolean {
  const [was, is] = [before, after].map((incident) => {
    const { state, severity, plant, product, release, diagnosis, graceUntil, graceUntilAtMost } = incident;
    const grace = isOverState(state) ? null : [graceUntil, graceUntilAtMost];
    return JSON.stringify([state, severity, plant, product, release, diagnosis, grace, incident.openedAt]);
  });
  return was === is;
}
