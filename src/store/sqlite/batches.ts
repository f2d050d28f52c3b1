import { limits } from '../../core/model/limits.ts';
import { gapSourcesOf } from '../gap-rows.ts';
import type { Batch, Evictions } from '../ports/batch.ts';
import type { SqliteDamage } from './damage.ts';
import type { SqliteDevices } from './devices.ts';
import type { SqliteEvidence } from './evidence.ts';
import type { SqliteGaps } from './gaps.ts';
import type { SqliteIncidents } from './incidents.ts';
import type { SqliteInventoryChanges } from './inventory-changes.ts';
import type { SqliteNames } from './names.ts';
import type { SqliteOutbox } from './outbox.ts';
import type { SqliteRejudging } from './rejudging.ts';
import type { SqliteUnparsed } from './unparsed.ts';

type Parts = {
  readonly devices: SqliteDevices;
  readonly names: SqliteNames;
  readonly incidents: SqliteIncidents;
  readonly evidence: SqliteEvidence;
  readonly outbox: SqliteOutbox;
  readonly unparsed: SqliteUnparsed;
  readonly inventoryChanges: SqliteInventoryChanges;
  readonly gaps: SqliteGaps;
  readonly rejudging: SqliteRejudging;
  readonly damage: SqliteDamage;
};

/** Writes what a batch decides, and deletes what goes with a device, in all tables. Call it within a transaction. */
export class SqliteBatches {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Stores what was decided. Throws where a device has another version than the one that it was decided on. */
  write(batch: Batch): Evictions {
    const merged = new Set(batch.merges.map(({ from }) => from));
    const added = new Set(batch.devices.filter(({ version }) => version === 0).map(({ key }) => key));
    const unjudged = batch.merges.filter(({ from }) => this.#parts.devices.isUnjudged(from));
    let forgotten = 0;
    for (const key of added) if (!merged.has(key)) forgotten += this.#forgetFormerIncidents(key, batch.now);
    for (const merge of batch.merges) {
      const { from, into } = merge;
      if (!this.#parts.devices.remove(merge)) throw staleVersion(from);
      this.#parts.names.move(from, into);
      this.#parts.evidence.move(merge);
      this.#parts.outbox.move(from, into);
      this.#parts.inventoryChanges.move(from, into);
      this.#parts.incidents.move(merge);
      if (added.has(from)) forgotten += this.#forgetFormerIncidents(from, batch.now);
    }
    this.#parts.names.learn(batch.aliases);
    for (const device of batch.devices) if (!this.#parts.devices.write(device)) throw staleVersion(device.key);
    for (const { into } of unjudged) this.#parts.devices.unmark(into);
    this.#parts.incidents.writeChanges(batch, batch.merges);
    this.#parts.incidents.write([...batch.past, ...batch.devices], batch);
    this.#parts.incidents.settleMerged(batch.merges, batch.now);
    this.#parts.evidence.write(batch.evidence, added);
    this.#parts.unparsed.write(batch.unparsed);
    this.#parts.inventoryChanges.write(batch.inventory ?? []);
    this.#parts.incidents.writeNotes(batch.notes, batch.now);
    const droppedNotices = this.#parts.outbox.write(batch.notices, batch.now);
    for (const { key, state } of batch.past)
      forgotten += this.#forgetIncidents(key, state.ordinal - limits.pastIncidents, batch.now);
    return { evicted: added.size > 0 ? this.#evict() : 0, forgotten, droppedNotices };
  }

  /** Deletes the device's incidents up to `last`, with all their rows. Returns how many incidents. */
  #forgetIncidents(key: string, last: number, now: number): number {
    if (last < 1) return 0;
    this.#parts.evidence.removeUpTo(key, last);
    return this.#parts.incidents.removeUpTo(key, last, now);
  }

  /**
   * A new device may have the key of a device that was merged into another one. Past incidents under that key are
   * deleted.
   */
  #forgetFormerIncidents(key: string, now: number): number {
    return this.#parts.incidents.hasAny(key) ? this.#forgetIncidents(key, Number.MAX_SAFE_INTEGER, now) : 0;
  }

  /** Deletes a device with all that is known of it. */
  forgetDevice(key: string, now: number): void {
    const device = this.#parts.devices.load(key);
    if (device !== undefined) this.#parts.gaps.forget(gapSourcesOf(device, this.#parts.names.namesOf(key)));
    this.#parts.inventoryChanges.remove(key);
    this.#parts.devices.removeOne(key);
    this.#parts.names.remove(key);
    this.#parts.evidence.removeDevice(key);
    this.#parts.rejudging.forget(key);
    this.#parts.damage.forget(key);
    this.#forgetIncidents(key, Number.MAX_SAFE_INTEGER, now);
    this.#parts.incidents.forgetGone(key);
    this.#parts.outbox.forget(key);
  }

  #evict(): number {
    const evicted = this.#parts.devices.evict();
    for (const key of evicted) {
      this.#parts.evidence.removeDevice(key);
      this.#parts.inventoryChanges.remove(key);
      this.#parts.names.remove(key);
    }
    return evicted.length;
  }
}

/** The batch was decided in the same transaction, so another version is a defect of the caller. */
function staleVersion(key: string): Error {
  return new Error(`a batch has another version than the store of ${key}`);
}
