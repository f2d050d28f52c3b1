/** Decides on a batch: how lines, operators' actions and time change devices and their incidents. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import type { Observation } from '../model/observation.ts';
import { type Correlated, type DeviceChange, type Known, nothingCorrelated } from './correlated.ts';
import type { afterLine } from './device-after.ts';
import { Fold } from './fold.ts';
import { advanceTo } from './machine.ts';
import type { OperatorAction } from './operator-action.ts';
import { sendersConfirmed } from './senders.ts';
import { timelineOf } from './timeline.ts';

/** `observations`: in the order of their arrival. */
export function correlate(known: Known, observations: readonly Observation[], advisory: Advisory): Correlated {
  const fold = new Fold(known, advisory, observations);
  for (let line = 0; line < observations.length; line++) fold.add(line);
  return fold.correlated();
}

/** Applies an operator's action on the device with this key; an unknown key changes nothing. */
export function applyAction(
  known: Known,
  key: string,
  { observation, trustpool, sender }: OperatorAction,
  advisory: Advisory,
): Correlated {
  const fold = new Fold(known, advisory, [observation]);
  const device = fold.device(key);
  if (device === undefined) return fold.correlated();
  const afterAction: typeof afterLine = (before, _observation, _copy, timeline) => {
    const { senders } = before;
    return {
      ...before,
      ...timelineOf(timeline),
      trustpool: trustpool ?? before.trustpool,
      senders: sender === undefined ? senders : sendersConfirmed(senders, sender, observation.receivedAt),
    };
  };
  fold.put(fold.fold(device, 0, afterAction));
  return fold.correlated();
}

/** Lets time pass for each device until `now`: hold times end, incidents become stale, grace periods run out. */
export function advanceTime(known: Iterable<Device>, now: (device: Device) => number, advisory: Advisory): Correlated {
  const devices = new Map<string, Device>();
  const changes: DeviceChange[] = [];
  const past: Device[] = [];
  for (const device of known) {
    const advanced = advanceTo(device.state, now(device), advisory);
    // Some deadlines change what is known of the device, and no incident.
    if (advanced.state === device.state) continue;
    devices.set(device.key, { ...device, state: advanced.state, watermark: Math.max(device.watermark, now(device)) });
    for (const state of advanced.past) past.push({ ...device, state });
    for (const change of advanced.changes) changes.push({ ...change, device: device.key, receivedAt: null });
  }
  return { ...nothingCorrelated, devices, past, changes };
}
