/** The fold over a batch: devices and sightings in, devices, changes and evidence out. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../device.ts';
import type { Change } from '../incident.ts';
import type { Signal, TimeQuality } from '../message.ts';
import { type Course, newCourse, type Observed } from './course.ts';
import { pass } from './machine.ts';
import { settle, takeIn } from './timeline.ts';

/** One message of ours, with the device that it is of and the time that decides. */
export type Sighting = {
  readonly device: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly peer: string | null;
  readonly pid: string | null;
  readonly serial: string | null;
  readonly timeQuality: TimeQuality;
  readonly facility: string;
  readonly mnemonic: string;
  readonly severity: number | null;
  readonly signal: Signal;
  readonly observed: Observed;
  readonly raw: string;
};

/** A raw line that belongs to an incident: to the device's `ordinal`th, or to the one that may come. */
export type Evidence = {
  readonly device: string;
  readonly ordinal: number;
  readonly at: number;
  readonly receivedAt: number;
  readonly kind: string;
  readonly family: string | null;
  readonly cause: string | null;
  readonly weight: number;
  readonly mnemonic: string;
  readonly raw: string;
};

/** `receivedAt`: when the deciding line came in; null where time alone decided. */
export type DeviceChange = Change & { readonly device: string; readonly receivedAt: number | null };

export type Correlated = {
  readonly devices: ReadonlyMap<string, Device>;
  /** Devices as they were when their next incident began: the incident before it is then past. */
  readonly past: readonly Device[];
  readonly changes: readonly DeviceChange[];
  readonly evidence: readonly Evidence[];
  /** Messages that had been taken in before. */
  readonly copies: number;
};

/** `known` has the state of every device of the sightings that there is one of. */
export function correlate(
  known: ReadonlyMap<string, Device>,
  sightings: readonly Sighting[],
  advisory: Advisory,
): Correlated {
  const devices = new Map<string, Device>();
  const changes: DeviceChange[] = [];
  const evidence: Evidence[] = [];
  const past: Device[] = [];
  let copies = 0;
  for (const sighting of sightings) {
    const before = devices.get(sighting.device) ?? known.get(sighting.device) ?? newDevice(sighting);
    const taken = takeIn(before, sighting.observed, advisory);
    for (const change of taken.changes) {
      changes.push({ ...change, device: sighting.device, receivedAt: sighting.receivedAt });
    }
    if (taken.copy) copies++;
    const device = { ...seenNow(before, sighting, taken.copy), ...settle(taken, advisory) };
    devices.set(sighting.device, device);
    for (const course of taken.past) past.push({ ...device, course });
    if (sighting.signal.kind !== 'neutral' && !taken.copy) evidence.push(evidenceOf(sighting, device.course));
  }
  return { devices, past, changes, evidence, copies };
}

/** Only time has passed: what that changes for each device. */
export function letTimePass(known: Iterable<Device>, now: (device: Device) => number, advisory: Advisory): Correlated {
  const devices = new Map<string, Device>();
  const changes: DeviceChange[] = [];
  for (const device of known) {
    const passed = pass(device.course, now(device), advisory);
    if (passed.changes.length === 0) continue;
    devices.set(device.key, { ...device, course: passed.course, passedTo: Math.max(device.passedTo, now(device)) });
    for (const change of passed.changes) {
      changes.push({ ...change, device: device.key, receivedAt: null });
    }
  }
  return { devices, past: [], changes, evidence: [], copies: 0 };
}

function newDevice({ device, peer, at }: Sighting): Device {
  return {
    key: device,
    version: 0,
    peer,
    pid: null,
    serial: null,
    timeQuality: 'none',
    firstSeenAt: at,
    lastSeenAt: at,
    messages: 0,
    settled: newCourse,
    settledTo: Number.MIN_SAFE_INTEGER,
    tail: [],
    course: newCourse,
    passedTo: at,
  };
}

function seenNow(before: Device, sighting: Sighting, copy: boolean): Device {
  return {
    ...before,
    peer: sighting.peer ?? before.peer,
    pid: sighting.pid ?? before.pid,
    serial: sighting.serial ?? before.serial,
    timeQuality: sighting.timeQuality,
    firstSeenAt: Math.min(before.firstSeenAt, sighting.at),
    lastSeenAt: Math.max(before.lastSeenAt, sighting.at),
    messages: before.messages + (copy ? 0 : sighting.observed.times),
  };
}

function evidenceOf(sighting: Sighting, course: Course): Evidence {
  const { incident } = course;
  const open = incident !== null && incident.phase.state !== 'resolved' && incident.phase.state !== 'closed';
  const { kind, family, cause, weight } = sighting.signal;
  return {
    device: sighting.device,
    ordinal: open ? incident.ordinal : course.ordinal + 1,
    at: sighting.at,
    receivedAt: sighting.receivedAt,
    kind,
    family,
    cause,
    weight,
    mnemonic: sighting.mnemonic,
    raw: sighting.raw,
  };
}
