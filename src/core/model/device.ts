import type { Captured } from './captured.ts';
import type { DeviceSender } from './device-sender.ts';
import type { DeviceState, SignalEvent } from './device-state.ts';
import type { Heard } from './heard.ts';
import { type Incident, isOpen } from './incident.ts';
import { later } from './instant.ts';
import type { InventoryRow } from './inventory.ts';
import { limits } from './limits.ts';
import type { TimeQuality } from './message.ts';

/**
 * Source of the key: the inventory, the device itself (origin-id), its serial number, a relay's name for the device, or
 * its address.
 */
export type KeyFrom = 'inventory' | 'origin' | 'serial' | 'relay' | 'peer';

/**
 * The record of a device. `snapshot` is the state up to the late-message horizon, `recent` the later signals in the
 * order of their times, `state` the snapshot with these signals applied. A late signal is inserted into `recent`, and
 * `state` is computed again.
 */
export type Device = {
  readonly key: string;
  readonly keyFrom: KeyFrom;
  readonly version: number;
  readonly peer: string | null;
  readonly pid: string | null;
  /** The serial number that the device showed last. */
  readonly serial: string | null;
  /** The event time of the last line with `serial`; null without a serial number. */
  readonly serialAt: number | null;
  /** A serial number in its lines that is another device's, and when it was in one last; null if there was none. */
  readonly foreignSerial: { readonly serial: string; readonly at: number } | null;
  readonly timeQuality: TimeQuality;
  /** The device's inventory row; null if the device is not in the inventory. */
  readonly inventory: InventoryRow | null;
  /** The last reading of the device's trustpool; null if no operator has given one. */
  readonly trustpool: TrustpoolSeen | null;
  /** What captures of its commands showed; null if nobody has given one. */
  readonly captured: Captured | null;
  /** Null until a tracked message or a start of the device was seen: ordinary lines do not count. */
  readonly firstSeenAt: number | null;
  readonly lastSeenAt: number | null;
  readonly messages: number;
  /** All lines, of ordinary ones too; null if none was heard, or if an older version wrote the record. */
  readonly heard: Heard | null;
  /** The addresses that its lines came from, as far as the configuration does not trust them; at most `limits.deviceSenders`. */
  readonly senders: readonly DeviceSender[];
  readonly snapshot: DeviceState;
  /** The time of the latest signal in `snapshot`. */
  readonly snapshotAt: number;
  readonly recent: readonly SignalEvent[];
  readonly state: DeviceState;
  /** The event time up to which `state` is computed. */
  readonly watermark: number;
};

/** `unknown`: the certificate was not found, but the output is incomplete. */
export type Presence = 'present' | 'absent' | 'unknown';

export type TrustpoolSeen = {
  readonly at: number;
  readonly newRoot: Presence;
  readonly oldRoot: Presence;
  readonly certificates: number;
  readonly complete: boolean;
};

/** The condition of a device, in one word. */
export type Condition = 'ok' | 'heard' | 'unheard' | 'watching' | Incident['phase']['state'];

export const conditions = [
  'ok',
  'heard',
  'unheard',
  'watching',
  'suspected',
  'confirmed',
  'recovering',
  'stale',
  'suppressed',
] as const;

/**
 * `watching`: a failure with weight since the last success, too little for an incident; silence does not end this
 * condition. `heard`: the device is in the inventory and sends lines, but no tracked message was among them. `unheard`:
 * the device is in the inventory, and no line of it was heard.
 */
export function conditionOf({ state, lastSeenAt, heard }: Pick<Device, 'state' | 'lastSeenAt' | 'heard'>): Condition {
  if (isOpen(state.incident)) return state.incident.phase.state;
  if (lastSeenAt === null) return heard === null ? 'unheard' : 'heard';
  return state.firstFailureAt === null ? 'ok' : 'watching';
}

/** Whether nothing fails at a device in this condition, as far as is known. */
export function isSilent(condition: Condition): boolean {
  return condition === 'ok' || condition === 'heard' || condition === 'unheard';
}

/** The time of the last line of any kind; null if none was heard. */
export function heardAt({ lastSeenAt, heard }: Pick<Device, 'lastSeenAt' | 'heard'>): number | null {
  return later(lastSeenAt, heard?.lastAt ?? null);
}

/**
 * The order in which devices are deleted if there are too many, the lowest first. 0: nothing fails at the device;
 * 1: something fails, but there was no incident, and all of its lines came within a short time, as those of a name that somebody
 * makes up; 2: the same, and it has sent lines for longer. Null: the device is never deleted, because the device is in the inventory
 * or has had an incident.
 */
export function evictionRank(device: Device): 0 | 1 | 2 | null {
  if (device.inventory !== null || device.state.incident !== null) return null;
  if (conditionOf(device) === 'ok') return 0;
  return spokenMs(device) < limits.newDeviceMs ? 1 : 2;
}

/**
 * How long it has sent lines, within `limits.senderTouchMs`: by when they were received, as a line says what it wants of its time. Where
 * nobody is watched, as in an archive and behind a relay that the configuration trusts, by their stamps.
 */
function spokenMs(device: Device): number {
  const { senders, firstSeenAt } = device;
  if (senders.length > 0)
    return Math.max(...senders.map(({ lastAt }) => lastAt)) - Math.min(...senders.map(({ since }) => since));
  const last = heardAt(device);
  return firstSeenAt === null || last === null ? 0 : last - firstSeenAt;
}

/**
 * Keys that devices may get: the serial number of each device whose key is its address or a relay's name for it. They
 * get it if this turns out to be the address of a relay.
 */
export function furtherKeys(devices: Iterable<Device>): string[] {
  const keys: string[] = [];
  for (const { keyFrom, serial } of devices)
    if (serial !== null && (keyFrom === 'peer' || keyFrom === 'relay')) keys.push(serial);
  return keys;
}

/** Null for a serial number that consists of X only, as field notices print it: it identifies no device. */
export function knownSerial(serial: string | null): string | null {
  return serial === null || /^[Xx]+$/.test(serial) ? null : serial;
}
