/** The input and the outcome of the decision on a batch. */
import type { Device } from '../model/device.ts';
import type { Change } from '../model/incident.ts';
import type { LiveTransport } from '../model/message.ts';
import type { Aliases } from '../model/names.ts';
import type { Evidence } from './evidence.ts';

/** `receivedAt`: the time of receipt of the deciding line; null if time alone decided. */
export type DeviceChange = Change & { readonly device: string; readonly receivedAt: number | null };

/** The stored devices and names that a batch is about. `room`: how many new devices fit; unlimited if absent. */
export type Known = {
  readonly devices: ReadonlyMap<string, Device>;
  readonly aliases: Aliases;
  readonly room?: number;
  /** Whether the sender of a line may make one more new device; without it each may. */
  readonly admits?: Admits;
};

/** `sender`: the address that the line came from; null for a file. */
export type Admits = (sender: string | null) => boolean;

/** Messages of one sender that were discarded, because it had made too many new devices. */
export type RateLimited = { readonly peer: string; readonly transport: LiveTransport; lines: number };

/** The device `from` was merged into `into`. Its incidents from `fromOrdinal` on became the incident `intoOrdinal`. */
export type Merge = {
  readonly from: string;
  readonly version: number;
  readonly into: string;
  readonly fromOrdinal: number;
  readonly intoOrdinal: number;
};

export type Correlated = {
  readonly devices: ReadonlyMap<string, Device>;
  /** Devices at the moment when a further incident opened; the state contains the incident before it. */
  readonly past: readonly Device[];
  readonly changes: readonly DeviceChange[];
  readonly evidence: readonly Evidence[];
  /** Names learnt in the batch; null: several devices use the name. */
  readonly aliases: Aliases;
  readonly merges: readonly Merge[];
  /** The number of copies of messages that were counted before. */
  readonly copies: number;
  /** The number of messages that came later than the lateness, behind other lines of their device. */
  readonly late: number;
  /** The number of messages of new devices beyond `room`. */
  readonly refused: number;
  readonly rateLimited: readonly RateLimited[];
};

export const nothingCorrelated: Correlated = {
  devices: new Map(),
  past: [],
  changes: [],
  evidence: [],
  aliases: new Map(),
  merges: [],
  copies: 0,
  late: 0,
  refused: 0,
  rateLimited: [],
};
