import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import type { Device } from '../../core/model/device.ts';
import type { Disposition, DispositionCount } from '../../core/model/disposition.ts';
import type { Departure } from '../departures.ts';
import { page } from '../page.ts';
import type { Note } from '../ports/batch.ts';
import type { Counts, DispositionQuery, GoneIncident, IncidentQuery, Page, TransitionRow } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { MemoryGoneIncidents } from './gone-incidents.ts';
import { compare, indexAfter } from './ordered.ts';

type IncidentRow = { readonly record: IncidentRecord; readonly position: string };

/** Incidents, their transitions and the notes on them. */
export class MemoryIncidents {
  readonly #projection: Projection;
  readonly #mostTransitions: number;
  /**
   * By `keyOf()`: the record of an incident that is over; for a current incident the device that its record is made of.
   */
  readonly #incidents = new Map<string, Device | IncidentRecord>();
  /**
   * By the key of a device that was merged into another one: the ordinal of the last incident that stayed under that
   * key.
   */
  readonly #lastFormer = new Map<string, number>();
  readonly #gone: MemoryGoneIncidents;
  #transitions: TransitionRow[] = [];
  #notes: Note[] = [];
  /** Sorted when a list is asked for, and kept until an incident changes. */
  #inOrder: readonly IncidentRow[] | null = null;

  /** How many rows of transitions and of incidents that are gone there may be. */
  constructor(
    projection: Projection,
    { transitionRows, goneIncidents }: Readonly<Record<'transitionRows' | 'goneIncidents', number>>,
  ) {
    this.#projection = projection;
    this.#gone = new MemoryGoneIncidents(goneIncidents);
    this.#mostTransitions = transitionRows;
  }

  get(id: string): IncidentRecord | null {
    return this.#rows().find(({ record }) => record.id === id)?.record ?? null;
  }

  /** Where an incident went that is no longer there. */
  gone(device: string, ordinal: number): GoneIncident | null {
    return this.#gone.find(device, ordinal, (into, of) => this.#incidents.has(keyOf(into, of)));
  }

  all(): IncidentRecord[] {
    return this.#rows().map(({ record }) => record);
  }

  list({ state, severity, device, after, limit }: IncidentQuery): Page<IncidentRecord> {
    const ordered = this.#rows();
    const start = indexAfter(ordered, after, ({ position }) => position);
    const rows: IncidentRecord[] = [];
    for (let at = start; at < ordered.length && rows.length <= limit; at++) {
      const { record } = ordered[at] as IncidentRow;
      if ((state ?? record.state) !== record.state || (severity ?? record.severity) !== record.severity) continue;
      if ((device ?? record.device) === record.device) rows.push(record);
    }
    return page(rows, limit, positionOf);
  }

  counts(): Counts['incidents'] {
    const counts = new Map<string, number>();
    for (const { record } of this.#rows()) {
      const key = `${record.state} ${record.severity}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].map(([key, count]) => {
      const [state = '', severity = ''] = key.split(' ');
      return { state, severity, count };
    });
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

  /** Stores the incident of the device in this state, if there is one. */
  write(device: Device): void {
    if (device.state.incident !== null) this.#put(device, device);
  }

  /** Stores the incident of an earlier state, which is over. */
  writePast(device: Device): void {
    const record = this.#projection.incidentOf(device);
    if (record !== null) this.#put(device, record);
  }

  /** Beyond the limit the oldest transitions are deleted. */
  writeTransitions(changes: readonly DeviceChange[], now: number): void {
    for (const change of changes) this.#transitions.push({ ...change, decidedAt: now });
    this.#transitions.splice(0, this.#transitions.length - this.#mostTransitions);
  }

  writeNotes(notes: readonly Note[]): void {
    for (const note of notes) this.#notes.push(note);
  }

  /** Deletes these incidents, and notes where they went. */
  withdraw(departures: readonly Departure[]): void {
    for (const { device, ordinal } of departures) this.#withdraw(device, ordinal);
    this.#gone.add(departures);
  }

  /**
   * The incident became part of the previous one, which gets its notes. Without a previous one the notes are deleted.
   */
  #withdraw(device: string, ordinal: number): void {
    this.#inOrder = null;
    this.#incidents.delete(keyOf(device, ordinal));
    const isOf = (note: Note) => note.device === device && note.ordinal === ordinal;
    if (!this.#notes.some(isOf)) return;
    let to = ordinal - 1;
    while (to > 0 && !this.#incidents.has(keyOf(device, to))) to--;
    this.#notes = this.#notes.flatMap((note) => (!isOf(note) ? [note] : to === 0 ? [] : [{ ...note, ordinal: to }]));
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

  /** Deletes the device's incidents up to `last`, with their transitions and notes. Returns how many incidents. */
  removeUpTo(device: string, last: number): number {
    let removed = 0;
    for (let ordinal = last; ordinal > 0; ordinal--) if (this.#incidents.delete(keyOf(device, ordinal))) removed++;
    if (removed === 0) return 0;
    this.#inOrder = null;
    this.#gone.removeLeadingTo(device, last);
    const isKept = (row: { device: string; ordinal: number }) => row.device !== device || row.ordinal > last;
    this.#transitions = this.#transitions.filter(isKept);
    this.#notes = this.#notes.filter(isKept);
    return removed;
  }

  /** Deletes all incidents, transitions and notes of these devices. `last`: the ordinal of a device's last incident. */
  removeAll(devices: readonly { readonly key: string; readonly last: number }[]): void {
    this.#inOrder = null;
    for (const { key, last } of devices)
      for (let ordinal = last; ordinal > 0; ordinal--) this.#incidents.delete(keyOf(key, ordinal));
    const removed = new Set(devices.map(({ key }) => key));
    this.#transitions = this.#transitions.filter(({ device }) => !removed.has(device));
    this.#notes = this.#notes.filter(({ device }) => !removed.has(device));
    this.#gone.removeDevices([...removed]);
  }

  #put({ key, state }: Device, incident: Device | IncidentRecord): void {
    this.#inOrder = null;
    this.#incidents.set(keyOf(key, state.ordinal), incident);
    this.#gone.remove(key, state.ordinal);
  }

  /** In the order of `list()`. */
  #rows(): readonly IncidentRow[] {
    this.#inOrder ??= [...this.#incidents.values()]
      .flatMap((incident) => ('id' in incident ? incident : (this.#projection.incidentOf(incident) ?? [])))
      .map((record) => ({ record, position: positionOf(record) }))
      .sort((a, b) => compare(a.position, b.position));
    return this.#inOrder;
  }
}

function keyOf(device: string, ordinal: number): string {
  return `${ordinal} ${device}`;
}

/** Incidents are listed by opening time, then by device. */
function positionOf({ openedAt, device, id }: IncidentRecord): string {
  return `${openedAt} ${device} ${id}`;
}
