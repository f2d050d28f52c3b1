/** A device as it is when it is first heard of, and what each of its lines says of it. */
import type { Device, KeyFrom } from '../device.ts';
import { earlier, later } from '../instant.ts';
import { newCourse } from './course.ts';
import type { Sighting } from './sighting.ts';
import type { Held } from './timeline.ts';

export function newDevice(key: string, keyFrom: KeyFrom, { names, at }: Sighting): Device {
  return {
    key,
    keyFrom,
    version: 0,
    peer: names.peer,
    pid: null,
    serial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
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

/** A device that the inventory has and that has said nothing yet. */
export function listedDevice(key: string): Device {
  return {
    key,
    keyFrom: 'inventory',
    version: 0,
    peer: null,
    pid: null,
    serial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
    firstSeenAt: null,
    lastSeenAt: null,
    messages: 0,
    settled: newCourse,
    settledTo: Number.MIN_SAFE_INTEGER,
    tail: [],
    course: newCourse,
    passedTo: Number.MIN_SAFE_INTEGER,
  };
}

/** The device after a line: `held` is its course with the line taken in. A literal, as this happens for each line. */
export function seenNow(before: Device, sighting: Sighting, copy: boolean, held: Held): Device {
  return {
    key: before.key,
    keyFrom: before.keyFrom,
    version: before.version,
    peer: sighting.names.peer ?? before.peer,
    pid: sighting.pid ?? before.pid,
    serial: sighting.names.serial ?? before.serial,
    timeQuality: sighting.timeQuality,
    inventory: before.inventory,
    trustpool: before.trustpool,
    firstSeenAt: earlier(before.firstSeenAt, sighting.at),
    lastSeenAt: later(before.lastSeenAt, sighting.at),
    messages: before.messages + (copy ? 0 : sighting.observed.times),
    settled: held.settled,
    settledTo: held.settledTo,
    tail: held.tail,
    course: held.course,
    passedTo: held.passedTo,
  };
}
