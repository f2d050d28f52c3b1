/** What is to be done at a device without an open incident, before it fails: what captures show, and what no capture shows. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import { type Device, heardAt } from '../model/device.ts';
import { later } from '../model/instant.ts';

/** In the order of their urgency. */
export const needNames = ['root-missing', 'licensing-expired', 'facts-missing', 'facts-old'] as const;
export type NeedName = (typeof needNames)[number];

/** `says`: what was shown and when, and what to do, in one sentence. */
export type ShownNeed = { readonly need: NeedName; readonly says: string; readonly commands: readonly string[] };
type Shown = Pick<Device, 'state' | 'trustpool' | 'captured' | 'lastSeenAt' | 'heard'>;

/** The first that holds is the need. */
const NEEDS: Readonly<Record<NeedName, (device: Shown, advisory: Advisory) => Omit<ShownNeed, 'need'> | null>> = {
  'root-missing': rootMissing,
  'licensing-expired': licensingExpired,
  'facts-missing': factsMissing,
  'facts-old': factsOld,
};

/**
 * Null: nothing is shown that is to be done. A device that needs no connection, or whose licensing goes to CSLU or the
 * customer's server, needs nothing: Cisco's root is not for it.
 */
export function shownNeed(device: Shown, advisory: Advisory): ShownNeed | null {
  const { state } = device;
  if (isExempt(state, advisory) || state.uses === 'own' || state.uses === 'cslu') return null;
  for (const need of needNames) {
    const found = NEEDS[need](device, advisory);
    if (found !== null) return { need, ...found };
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

/** Licensing says itself that it has no contact after 90 days (FN72323; assumed of every release): what is older says nothing of now. */
const OLD_MS = 90 * 24 * 60 * 60_000;

/** Of an affected device: when it fails, nobody will know how long its grace period lasts, and a capture may know it. */
function factsMissing({ state, captured }: Shown, advisory: Advisory) {
  if (!isAffected(state, advisory) || state.lastSuccessAt !== null || captured !== null) return null;
  return { says: 'no last success known: collect "show license status"', commands: [] };
}

/** By the time of the device's last line, so that the answer is the same whenever it is asked for. */
function factsOld({ state, captured, lastSeenAt, heard }: Shown, advisory: Advisory) {
  const known = (captured?.facts ?? []).reduce((last, { at }) => later(last, at), state.lastSuccessAt);
  const last = heardAt({ lastSeenAt, heard });
  if (!isAffected(state, advisory) || known === null || last === null || last - known < OLD_MS) return null;
  return { says: `nothing is known since ${day(known)}: collect "show license status" again`, commands: [] };
}

function isAffected(state: Device['state'], advisory: Advisory): boolean {
  return exposureOf(state, advisory)?.status === 'affected';
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
