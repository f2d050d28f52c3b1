/** The fold over a batch: devices and sightings in, devices, changes and evidence out. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../device.ts';
import type { Change, Incident } from '../incident.ts';
import { limits } from '../limits.ts';
import type { Signal, TimeQuality } from '../message.ts';
import { type Course, newCourse, type Observed, pass, type Step, step } from './machine.ts';

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
  for (const sighting of sightings) {
    const before = devices.get(sighting.device) ?? known.get(sighting.device) ?? newDevice(sighting);
    const taken = takeIn(before, sighting.observed, advisory);
    for (const change of taken.changes) {
      changes.push({ ...change, device: sighting.device, receivedAt: sighting.receivedAt });
    }
    const device = { ...seenNow(before, sighting), ...settle(taken, advisory) };
    devices.set(sighting.device, device);
    for (const course of taken.past) past.push({ ...device, course });
    if (sighting.signal.kind !== 'neutral') evidence.push(evidenceOf(sighting, device.course));
  }
  return { devices, past, changes, evidence };
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
  return { devices, past: [], changes, evidence: [] };
}

type Held = Pick<Device, 'settled' | 'settledTo' | 'tail' | 'course' | 'passedTo'>;
type Taken = Held & { readonly changes: readonly Change[]; readonly past: readonly Course[] };

function takeIn(held: Held, sighted: Observed, advisory: Advisory): Taken {
  const signal = placed(held, sighted, advisory);
  if (signal === null) return { ...held, changes: [], past: [] };
  const { settled, settledTo, tail, course } = held;
  const passedTo = Math.max(held.passedTo, signal.at);
  const last = tail.at(-1);
  if (signal.at >= held.passedTo && (last === undefined || inOrder(last, signal) <= 0)) {
    const next = step(course, signal, advisory);
    return { settled, settledTo, tail: [...tail, signal], passedTo, ...next };
  }
  const late = tail.findIndex((other) => inOrder(signal, other) < 0);
  const at = late === -1 ? tail.length : late;
  const ordered = [...tail.slice(0, at), signal, ...tail.slice(at)];
  const told = foldTail(settled, tail, held.passedTo, advisory);
  const again = foldTail(settled, ordered, passedTo, advisory);
  const changes = changesBeyond(told.changes, again.changes) ?? amendments(told, again, signal.at);
  return { settled, settledTo, tail: ordered, course: again.course, passedTo, changes, past: again.past };
}

/**
 * The signal as it can still be taken in, or null if it decides nothing: a neutral one without a word on the clock, or
 * one that is older than the window. Where a storm has settled what is younger than that, it counts as just after.
 */
function placed(held: Held, signal: Observed, advisory: Advisory): Observed | null {
  if (signal.kind === 'neutral' && signal.clock === null) return null;
  if (signal.at >= held.settledTo) return signal;
  const newest = held.tail.at(-1)?.at ?? held.settledTo;
  return signal.at <= newest - advisory.correlation.windowMs ? null : { ...signal, at: held.settledTo };
}

function foldTail(settled: Course, tail: readonly Observed[], passedTo: number, advisory: Advisory): Step {
  let course = settled;
  const changes: Change[] = [];
  const past: Course[] = [];
  for (const signal of tail) {
    const next = step(course, signal, advisory);
    course = next.course;
    changes.push(...next.changes);
    past.push(...next.past);
  }
  const passed = pass(course, passedTo, advisory);
  return { course: passed.course, changes: [...changes, ...passed.changes], past };
}

/** What a late signal adds behind all that was told before; null if that no longer holds as it was told. */
function changesBeyond(told: readonly Change[], again: readonly Change[]): readonly Change[] | null {
  const holds = told.every((change, index) => again[index] !== undefined && sameChange(change, again[index]));
  return holds ? again.slice(told.length) : null;
}

function sameChange(a: Change, b: Change): boolean {
  return (
    a.type === b.type && a.ordinal === b.ordinal && a.from === b.from && a.to === b.to && a.severity === b.severity
  );
}

/** Equal times are ordered by what the signals say, so that the order of arrival decides nothing. */
function inOrder(a: Observed, b: Observed): number {
  if (a.at !== b.at) return a.at - b.at;
  const [left, right] = [orderKey(a), orderKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderKey({ kind, mnemonic, cause, peers }: Observed): string {
  return `${kind === 'recovery' ? 1 : 0} ${mnemonic} ${cause ?? ''} ${peers.join()}`;
}

/**
 * What a late signal changed, said as one change an incident: the transitions that were told before are not told
 * again. Incidents that there never were are withdrawn.
 */
function amendments(told: Step, again: Step, at: number): Change[] {
  const [before, after] = [incidentsOf(told), incidentsOf(again)];
  const changes: Change[] = [];
  for (const [ordinal, { phase, severity }] of before) {
    if (!after.has(ordinal)) changes.push(amendment('IncidentWithdrawn', ordinal, at, phase.state, 'closed', severity));
  }
  for (const [ordinal, { phase, severity }] of after) {
    const was = before.get(ordinal);
    if (was?.phase.state === phase.state && was.severity === severity) continue;
    changes.push(amendment('IncidentAmended', ordinal, at, was?.phase.state ?? null, phase.state, severity));
  }
  return changes;
}

/** By ordinal: those that ended within the tail, then the last one. */
function incidentsOf({ past, course }: Step): Map<number, Incident> {
  const incidents = new Map<number, Incident>();
  for (const { incident } of [...past, course]) if (incident !== null) incidents.set(incident.ordinal, incident);
  return incidents;
}

function amendment(
  type: 'IncidentAmended' | 'IncidentWithdrawn',
  ordinal: number,
  at: number,
  from: Change['from'],
  to: Change['to'],
  severity: Change['severity'],
): Change {
  return { type, ordinal, at, from, to, severity, reason: 'late-evidence' };
}

/** Signals older than the window, or beyond the tail's limit, become part of the settled past. */
function settle({ settled, settledTo, tail, course, passedTo }: Held, advisory: Advisory): Held {
  const newest = tail.at(-1);
  if (newest === undefined) return { settled, settledTo, tail, course, passedTo };
  const horizon = newest.at - advisory.correlation.windowMs;
  let keepFrom = Math.max(0, tail.length - limits.tailSignals);
  while (keepFrom < tail.length - 1 && (tail[keepFrom] as Observed).at < horizon) keepFrom++;
  if (keepFrom === 0) return { settled, settledTo, tail, course, passedTo };
  const past = tail.slice(0, keepFrom).reduce((state, signal) => step(state, signal, advisory).course, settled);
  return {
    settled: past,
    settledTo: (tail[keepFrom - 1] as Observed).at,
    tail: tail.slice(keepFrom),
    course,
    passedTo,
  };
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

function seenNow(before: Device, sighting: Sighting): Device {
  return {
    ...before,
    peer: sighting.peer ?? before.peer,
    pid: sighting.pid ?? before.pid,
    serial: sighting.serial ?? before.serial,
    timeQuality: sighting.timeQuality,
    firstSeenAt: Math.min(before.firstSeenAt, sighting.at),
    lastSeenAt: Math.max(before.lastSeenAt, sighting.at),
    messages: before.messages + 1,
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
