import type { DeviceState, SignalEvent } from './device-state.ts';
import { type Incident, isOpen } from './incident.ts';
import type { InventoryRow } from './inventory.ts';
import type { TimeQuality } from './message.ts';

/** Whose name the key is: the inventory's, the device's own (origin-id), a relay's for it, or its address. */
export type KeyFrom = 'inventory' | 'origin' | 'relay' | 'peer';

/**
 * What is held of a device. `snapshot` is its state up to the late-message horizon, `recent` the signals since, in the
 * order of their times, and `state` the two together: a late signal is put into the recent and the state made again.
 */
export type Device = {
  readonly key: string;
  readonly keyFrom: KeyFrom;
  readonly version: number;
  readonly peer: string | null;
  readonly pid: string | null;
  readonly serial: string | null;
  readonly timeQuality: TimeQuality;
  /** What the inventory says of it; null if it is not listed. */
  readonly inventory: InventoryRow | null;
  /** What was last seen in its trustpool; null if nobody looked. */
  readonly trustpool: TrustpoolSeen | null;
  /** Null as long as it is only listed. */
  readonly firstSeenAt: number | null;
  readonly lastSeenAt: number | null;
  readonly messages: number;
  readonly snapshot: DeviceState;
  /** The time of the latest signal in `snapshot`. */
  readonly snapshotAt: number;
  readonly recent: readonly SignalEvent[];
  readonly state: DeviceState;
  /** The time that the state has come to. */
  readonly watermark: number;
};

/** `unknown`: not seen, but not all of the output is here. */
export type Presence = 'present' | 'absent' | 'unknown';

export type TrustpoolSeen = {
  readonly at: number;
  readonly newRoot: Presence;
  readonly oldRoot: Presence;
  readonly certificates: number;
  readonly complete: boolean;
};

/** What a device is, in one word. */
export type Condition = 'ok' | 'unheard' | 'watching' | Incident['phase']['state'];

export const conditions = [
  'ok',
  'unheard',
  'watching',
  'suspected',
  'confirmed',
  'recovering',
  'stale',
  'suppressed',
] as const;

/**
 * `watching`: something with weight has failed since the last success, which alone is no incident; silence ends
 * nothing. `unheard`: it is in the inventory, and no message of ours has come from it.
 */
export function conditionOf({ state, lastSeenAt }: Pick<Device, 'state' | 'lastSeenAt'>): Condition {
  if (isOpen(state.incident)) return state.incident.phase.state;
  if (lastSeenAt === null) return 'unheard';
  return state.firstFailureAt === null ? 'ok' : 'watching';
}

/**
 * Whether a device can be forgotten where there are too many, the lowest first: 0, nothing fails at it; 1, something does,
 * which was no incident. Null: never, as it is listed or has an incident.
 */
export function evictionRank(device: Device): 0 | 1 | null {
  if (device.inventory !== null || device.state.incident !== null) return null;
  return conditionOf(device) === 'ok' ? 0 : 1;
}

/** A serial number in which every sign is blackened, as notices print it, is nobody's. */
export function knownSerial(serial: string | null): string | null {
  return serial === null || /^[Xx]+$/.test(serial) ? null : serial;
}
