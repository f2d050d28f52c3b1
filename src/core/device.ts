import type { Presence } from './advisory/trustpool.ts';
import type { Course, Observed } from './correlate/course.ts';
import { type Incident, isOpen } from './incident.ts';
import type { InventoryRow } from './inventory.ts';
import type { TimeQuality } from './message.ts';

/** Whose name the key is: the inventory's, the device's own (origin-id), a relay's for it, or its address. */
export type KeyFrom = 'inventory' | 'origin' | 'relay' | 'peer';

/**
 * What is held of a device. `settled` is its course up to the late-message horizon, `tail` the signals since, in the
 * order of their times, and `course` the two together: a late signal is put into the tail and the course made again.
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
  readonly settled: Course;
  /** The time of the latest signal in `settled`. */
  readonly settledTo: number;
  readonly tail: readonly Observed[];
  readonly course: Course;
  /** The time that the course has come to. */
  readonly passedTo: number;
};

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
export function conditionOf({ course, lastSeenAt }: Pick<Device, 'course' | 'lastSeenAt'>): Condition {
  if (isOpen(course.incident)) return course.incident.phase.state;
  if (lastSeenAt === null) return 'unheard';
  return course.firstFailureAt === null ? 'ok' : 'watching';
}

/**
 * Whether a device can be forgotten where there are too many, the lowest first: 0, nothing fails at it; 1, something does,
 * which was no incident. Null: never, as it is listed or has an incident.
 */
export function spareOf(device: Device): 0 | 1 | null {
  if (device.inventory !== null || device.course.incident !== null) return null;
  return conditionOf(device) === 'ok' ? 0 : 1;
}

/** A serial number in which every sign is blackened, as notices print it, is nobody's. */
export function knownSerial(serial: string | null): string | null {
  return serial === null || /^[Xx]+$/.test(serial) ? null : serial;
}
