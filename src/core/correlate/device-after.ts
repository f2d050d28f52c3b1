/** The first state of a device, and its state after each line. */

import type { Advisory } from '../advisory/advisory.ts';
import type { Device, KeyFrom } from '../model/device.ts';
import { noSenders } from '../model/device-sender.ts';
import { newDeviceState } from '../model/device-state.ts';
import { heardAfter } from '../model/heard.ts';
import { earlier, later } from '../model/instant.ts';
import type { Observation } from '../model/observation.ts';
import { sendersAfter } from './senders.ts';
import type { Timeline } from './timeline.ts';

export function newDevice(key: string, keyFrom: KeyFrom, { names, event: { at } }: Observation): Device {
  return {
    key,
    keyFrom,
    version: 0,
    peer: names.peer,
    pid: null,
    serial: null,
    serialAt: null,
    foreignSerial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
    captured: null,
    firstSeenAt: at,
    lastSeenAt: at,
    messages: 0,
    heard: null,
    senders: noSenders,
    snapshot: newDeviceState,
    snapshotAt: Number.MIN_SAFE_INTEGER,
    recent: [],
    state: newDeviceState,
    watermark: at,
  };
}

/** A device that is in the inventory and has not sent a message yet. */
export function inventoryDevice(key: string): Device {
  return {
    key,
    keyFrom: 'inventory',
    version: 0,
    peer: null,
    pid: null,
    serial: null,
    serialAt: null,
    foreignSerial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
    captured: null,
    firstSeenAt: null,
    lastSeenAt: null,
    messages: 0,
    heard: null,
    senders: noSenders,
    snapshot: newDeviceState,
    snapshotAt: Number.MIN_SAFE_INTEGER,
    recent: [],
    state: newDeviceState,
    watermark: Number.MIN_SAFE_INTEGER,
  };
}

/** The device after a line. `timeline` contains the line already. A literal, because this runs for each line. */
export function afterLine(
  before: Device,
  observation: Observation,
  copy: boolean,
  timeline: Timeline,
  { visibility }: Pick<Advisory, 'visibility'>,
): Device {
  const heard = saysNothing(before, observation, visibility) ? before.heard : heardBy(before, observation);
  const { serial } = observation.names;
  // A late line shows an earlier serial number than the known one.
  const showsSerial = serial !== null && observation.event.at >= (before.serialAt ?? observation.event.at);
  return {
    key: before.key,
    keyFrom: before.keyFrom,
    version: before.version,
    peer: observation.names.peer ?? before.peer,
    pid: observation.pid ?? before.pid,
    serial: showsSerial ? serial : before.serial,
    serialAt: showsSerial ? observation.event.at : before.serialAt,
    foreignSerial: before.foreignSerial,
    timeQuality: observation.timeQuality,
    inventory: before.inventory,
    trustpool: before.trustpool,
    captured: before.captured,
    firstSeenAt: earlier(before.firstSeenAt, observation.event.at),
    lastSeenAt: later(before.lastSeenAt, observation.event.at),
    messages: before.messages + (copy ? 0 : observation.event.times),
    heard,
    senders: sendersAfter(before, observation),
    snapshot: timeline.snapshot,
    snapshotAt: timeline.snapshotAt,
    recent: timeline.recent,
    state: timeline.state,
    watermark: timeline.watermark,
  };
}

/** The same where the serial number in the line, and the product beside it, are another device's: neither is the device's. */
export const afterForeign: typeof afterLine = (before, observation, copy, timeline, advisory) => {
  const { names, event } = observation;
  const own = { ...observation, names: { ...names, serial: null }, pid: null };
  const after = afterLine(before, own, copy, timeline, advisory);
  return names.serial === null ? after : { ...after, foreignSerial: { serial: names.serial, at: event.at } };
};

/**
 * Whether a tracked line adds nothing to what is heard: its time is the device's, its level is no higher, and its number
 * does not matter, because a recovery can be seen, or because other lines were not looked at.
 */
function saysNothing({ heard: before }: Device, { heard }: Observation, visibility: Advisory['visibility']): boolean {
  if (heard === null || before === null || before.level === null || (heard.level ?? 0) > before.level) return false;
  return heard.partly || before.level > visibility.level;
}

/** The device after a report of ordinary lines, which change nothing else. */
export function afterOrdinary(before: Device, observation: Observation): Device {
  return { ...before, heard: heardBy(before, observation), senders: sendersAfter(before, observation) };
}

function heardBy({ heard: before }: Device, { event, heard }: Observation): Device['heard'] {
  return heard === null ? before : heardAfter(before, event.at, heard);
}
