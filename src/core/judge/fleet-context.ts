/**
 * The state of the rest of the fleet at the time of a device's failure. It distinguishes lost trust from a broken
 * network link and from an outage on Cisco's side. Devices known only from the inventory are counted: a healthy device
 * may never send a tracked message.
 */

import type { AffectedVerdict } from '../advisory/affected.ts';
import { parseRelease } from '../advisory/release.ts';

/** The facts about one device that matter for the context of another one. Times are milliseconds. */
export type FleetMember = {
  readonly key: string;
  readonly plant: string | null;
  readonly release: string | null;
  readonly status: AffectedVerdict['status'];
  /** The time at which the present failure began; null if the device does not fail. */
  readonly failingSince: number | null;
  /** The hour of the last failure: a store that keeps it does not write with each line. */
  readonly lastFailureAt: number | null;
  /** Whether the failures are timeouts. */
  readonly timedOut: boolean;
  /** The hour of the last success of a device with the fix; null for any other. */
  readonly lastSuccessAt: number | null;
};

export type Share = { readonly failing: number; readonly devices: number };

export type FleetContext = {
  /** The device's plant. `failing`: devices whose failure began at most `TOGETHER_MS` before or after the device's. */
  readonly plant: (Share & { readonly name: string; readonly timedOut: number }) | null;
  /** The device's release train, over all plants. */
  readonly train: (Share & { readonly name: string; readonly plantsFailing: number }) | null;
  /**
   * Devices that run a release with the fix. Such a device cannot have lost its trust. `succeeded`: devices with a
   * success in the hours of the device's failures; a silent device is no healthy one.
   */
  readonly fixed: Share & { readonly succeeded: number; readonly plantsFailing: number };
  /** The number of all plants, and of the plants in which a device fails. */
  readonly plants: number;
  readonly plantsFailing: number;
  /** Devices of the plant whose links went down around the failure. */
  readonly linksDown: number;
};

/** Failures that begin at most so far apart are taken to have one reason. */
export const TOGETHER_MS = 15 * 60_000;
/** A failure counts as present if its last message is at most so far from the device's last failure. */
const PRESENT_MS = 48 * 3_600_000;
/** A success counts as in the same hours if it is at most so far from the device's failures. */
const SAME_HOURS_MS = 6 * 3_600_000;

const HOUR_MS = 3_600_000;

/** The beginning of the hour: to the hour are the times known that move with each line. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

/** When the failures and the successes of other devices are compared with the failures of this one; null: it does not fail. */
export function spansOf({ failingSince: since, lastFailureAt }: Pick<FleetMember, 'failingSince' | 'lastFailureAt'>) {
  const last = lastFailureAt ?? since;
  if (since === null || last === null) return null;
  return {
    together: { from: since - TOGETHER_MS, to: since + TOGETHER_MS },
    present: { from: last - PRESENT_MS, to: last + PRESENT_MS },
    sameHours: { from: hourOf(since) - SAME_HOURS_MS, to: last + SAME_HOURS_MS },
  };
}

function isWithin(at: number | null, span: { readonly from: number; readonly to: number } | undefined): boolean {
  return at !== null && span !== undefined && at >= span.from && at <= span.to;
}

/** `linksDown`: keys of the devices whose links were reported down within the minutes around the failure. */
export function fleetContextOf(
  device: FleetMember,
  members: Iterable<FleetMember>,
  linksDown: ReadonlySet<string> = new Set(),
): FleetContext {
  const spans = spansOf(device);
  const train = trainOf(device.release);
  const plant = { failing: 0, devices: 0, timedOut: 0 };
  const sameTrain = { failing: 0, devices: 0, plants: new Set<string>() };
  const fixed = { failing: 0, devices: 0, succeeded: 0, plants: new Set<string>() };
  const failingPlants = new Set<string>();
  const allPlants = new Set<string>();
  let downCount = 0;
  for (const member of members) {
    if (member.plant !== null) allPlants.add(member.plant);
    const fails = isWithin(member.lastFailureAt, spans?.present);
    const failedTogether = isWithin(member.failingSince, spans?.together);
    if (device.plant !== null && member.plant === device.plant) {
      plant.devices++;
      if (failedTogether) plant.failing++;
      if (failedTogether && member.timedOut) plant.timedOut++;
      if (linksDown.has(member.key)) downCount++;
    }
    if (train !== null && trainOf(member.release) === train) {
      sameTrain.devices++;
      if (fails) sameTrain.failing++;
      if (fails && member.plant !== null) sameTrain.plants.add(member.plant);
    }
    if (member.status === 'fixed') {
      fixed.devices++;
      if (fails) fixed.failing++;
      if (fails && member.plant !== null) fixed.plants.add(member.plant);
      if (isWithin(member.lastSuccessAt, spans?.sameHours)) fixed.succeeded++;
    }
    if (fails && member.plant !== null) failingPlants.add(member.plant);
  }
  return {
    plant: device.plant === null ? null : { name: device.plant, ...plant },
    train:
      train === null
        ? null
        : { name: train, failing: sameTrain.failing, devices: sameTrain.devices, plantsFailing: sameTrain.plants.size },
    fixed: {
      failing: fixed.failing,
      devices: fixed.devices,
      succeeded: fixed.succeeded,
      plantsFailing: fixed.plants.size,
    },
    plants: allPlants.size,
    plantsFailing: failingPlants.size,
    linksDown: downCount,
  };
}

/** The release train, as `17.3`; null where the release cannot be read. */
export function trainOf(release: string | null): string | null {
  const parsed = release === null ? null : parseRelease(release);
  return parsed === null ? null : `${parsed.major}.${parsed.minor}`;
}
