import type { Envelope } from './message.ts';

const WEEK_MS = 7 * 86_400_000;

/**
 * Live, a line's own time is trusted only if its clock and zone are, and it is neither of the future nor old. A missing
 * year is no doubt then: the one nearest to the receipt was taken.
 */
export function liveInstant({ stamp }: Envelope, receivedAt: number): number {
  const { instant, quality, zoneAssumed } = stamp;
  if (instant === null || quality !== 'synchronized' || zoneAssumed) return receivedAt;
  return instant > receivedAt || instant < receivedAt - WEEK_MS ? receivedAt : instant;
}

/** In an archive: the line's own date, else the relay's, else the previous line's time. */
export function archiveInstant({ stamp, relayStamp }: Envelope, previous: number): number {
  return stamp.instant ?? relayStamp.instant ?? previous;
}

/** The earlier and the later of two instants; null is none. */
export function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

export function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** ISO 8601 in UTC with milliseconds; null stays null. */
export function toIso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
