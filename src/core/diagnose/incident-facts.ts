/** What lists of incidents say of the device beside the incident itself. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, pidOf, releaseOf } from '../advisory/exposure.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState, Repair } from '../model/device-state.ts';
import { hasWorked } from './remediation.ts';

/** Where and what the device is. An incident that is over keeps those that it had. */
export type IncidentPlace = {
  readonly plant: string | null;
  /** The product family of the advisory, else the product id. */
  readonly product: string | null;
  readonly release: string | null;
};

/** The repair that was seen. Times: milliseconds. */
export type SeenRepair = {
  readonly by: Repair['by'];
  readonly seenAt: number;
  /** When it counts as verified, if nothing fails until then; null: it has not worked yet, or something failed again. */
  readonly verifiedAt: number | null;
};

export type IncidentFacts = IncidentPlace & {
  /** Of the inventory; else the one that the last message came from, which may be a relay's. */
  readonly address: string | null;
  readonly repair: SeenRepair | null;
};

export function incidentFacts(device: Pick<Device, 'inventory' | 'peer' | 'state'>, advisory: Advisory): IncidentFacts {
  const { inventory, peer, state } = device;
  return {
    plant: inventory?.plant ?? null,
    product: exposureOf(state, advisory)?.family ?? pidOf(state),
    release: releaseOf(state),
    address: inventory?.address ?? peer,
    repair: repairIn(state, advisory),
  };
}

function repairIn(state: DeviceState, advisory: Advisory): SeenRepair | null {
  const { repair, lastSuccessAt } = state;
  if (repair === null) return null;
  const verifiedAt =
    lastSuccessAt !== null && hasWorked(state) ? lastSuccessAt + advisory.correlation.holdTimeMs : null;
  return { by: repair.by, seenAt: repair.at, verifiedAt };
}
