/** What a batch is decided on, and what comes of it. */
import type { Device } from '../model/device.ts';
import type { Change } from '../model/incident.ts';
import type { Aliases } from '../model/names.ts';
import type { Evidence } from './evidence.ts';

/** `receivedAt`: when the deciding line came in; null where time alone decided. */
export type DeviceChange = Change & { readonly device: string; readonly receivedAt: number | null };

/** The devices and names that a batch is about, as far as they are stored; `room`: how many new devices there may be. */
export type Known = {
  readonly devices: ReadonlyMap<string, Device>;
  readonly aliases: Aliases;
  readonly room?: number;
};

/** A device that has become a part of another one; its last incident is that one's `intoOrdinal`th. */
export type Merge = {
  readonly from: string;
  readonly version: number;
  readonly into: string;
  readonly fromOrdinal: number;
  readonly intoOrdinal: number;
};

export type Correlated = {
  readonly devices: ReadonlyMap<string, Device>;
  /** Devices as they were when their next incident began: the incident before it is then past. */
  readonly past: readonly Device[];
  readonly changes: readonly DeviceChange[];
  readonly evidence: readonly Evidence[];
  /** Names that were learnt; null: several devices use the name. */
  readonly aliases: Aliases;
  readonly merges: readonly Merge[];
  /** Messages that had been counted before. */
  readonly copies: number;
  /** Messages of new devices that there was no room for. */
  readonly refused: number;
};

export const nothingCorrelated: Correlated = {
  devices: new Map(),
  past: [],
  changes: [],
  evidence: [],
  aliases: new Map(),
  merges: [],
  copies: 0,
  refused: 0,
};
