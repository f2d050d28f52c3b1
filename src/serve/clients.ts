import { plainAddress } from '../receive/receiver.ts';
import { sourceOf } from '../receive/senders.ts';

/** Whose places these are: an IPv4 address, also of a port that takes both kinds, or the network of an IPv6 host. */
export function clientOf(address: string): string {
  return sourceOf(plainAddress(address));
}

/** The oldest of the client that has most of these, and how many it has; null of none. `held`: the oldest first. */
export function oldestOfMost<T extends { readonly source: string }>(
  held: Iterable<T>,
): { readonly oldest: T; readonly count: number } | null {
  const bySource = new Map<string, { readonly oldest: T; count: number }>();
  let most: { readonly oldest: T; readonly count: number } | null = null;
  for (const oldest of held) {
    const own = bySource.get(oldest.source) ?? { oldest, count: 0 };
    own.count++;
    bySource.set(oldest.source, own);
    if (most === null || own.count > most.count) most = own;
  }
  return most;
}
