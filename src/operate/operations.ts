/**
 * The actions of operators: the inventory, checks of trustpools, notes, and closing or reopening an incident. Each action
 * is one commit, which decides on the states as they are stored: a line that the pipeline commits first is counted.
 */

import { nextStep, readTrustpool, type TrustpoolReading } from '../core/capture/trustpool.ts';
import { applyAction } from '../core/correlate/correlate.ts';
import { type Correlated, type DeviceChange, type Known, nothingCorrelated } from '../core/correlate/correlated.ts';
import { aliasesOfRow, type Enrolled, enrol, labelsOfRow } from '../core/correlate/enrol.ts';
import {
  closedBy,
  type OperatorAction,
  reopenedBy,
  senderConfirmed,
  trustpoolChecked,
} from '../core/correlate/operator-action.ts';
import { dispositionOf } from '../core/diagnose/disposition.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import type { Device } from '../core/model/device.ts';
import type { StatedDisposition } from '../core/model/disposition.ts';
import { isOpen, parseIncidentId } from '../core/model/incident.ts';
import { type Column, type InventoryRow, inventoryRow, sameRow } from '../core/model/inventory.ts';
import { limits } from '../core/model/limits.ts';
import { aliasesMeant, aliasOf, keyMeant } from '../core/model/names.ts';
import { OperatingError } from '../errors.ts';
import type { Note } from '../store/ports/batch.ts';
import type { About } from '../store/ports/devices.ts';
import type { ListedIncident } from '../store/ports/incidents.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import { type CaptureGiven, type CaptureOrder, type CapturesTaken, takeCaptures } from './captures.ts';
import { committed, type NoteDraft, type Parts } from './committing.ts';
import { goneText, whereItWent } from './gone-incident.ts';
import { actOnAll, type BulkDone, type BulkOrder, isSoAlready } from './incident-bulk.ts';
import { Rehearsal } from './rehearsal.ts';

/**
 * `taken`, `unchanged`: counts of rows. `noRoom`: the rows of new devices beyond `limits.devices`. `added`: devices that are
 * new. `changes`: what became of incidents.
 */
export type Imported<Row> = {
  readonly taken: number;
  readonly unchanged: number;
  readonly noRoom: readonly Row[];
  readonly added: number;
  readonly merged: number;
  readonly changes: readonly DeviceChange[];
};

/** What a trustpool of a device says, and the device with it. */
export type TrustpoolChecked = {
  readonly device: Device;
  readonly reading: TrustpoolReading;
  readonly next: string;
  readonly changes: readonly DeviceChange[];
};

type Decide = <T extends Correlated>(about: About, fold: (known: Known) => T) => Promise<T>;

/** The problem of a row in `noRoom`. */
export const NO_ROOM = `the limit of ${limits.devices} devices is reached: forget devices that no longer exist`;

const noDisposition = () => null;

/** Rows, or devices, in one commit. */
const ROWS_AT_ONCE = 500;

export class Operations {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Imports the valid rows of an inventory. Importing the same rows again changes nothing. `dryRun`: tells what an import would
   * do, and stores nothing.
   */
  async import<Row extends Enrolled>(
    { rows }: { readonly rows: readonly Row[] },
    { dryRun = false } = {},
  ): Promise<Imported<Row>> {
    let [taken, added, merged] = [0, 0, 0];
    const [noRoom, changes]: [Row[], DeviceChange[]] = [[], []];
    const decide = this.#deciding(dryRun);
    const { rowsAtOnce = ROWS_AT_ONCE } = this.#parts;
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const chunk = rows.slice(from, from + rowsAtOnce);
      const result = await decide(aboutRows(chunk), (known) => {
        const enrolled = enrol(known, chunk, this.#parts.advisory);
        const isNew = (key: string) => !known.devices.has(key);
        return { ...enrolled, added: [...enrolled.devices.keys()].filter(isNew).length };
      });
      taken += result.taken;
      added += result.added;
      merged += result.merges.length;
      noRoom.push(...result.noRoom);
      changes.push(...result.changes);
      await yieldToEventLoop();
    }
    return { taken, unchanged: rows.length - taken - noRoom.length, noRoom, added, merged, changes };
  }

