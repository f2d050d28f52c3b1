/** What this instance remembers of the rows that belong to a device. */
import { ordinalAfter } from '../../core/correlate/evidence.ts';
import type { Device } from '../../core/model/device.ts';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import type { IncidentRow } from '../codec/incident-row.ts';
import type { Column, MemberRow } from '../codec/member-row.ts';
import type { Blocks } from '../codec/tail-blocks.ts';
import type { EvidenceGroup } from '../evidence-retention.ts';

/** A device as its row has it. Null: not known. */
export type RememberedDevice = {
  readonly device: Device;
  readonly blocks: Blocks | null;
  readonly projected: readonly Column[] | null;
  readonly member: MemberRow | null;
  /** Of its open incident, or of the next one that may open: only who writes the device changes that. */
  readonly ofIncident: RememberedIncident;
  /** The transaction that has written the row (`xmin`); null before that is known. */
  writtenBy: string | null;
};

/** `row`: without its record; null where it is not known. `groups`: of its evidence, by mnemonic. */
export type RememberedIncident = { row: IncidentRow | null; readonly groups: Map<string, EvidenceGroup> };

export const nothingOfIncident = (): RememberedIncident => ({ row: null, groups: new Map() });

/**
 * The devices that were locked or written last. Other instances may have written since, and a transaction of this one may not have
 * been stored: a row is as it is remembered only where it is locked and has the same `xmin`. That holds while a connection lasts: a
 * server that was killed, or is replaced by a standby, gives numbers of transactions once more whose commits it has not kept.
 */
export class DeviceCache {
  readonly #devices = new GenerationalCache<string, RememberedDevice>(
    limits.cachedDevices,
    ({ device }) => device.recent.length,
    limits.cachedSignals,
  );
  /** What the transaction that is at work has locked. */
  #locked = new Map<string, RememberedDevice>();
  /** What it writes, or has written. */
  #written = new Map<string, RememberedDevice>();

  /** To be called where the connection is another one than before. */
  clear(): void {
    this.#devices.clear();
  }

  /** To be called at the begin of a transaction: what another one has locked may have changed since. */
  begin(): void {
    this.#locked = new Map();
    this.#written = new Map();
  }

  get(key: string): RememberedDevice | undefined {
    return this.#devices.get(key);
  }

  /** The device is locked, and its row is as it is remembered. */
  lock(remembered: RememberedDevice): void {
    const { key } = remembered.device;
    this.#devices.set(key, remembered);
    this.#locked.set(key, remembered);
  }

  /** Undefined where the transaction has not locked it. */
  locked(key: string): RememberedDevice | undefined {
    return this.#locked.get(key);
  }

  delete(key: string): void {
    this.#devices.delete(key);
    this.#locked.delete(key);
  }

  /** In the place of what was remembered, as what is changed in that is not what its row has. */
  write(remembered: RememberedDevice): void {
    const { key } = remembered.device;
    this.delete(key);
    this.#written.set(key, remembered);
  }

  written(key: string, xmin: string): void {
    const remembered = this.#written.get(key);
    if (remembered === undefined) return;
    remembered.writtenBy = xmin;
    this.#devices.set(key, remembered);
  }

  /**
   * What is remembered of an incident while its device is written; null for one that is over: what belongs to it may be deleted by its
   * age, without a word in the row of the device.
   */
  incidentOf(key: string, ordinal: number): RememberedIncident | null {
    const remembered = this.#written.get(key);
    if (remembered === undefined) {
      this.delete(key);
      return null;
    }
    return ordinalAfter(remembered.device.state) === ordinal ? remembered.ofIncident : null;
  }
}
