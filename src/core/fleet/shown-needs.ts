/** What captures show that is to be done at a device without an open incident, before it fails. */
import type { Advisory } from '../advisory/advisory.ts';
import { isExempt } from '../advisory/exposure.ts';
import type { Device } from '../model/device.ts';

/** `rank`: the lower, the more urgent. `says`: what was shown and when, and what to do, in one sentence. */
export type ShownNeed = { readonly rank: number; readonly says: string; readonly commands: readonly string[] };
type Shown = Pick<Device, 'state' | 'trustpool' | 'captured'>;

/** The first that holds is the need. */
const NEEDS: readonly ((device: Shown, advisory: Advisory) => Omit<ShownNeed, 'rank'> | null)[] = [
  rootMissing,
  licensingExpired,
];

/**
 * Null: nothing is shown that is to be done. A device that needs no connection, or whose licensing goes to CSLU or the
 * customer's server, needs nothing: Cisco's root is not for it.
 */
export function shownNeed(device: Shown, advisory: Advisory): ShownNeed | null {
  const { state } = device;
  if (isExempt(state, advisory) || state.uses === 'own' || state.uses === 'cslu') return null;
  for (const [rank, needed] of NEEDS.entries()) {
    const need = needed(device, advisory);
    if (need !== null) return { rank, ...need };
  }
  return null;
}

/** The whole trustpool was shown, and no repair was seen since. */
function rootMissing({ state: { repair }, trustpool }: Shown, { remediation }: Advisory) {
  if (trustpool?.newRoot !== 'absent' || (repair !== null && repair.at >= trustpool.at)) return null;
  const says = `the trustpool of ${day(trustpool.at)} has no ${remediation.newRoot.name}: import it before the connection fails`;
  return { says, commands: remediation.script };
}

/** By the states of `show license`, and no success since. */
function licensingExpired({ state, captured }: Shown) {
  const expired = captured?.facts.find(
    ({ what, value, at }) =>
      (what === 'registration' || what === 'authorization') &&
      /\bEXPIRED\b/.test(value) &&
      at !== null &&
      at > (state.lastSuccessAt ?? Number.NEGATIVE_INFINITY),
  );
  if (expired === undefined || expired.at === null) return null;
  const says = `${expired.what} was ${expired.value} on ${day(expired.at)}: make the device connect (show license status)`;
  return { says, commands: [] };
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
