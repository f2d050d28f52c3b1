/**
 * Product and release of a device, and their status under an advisory. The inventory takes precedence over messages.
 */

import type { DeviceState } from '../model/device-state.ts';
import { GenerationalCache } from '../model/generational-cache.ts';
import type { ShownLicensing } from '../model/inventory.ts';
import { limits } from '../model/limits.ts';
import type { Advisory } from './advisory.ts';
import { type AffectedVerdict, affected } from './affected.ts';
import { parseRelease } from './release.ts';

type Known = Pick<DeviceState, 'pid' | 'release' | 'imported'>;

export function releaseOf({ imported, release }: Known): string | null {
  return imported?.release ?? release;
}

export function pidOf({ imported, pid }: Known): string | null {
  return imported?.pid ?? pid;
}

/** The status of a device by the tables; null if its product or release is unknown. */
export function exposureOf(state: Known, { products }: Advisory): AffectedVerdict | null {
  return statusOf(pidOf(state), releaseOf(state), products);
}

export function statusOf(
  pid: string | null,
  release: string | null,
  products: Advisory['products'],
): AffectedVerdict | null {
  if (pid === null || release === null) return null;
  let known = verdicts.get(products);
  if (known === undefined) {
    known = new GenerationalCache<string, { verdict: AffectedVerdict | null }>(limits.exposures);
    verdicts.set(products, known);
  }
  const key = `${pid} ${release}`;
  let found = known.get(key);
  if (found === undefined) {
    const parsed = parseRelease(release);
    found = { verdict: parsed === null ? null : affected(pid, parsed, products) };
    known.set(key, found);
  }
  return found.verdict;
}

/** A fleet has few products and releases, and each signal asks for its device's: the answers are remembered. */
const verdicts = new WeakMap<
  Advisory['products'],
  GenerationalCache<string, { readonly verdict: AffectedVerdict | null }>
>();

/**
 * True if the device's licences are reserved: it needs no connection, and failed connections are harmless (FN72298).
 */
export function isExempt(state: Pick<DeviceState, 'imported' | 'licensing'>, { exempt }: Advisory): boolean {
  const licensing = licensingOf(state);
  // Of a reservation whose kind is not known: only where every kind is exempt.
  if (licensing === 'reserved') return exempt.includes('PLR') && exempt.includes('SLR');
  return licensing !== null && exempt.includes(licensing);
}

/** Who says how licences are held, as the beginning of a sentence: `the inventory says PLR`, `a capture shows SLR`. */
export function licensingSaid(state: Pick<DeviceState, 'imported' | 'licensing'>): string {
  const licensing = licensingOf(state) ?? 'nothing';
  const what = licensing === 'reserved' ? 'a reservation' : licensing;
  return state.imported?.licensing == null ? `a capture shows ${what}` : `the inventory says ${what}`;
}

/** The inventory takes precedence over what a capture shows. */
export function licensingOf({
  imported,
  licensing,
}: Pick<DeviceState, 'imported' | 'licensing'>): ShownLicensing | null {
  return imported?.licensing ?? licensing;
}
