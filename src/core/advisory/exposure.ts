/** What is known of the device itself, and what it means under an advisory. The inventory goes before what was learnt. */

import type { DeviceState } from '../model/device-state.ts';
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

/** What the tables say of the device; null where its product or release is not known. */
export function exposureOf(state: Known, { products }: Advisory): AffectedVerdict | null {
  return statusOf(pidOf(state), releaseOf(state), products);
}

export function statusOf(
  pid: string | null,
  release: string | null,
  products: Advisory['products'],
): AffectedVerdict | null {
  const parsed = release === null ? null : parseRelease(release);
  return pid === null || parsed === null ? null : affected(pid, parsed, products);
}

/** Its licences are reserved: it needs no connection, and failures of one mean nothing (FN72298). */
export function isExempt({ imported }: Pick<DeviceState, 'imported'>, { exempt }: Advisory): boolean {
  return imported?.licensing != null && exempt.includes(imported.licensing);
}
