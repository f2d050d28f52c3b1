import { waitingSenders } from '../correlate/senders.ts';
import type { Device } from '../model/device.ts';
import { toIso } from '../model/instant.ts';
import { limits } from '../model/limits.ts';

const HOURS = limits.senderKnownMs / 3_600_000;

/** The recoveries that wait, for an operator: from which address, and what makes them count. */
export function waitingHints(device: Device): string[] {
  return waitingSenders(device).map(
    ({ address, waits }) =>
      `a recovery from ${address} at ${toIso(waits.event.at)} waits: the address is not known for this device; the recovery ` +
      `counts when the address has sent lines of the device for ${HOURS} h (assumed), when the inventory lists it, or after ` +
      `"quovadis-watch confirm-sender ${device.key} ${address}"`,
  );
}
