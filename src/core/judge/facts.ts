/** Facts about a device with their sources, and hints about contradictions between the sources. */

import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt, licensingSaid } from '../advisory/exposure.ts';
import { compareReleases, parseRelease } from '../advisory/release.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState } from '../model/device-state.ts';
import { isOpen } from '../model/incident.ts';
import { aliasOf } from '../model/names.ts';

type Fact = { readonly value: string; readonly from: 'inventory' | 'learnt' } | null;

export type Facts = {
  readonly pid: Fact;
  readonly release: Fact;
  readonly serial: Fact;
  readonly plant: Fact;
  readonly licensing: Fact;
  /** From the tables of the advisory; `unknown` if the product id or the release is not known. */
  readonly status: 'affected' | 'fixed' | 'unknown';
  readonly because: string;
  readonly fixedIn: string | null;
};

export function factsOf({ state, inventory, serial }: Device, advisory: Advisory): Facts {
  const exposure = exposureOf(state, advisory);
  return {
    pid: fact(inventory?.pid, state.pid),
    release: fact(inventory?.release, state.release),
    serial: fact(inventory?.serial, serial),
    plant: fact(inventory?.plant, null),
    licensing: fact(inventory?.licensing, state.licensing),
    status: exposure?.status ?? 'unknown',
    because: exposure?.because ?? 'product or release is not known',
    fixedIn: exposure?.fixedIn ?? null,
  };
}

function fact(imported: string | null | undefined, learnt: string | null): Fact {
  if (imported != null) return { value: imported, from: 'inventory' };
  return learnt === null ? null : { value: learnt, from: 'learnt' };
}

/** Hints for an operator: contradictions between the inventory and the device, and repairs that will not last. */
export function hintsOf({ state, inventory, serial, trustpool, senders }: Device, advisory: Advisory): string[] {
  const hints: string[] = [];
  const usesOnline = state.lastSuccessAt !== null || state.firstFailureAt !== null || isOpen(state.incident);
  if (isExempt(state, advisory) && usesOnline) {
    const advice =
      state.imported?.licensing == null
        ? 'give a newer one, or correct the device'
        : 'either the inventory or the device is wrong';
    hints.push(`${licensingSaid(state)}, but the device connects online: ${advice}`);
  }
  for (const [name, imported, learnt] of [
    ['release', inventory?.release, state.release],
    ['product id', inventory?.pid, state.pid],
    ['serial number', inventory?.serial, serial],
  ] as const) {
    if (imported == null || learnt === null || imported.toUpperCase() === learnt.toUpperCase()) continue;
    if (name === 'release' && sameRelease(imported, learnt)) continue;
    hints.push(
      `the inventory says ${name} ${imported}, the device says ${learnt}: ` +
        'the value of the inventory is used; correct it if it is outdated',
    );
  }
  hints.push(...sendersOf({ inventory, senders }));
  hints.push(...relapsesOf(state));
  const unsaved = unsavedWarning(state);
  if (unsaved !== null) hints.push(unsaved);
  if (trustpool?.newRoot === 'absent') hints.push('the new root was missing when the trustpool was last checked');
  return hints;
}

/** Lines from an address that the inventory does not list. */
function sendersOf({ inventory, senders }: Pick<Device, 'inventory' | 'senders'>): string[] {
  const listed = inventory?.address ?? null;
  if (listed === null) return [];
  const others = senders.filter(({ address }) => address !== aliasOf(listed)).map(({ address }) => address);
  return others.length === 0
    ? []
    : [`the inventory lists the address ${listed}, and lines of this device come from ${others.join(', ')}`];
}

/** What is known of a repair that did not last, or did not help. */
function relapsesOf({ repair, lostRepair, failsSince, lastSuccessAt }: DeviceState): string[] {
  const hints: string[] = [];
  const isLost = lostRepair !== null && (repair === null || repair.at < lostRepair.lostAt);
  if (isLost && failsSince !== null) {
    hints.push(
      `the import of ${dayOf(lostRepair.at)} was not saved, and the restart of ${dayOf(lostRepair.lostAt)} lost it: ` +
        'import it again, and save it ("write memory")',
    );
  }
  const worked = repair !== null && lastSuccessAt !== null && lastSuccessAt >= repair.at;
  if (repair !== null && repair.failures > 0 && !worked) {
    const what = { import: 'import', upgrade: 'upgrade', check: 'trustpool check that found the new root' }[repair.by];
    const count = repair.failures === 1 ? 'one failure' : `${repair.failures} failures`;
    hints.push(`${count} since the ${what} of ${dayOf(repair.at)}, and no success: it did not help, see what to check`);
  }
  return hints;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `17.03.03` and `17.3.3` are the same release. */
function sameRelease(a: string, b: string): boolean {
  const [left, right] = [parseRelease(a), parseRelease(b)];
  return left !== null && right !== null && compareReleases(left, right) === 0;
}

/** A warning that the next restart undoes the repair; null if there is no repair, or it is not known to be unsaved. */
export function unsavedWarning({ repair }: Pick<DeviceState, 'repair'>): string | null {
  return repair?.saved === false
    ? 'the import is not saved and will be lost when the device restarts: run "write memory" on the device'
    : null;
}