  /** Sets the inventory row of one device. `name`: any name of the device. From then on the row's names are its names, too. */
  async list(name: string, row: InventoryRow, columns: readonly Column[]): Promise<Device> {
    const key = await this.#keyOf(name);
    const { noRoom } = await this.import({ rows: [{ row, columns, also: await this.#namesOf(key) }] });
    if (noRoom.length > 0) throw refused(NO_ROOM);
    return this.#device(await this.#keyOf(row.hostname ?? row.serial ?? row.address ?? key));
  }

  /**
   * Changes only these columns of a device's row; null deletes a value. A device that is not listed gets a row with its key as
   * hostname. `QVW_NOT_FOUND` if there is no device, `QVW_INVENTORY_INVALID` if the row would not be valid.
   */
  async amend(name: string, cells: Readonly<Partial<Record<Column, string | null>>>): Promise<Device> {
    for (;;) {
      const key = await this.#keyOf(name);
      const { inventory: before } = await this.#device(key);
      const row = inventoryRow({ ...(before ?? { hostname: key }), ...cells });
      if (typeof row === 'string') throw new OperatingError('QVW_INVENTORY_INVALID', row);
      const rows = [{ row, columns: Object.keys(cells) as Column[], also: await this.#namesOf(key) }];
      const { isSame } = await this.#commit(aboutRows(rows), (known) =>
        sameListing(known.devices.get(key), before)
          ? { ...enrol(known, rows, this.#parts.advisory), isSame: true }
          : { ...nothingCorrelated, isSame: false },
      );
      // Another row was stored since it was read: what is valid is decided on that one.
      if (isSame) return this.#device(await this.#keyOf(row.hostname ?? row.serial ?? row.address ?? key));
    }
  }

  /**
   * Stores what a trustpool contains. `text`: the output of `show crypto pki trustpool`; null if it is another text. `dryRun`:
   * tells what that would do, and stores nothing.
   */
  async checkTrustpool(name: string, text: string, { dryRun = false } = {}): Promise<TrustpoolChecked | null> {
    const { advisory, now } = this.#parts;
    const reading = readTrustpool(text, advisory);
    const key = await this.#keyOf(name);
    const before = await this.#device(key);
    if (reading === null) return null;
    const action = trustpoolChecked(now(), reading);
    const { devices, changes } = await this.#deciding(dryRun)(aboutDevice(key), (known) =>
      applyAction(known, key, action, advisory),
    );
    return { device: devices.get(key) ?? before, reading, next: nextStep(reading, advisory), changes };
  }

  /** Takes what switches show, each capture for its device; what cannot be taken is told. `QVW_NOT_FOUND`: no such device. */
  async capture(text: string | Uint8Array, order: CaptureOrder): Promise<CapturesTaken> {
    const [taken] = await this.captures([{ text, order }], order);
    return taken as CapturesTaken;
  }

  /** The same for several texts: an answer for each. */
  captures(given: readonly CaptureGiven[], { dryRun }: { readonly dryRun: boolean }): Promise<CapturesTaken[]> {
    return takeCaptures(this.#parts, this.#deciding(dryRun), given);
  }

  /** A second acknowledgement by the same person changes nothing, and is not stored. */
  async acknowledge(id: string, by: string, text: string): Promise<void> {
    await this.#actUnlessSo(id, 'acknowledge', by, text);
  }

  /** Takes the acknowledgement back; where there is none, nothing is stored. */
  async unacknowledge(id: string, by: string, text: string): Promise<void> {
    await this.#actUnlessSo(id, 'unacknowledge', by, text);
  }

  /** Acts on each of these incidents, in batches. */
  actOnAll(ids: Iterable<string>, order: BulkOrder): Promise<BulkDone> {
    return actOnAll(this.#parts, ids, order);
  }

  /** `stated`: what the incident really was; null if nobody says so. */
  async note(id: string, by: string, text: string, stated: StatedDisposition | null = null): Promise<void> {
    await this.#note(id, by, 'note', text, stated);
  }

  /** Closes an open incident; `QVW_REFUSED` if the incident is not open. `stated`: as of `note`. */
  async close(id: string, by: string, text: string, stated: StatedDisposition | null = null): Promise<void> {
    const { device, ordinal, record } = await this.#latest(id);
    if (!isOpen(device.state.incident)) throw refused(`${id} is not open, so it cannot be closed`);
    const disposition = this.#dispositionOf(device.key, record, stated);
    await this.#act(
      device.key,
      closedBy(this.#parts.now(), by, text),
      this.#noteOf(device.key, ordinal, by, 'closed', text, disposition),
    );
  }

  /** Reopens the last incident of a device; `QVW_REFUSED` if the incident is open, or not the last one. */
  async reopen(id: string, by: string, text: string): Promise<void> {
    const { device, ordinal } = await this.#latest(id);
    if (isOpen(device.state.incident)) throw refused(`${id} is open, so it cannot be reopened`);
    const note = this.#noteOf(device.key, ordinal, by, 'reopened', text);
    await this.#act(device.key, reopenedBy(this.#parts.now(), by, text), note);
  }

  /** Confirms that the device sends from this address: a recovery from there that waits counts now. */
  async confirmSender(name: string, address: string, by: string, text: string): Promise<Device> {
    const key = await this.#keyOf(name);
    await this.#device(key);
    await this.#act(key, senderConfirmed(this.#parts.now(), aliasOf(address), by, text));
    return this.#device(key);
  }

  /** Deletes devices and their history. Their open incidents are closed first, and the sinks notified. */
  async forget(keys: readonly string[], by: string, text: string): Promise<void> {
    const { store, now, advisory, onAct } = this.#parts;
    for (let from = 0; from < keys.length; from += ROWS_AT_ONCE) {
      const chunk = keys.slice(from, from + ROWS_AT_ONCE);
      for (const { key, state } of (await store.load(chunk)).values()) {
        if (!isOpen(state.incident)) continue;
        const note = this.#noteOf(key, state.ordinal, by, 'closed', text);
        await this.#commit(aboutDevice(key), (known) => applyAction(known, key, closedBy(now(), by, text), advisory), [
          note,
        ]);
      }
      await store.forget(chunk, now(), by);
      onAct?.({ kind: 'devices', by, at: now(), incidents: [], devices: chunk });
      await yieldToEventLoop();
    }
  }

  /** The key of a device with this name; `QVW_NOT_FOUND` if there is no device with it. */
  async find(name: string): Promise<string> {
    return (await this.#device(await this.#keyOf(name))).key;
  }

  async #actUnlessSo(id: string, action: 'acknowledge' | 'unacknowledge', by: string, text: string): Promise<void> {
    const { record } = await this.#incident(id);
    if (!isSoAlready(record, action, by)) await this.#note(id, by, `${action}d`, text);
  }

  async #note(
    id: string,
    by: string,
    kind: Note['kind'],
    text: string,
    stated: StatedDisposition | null = null,
  ): Promise<void> {
    const { device, ordinal, record } = await this.#incident(id);
    const note = this.#noteOf(device, ordinal, by, kind, text, this.#dispositionOf(device, record, stated));
    await this.#checkNoteLimit(note);
    await this.#commit(aboutDevice(device), () => nothingCorrelated, [note]);
  }

  #noteOf(
    device: string,
    ordinal: number,
    by: string,
    kind: Note['kind'],
    text: string,
    disposition: NoteDraft['disposition'] = noDisposition,
  ): NoteDraft {
    return { device, ordinal, at: this.#parts.now(), by, kind, text, disposition };
  }

  #dispositionOf(key: string, record: IncidentRecord, stated: StatedDisposition | null): NoteDraft['disposition'] {
    if (stated === null) return noDisposition;
    return ({ devices }) => dispositionOf(stated, record, devices.get(key), this.#parts.advisory);
  }

  async #checkNoteLimit({ device, ordinal }: NoteDraft): Promise<void> {
    const notes = await this.#parts.store.notes(device, ordinal);
    if (notes.length >= limits.notes)
      throw refused(`the incident has ${limits.notes} notes already: no more can be stored`);
  }

  async #act(key: string, action: OperatorAction, note?: NoteDraft): Promise<void> {
    if (note !== undefined) await this.#checkNoteLimit(note);
    await this.#commit(
      aboutDevice(key),
      (known) => applyAction(known, key, action, this.#parts.advisory),
      note === undefined ? [] : [note],
    );
  }

  async #incident(id: string): Promise<{ device: string; ordinal: number; record: ListedIncident }> {
    const record = await this.#parts.store.incident(id);
    const named = parseIncidentId(this.#parts.advisory.prefix, id);
    if (record !== null && named !== null) return { ...named, record };
    const where = await whereItWent(this.#parts.store, this.#parts.advisory.prefix, id);
    throw where === null
      ? new OperatingError('QVW_NOT_FOUND', `there is no incident ${id}`)
      : refused(goneText(id, where));
  }

  async #latest(id: string): Promise<{ device: Device; ordinal: number; record: ListedIncident }> {
    const { device: key, ordinal, record } = await this.#incident(id);
    const device = await this.#device(key);
    if (device.state.ordinal !== ordinal)
      throw refused(`${id} is not the last incident of ${key}: only the last one can be closed or reopened`);
    return { device, ordinal, record };
  }

  /** All aliases of a device. */
  async #namesOf(key: string): Promise<string[]> {
    const known = await this.#parts.store.aliases(aliasesMeant(key));
    return [...new Set([aliasOf(key), ...[...known.keys()].filter((alias) => known.get(alias) === key)])];
  }

  async #keyOf(name: string): Promise<string> {
    return keyMeant(name, await this.#parts.store.aliases(aliasesMeant(name)));
  }

  async #device(key: string): Promise<Device> {
    const device = (await this.#parts.store.load([key])).get(key);
    if (device === undefined) throw new OperatingError('QVW_NOT_FOUND', `there is no device ${key}`);
    return device;
  }

  #deciding(dryRun: boolean): Decide {
    if (!dryRun) return (about, fold) => this.#commit(about, fold);
    const rehearsal = new Rehearsal(this.#parts.store);
    return (about, fold) => rehearsal.decide(about, fold);
  }

  #commit<T extends Correlated>(
    about: About,
    fold: (known: Known) => T,
    drafts: readonly NoteDraft[] = [],
  ): Promise<T> {
    return committed(this.#parts, about, fold, drafts);
  }
}

/** The devices with the names of these rows, and the keys that new devices may get. */
function aboutRows(rows: readonly Enrolled[]): About {
  const keys = rows.flatMap(({ row: { hostname, address, serial } }) => [hostname, address, serial]);
  return {
    names: rows.flatMap((row) => [...aliasesOfRow(row), ...labelsOfRow(row)]),
    keys: keys.filter((key) => key !== null),
    newDevices: rows.length,
  };
}

/** Whether the device is there and has this row. */
function sameListing(device: Device | undefined, row: InventoryRow | null): boolean {
  if (device === undefined || device.inventory === null || row === null) return device?.inventory === row;
  return sameRow(device.inventory, row);
}

function aboutDevice(key: string): About {
  return { names: [], keys: [key], newDevices: 0 };
}

function refused(why: string): OperatingError {
  return new OperatingError('QVW_REFUSED', why);
}
