/** What is known of a device itself, from whom, and where that does not fit what it says. */
import type { Advisory } from '../advisory/advisory.ts';
import { compareReleases, parseRelease } from '../advisory/release.ts';
import type { Device } from '../device.ts';
import { isOpen } from '../incident.ts';
import { unsavedWarning } from './remediation.ts';
import { isExempt, standingOf } from './standing.ts';

type Fact = { readonly value: string; readonly from: 'inventory' | 'learnt' } | null;

export type Facts = {
  readonly pid: Fact;
  readonly release: Fact;
  readonly serial: Fact;
  readonly plant: Fact;
  readonly licensing: Fact;
  /** By the tables of the advisory; `unknown` without a product id or a release. */
  readonly status: 'affected' | 'fixed' | 'unknown';
  readonly because: string;
  readonly fixedIn: string | null;
};

export function factsOf({ course, inventory, serial }: Device, advisory: Advisory): Facts {
  const standing = standingOf(course, advisory);
  return {
    pid: fact(inventory?.pid, course.pid),
    release: fact(inventory?.release, course.release),
    serial: fact(inventory?.serial, serial),
    plant: fact(inventory?.plant, null),
    licensing: fact(inventory?.licensing, null),
    status: standing?.status ?? 'unknown',
    because: standing?.because ?? 'product or release is not known',
    fixedIn: standing?.fixedIn ?? null,
  };
}

function fact(imported: string | null | undefined, learnt: string | null): Fact {
  if (imported != null) return { value: imported, from: 'inventory' };
  return learnt === null ? null : { value: learnt, from: 'learnt' };
}

/** Contradictions between the inventory and the device, and repairs that will not last. */
export function hintsOf({ course, inventory, serial, trustpool }: Device, advisory: Advisory): string[] {
  const hints: string[] = [];
  const talks = course.lastSuccessAt !== null || course.firstFailureAt !== null || isOpen(course.incident);
  if (isExempt(course, advisory) && talks) {
    hints.push(`the inventory says ${inventory?.licensing}, but the device talks online: one of them is wrong`);
  }
  for (const [what, imported, learnt] of [
    ['release', inventory?.release, course.release],
    ['product id', inventory?.pid, course.pid],
    ['serial number', inventory?.serial, serial],
  ] as const) {
    if (imported == null || learnt === null || imported.toUpperCase() === learnt.toUpperCase()) continue;
    if (what === 'release' && sameRelease(imported, learnt)) continue;
    hints.push(
      `the inventory says ${what} ${imported}, the device ${learnt}: the inventory counts; mend it if it is old`,
    );
  }
  const unsaved = unsavedWarning(course);
  if (unsaved !== null) hints.push(unsaved);
  if (trustpool?.newRoot === 'absent') hints.push(`the new root was missing when the trustpool was looked at`);
  return hints;
}

/** `17.03.03` and `17.3.3` are one. */
function sameRelease(a: string, b: string): boolean {
  const [left, right] = [parseRelease(a), parseRelease(b)];
  return left !== null && right !== null && compareReleases(left, right) === 0;
}
