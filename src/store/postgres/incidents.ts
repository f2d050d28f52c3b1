import type { Merge } from '../../core/correlate/correlated.ts';
import type { Device } from '../../core/model/device.ts';
import { acknowledgementIn } from '../acknowledgement.ts';
import { departures } from '../departures.ts';
import type { Note } from '../ports/batch.ts';
import type { IncidentKey } from '../ports/incidents.ts';
import type { StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { PostgresChanges } from './changes.ts';
import type { PostgresDamage } from './damage.ts';
import type { DaySums } from './days.ts';
import type { DeviceCache } from './device-cache.ts';
import { PostgresGoneIncidents } from './gone-incidents.ts';
import { PostgresIncidentRows, type Writing } from './incident-rows.ts';
import type { Session } from './session.ts';

/** The largest ordinal: an integer of PostgreSQL has 32 bits. */
export const LAST_ORDINAL = 2 ** 31 - 1;

/** Incidents with their changes, the notes on them, and where they went. */
export class PostgresIncidents {
  readonly rows: PostgresIncidentRows;
  readonly changes: PostgresChanges;
  readonly gone: PostgresGoneIncidents;

  constructor(
    projection: Projection,
    instance: string,
    cache: DeviceCache,
    damage: PostgresDamage,
    { transitionRows, goneIncidents }: StoreBounds,
  ) {
    this.rows = new PostgresIncidentRows(projection, cache, damage);
    this.changes = new PostgresChanges(instance, damage, transitionRows);
    this.gone = new PostgresGoneIncidents(goneIncidents);
  }

  /** Stores changes. Deletes withdrawn incidents, and notes where they went. `merges`: what `move` was called with before. */
  async writeChanges(session: Session, writing: Writing, merges: readonly Merge[] = []): Promise<void> {
    await this.changes.write(session, writing.changes, writing.now);
    for (const change of writing.changes) {
      if (change.type !== 'IncidentWithdrawn') continue;
      const { device, ordinal } = change;
      await this.rows.withdraw(session, change, writing);
      const to = await this.changes.moveNotesBack(session, device, ordinal);
      if (to !== null) await this.#settleAcknowledgement(session, { device, ordinal: to }, writing.now);
    }
    await this.gone.add(session, departures(writing.changes, merges));
  }

  /** Stores the incidents of these devices in these states; some of a device are those before its last one. */
  async write(session: Session, devices: readonly Device[], writing: Writing): Promise<void> {
    await this.gone.remove(session, await this.rows.write(session, devices, writing));
  }

  async writeNotes(session: Session, notes: readonly Note[], now: number): Promise<void> {
    await this.changes.writeNotes(session, notes);
    for (const note of notes) await this.#settleAcknowledgement(session, note, now);
  }

  /** Notes and changes of one device from `fromOrdinal` on become those of another device's incident. */
  async move(session: Session, merge: Merge): Promise<void> {
    await this.gone.move(session, merge);
    await this.changes.move(session, merge);
  }

  /** To be called when the incidents that others became were written. */
  async settleMerged(session: Session, merges: readonly Merge[], now: number): Promise<void> {
    for (const { into, intoOrdinal } of merges)
      await this.#settleAcknowledgement(session, { device: into, ordinal: intoOrdinal }, now);
  }

  async settle(session: Session, devices: readonly Device[], now: number): Promise<void> {
    for (const { key, state } of devices)
      await this.#settleAcknowledgement(session, { device: key, ordinal: state.ordinal }, now);
  }

  /** Deletes the device's incidents up to `last`, with their changes and notes. Returns how many incidents. */
  async removeUpTo(session: Session, device: string, last: number, now: number, days: DaySums): Promise<number> {
    await this.changes.removeUpTo(session, device, last);
    const removed = await this.rows.removeUpTo(session, device, last, now, days);
    if (removed > 0) await this.gone.removeLeadingTo(session, device, last);
    return removed;
  }

  /** Deletes an incident that is over, with its changes and notes. Its device keeps its number. */
  async removeOver(session: Session, { device, ordinal }: IncidentKey): Promise<void> {
    await this.changes.removeUpTo(session, device, ordinal, ordinal);
    await this.rows.removeOver(session, { device, ordinal });
    await this.gone.removeLeadingTo(session, device, ordinal, ordinal);
  }

  async #settleAcknowledgement(session: Session, { device, ordinal }: IncidentKey, now: number): Promise<void> {
    const notes = await this.changes.notes(session, device, ordinal);
    await this.rows.acknowledge(session, { device, ordinal }, acknowledgementIn(notes), now);
  }
}
