/**
 * What the rest of the fleet does at the time of a failure: it tells a lost trust from a cut line and an outage. Devices
 * of which only the inventory knows are counted: a healthy one may never say anything of ours.
 */

import type { AffectedVerdict } from '../advisory/affected.ts';
import { parseRelease } from '../advisory/release.ts';

/** A device, as far as its neighbours are concerned. Times are milliseconds. */
export type FleetMember = {
  readonly key: string;
  readonly plant: string | null;
  readonly release: string | null;
  readonly status: AffectedVerdict['status'];
  /** When the present failure began; null if nothing fails. */
  readonly failingSince: number | null;
  readonly lastFailureAt: number | null;
};

export type Share = { readonly failing: number; readonly devices: number };

export type FleetContext = {
  /** Of the device's plant; failing: since within some minutes of the device's own failure. */
  readonly plant: (Share & { readonly name: string }) | null;
  /** Of the device's release train, over all plants. */
  readonly train: (Share & { readonly name: string; readonly plantsFailing: number }) | null;
  /** Devices that run a release with the fix: these cannot have lost their trust. */
  readonly fixed: Share;
  /** Plants that there are, and those in which anything fails. */
  readonly plants: number;
  readonly plantsFailing: number;
  /** Devices of the plant whose links went down within the same minutes. */
  readonly linksDown: number;
};

/** So close together, failures have one reason. */
export const TOGETHER_MS = 15 * 60_000;
/** A failure counts as present for so long after its last message. */
const PRESENT_MS = 48 * 3_600_000;

/** `linksDown`: whose links were reported down within the minutes around the failure, by key. */
export function fleetContextOf(
  own: FleetMember,
  members: Iterable<FleetMember>,
  linksDown: ReadonlySet<string> = new Set(),
): FleetContext {
  const since = own.failingSince;
  const now = own.lastFailureAt ?? since;
  const train = trainOf(own.release);
  const plant = { failing: 0, devices: 0 };
  const kin = { failing: 0, devices: 0, plants: new Set<string>() };
  const fixed = { failing: 0, devices: 0 };
  const plants = new Set<string>();
  const listed = new Set<string>();
  let down = 0;
  for (const member of members) {
    if (member.plant !== null) listed.add(member.plant);
    const fails = now !== null && member.lastFailureAt !== null && Math.abs(now - member.lastFailureAt) <= PRESENT_MS;
    const together =
      since !== null && member.failingSince !== null && Math.abs(since - member.failingSince) <= TOGETHER_MS;
    if (own.plant !== null && member.plant === own.plant) {
      plant.devices++;
      if (together) plant.failing++;
      if (linksDown.has(member.key)) down++;
    }
    if (train !== null && trainOf(member.release) === train) {
      kin.devices++;
      if (fails) kin.failing++;
      if (fails && member.plant !== null) kin.plants.add(member.plant);
    }
    if (member.status === 'fixed') {
      fixed.devices++;
      if (fails) fixed.failing++;
    }
    if (fails && member.plant !== null) plants.add(member.plant);
  }
  return {
    plant: own.plant === null ? null : { name: own.plant, ...plant },
    train:
      train === null
        ? null
        : { name: train, failing: kin.failing, devices: kin.devices, plantsFailing: kin.plants.size },
    fixed,
    plants: listed.size,
    plantsFailing: plants.size,
    linksDown: down,
  };
}

function trainOf(release: string | null): string | null {
  const parsed = release === null ? null : parseRelease(release);
  return parsed === null ? null : `${parsed.major}.${parsed.minor}`;
}
