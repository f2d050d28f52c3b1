import type { Envelope, Stamp } from './message.ts';

const WEEK_MS = 7 * 86_400_000;

/** Which time decides for a line, and why its own stamp does not. */
export type Timing = {
  readonly at: number;
  /** `archive`: the time that the archive had come to. */
  readonly used: 'stamp' | 'relay' | 'receipt' | 'archive';
  readonly rejected: Rejection | null;
};

export type Rejection = 'no-date' | 'not-synchronized' | 'no-zone' | 'future' | 'too-old';

/**
 * Live, a line's own time is trusted only if its clock and zone are, and it is neither of the future nor old. A missing
 * year is no doubt then: the one nearest to the receipt was taken.
 */
export function liveTiming({ stamp }: Envelope, receivedAt: number): Timing {
  const rejected = rejectionOf(stamp, receivedAt);
  return rejected === null
    ? { at: stamp.instant as number, used: 'stamp', rejected }
    : { at: receivedAt, used: 'receipt', rejected };
}

function rejectionOf({ instant, quality, zoneAssumed }: Stamp, receivedAt: number): Rejection | null {
  if (instant === null) return 'no-date';
  if (quality !== 'synchronized') return 'not-synchronized';
  if (zoneAssumed) return 'no-zone';
  if (instant > receivedAt) return 'future';
  return instant < receivedAt - WEEK_MS ? 'too-old' : null;
}

/** So far may a relay's stamp be off the line's own one, as neither need have a zone. */
const RELAY_MS = 86_400_000;

/**
 * In an archive: the line's own date, else the relay's, else the previous line's time. `latest`: no line is later. A clock
 * that was never set begins at some date when the device starts (assumed: RFC 3164 relays know better).
 */
export function archiveTiming({ stamp, relayStamp }: Envelope, previous: number, latest: number): Timing {
  const relay = relayStamp.instant === null || relayStamp.instant > latest ? null : relayStamp.instant;
  const rejected = archiveRejection(stamp, relay, latest);
  if (rejected === null) return { at: stamp.instant as number, used: 'stamp', rejected };
  return relay === null ? { at: previous, used: 'archive', rejected } : { at: relay, used: 'relay', rejected };
}

function archiveRejection({ instant, quality }: Stamp, relay: number | null, latest: number): Rejection | null {
  if (instant === null) return 'no-date';
  if (instant > latest) return 'future';
  const isOff = relay !== null && Math.abs(instant - relay) > RELAY_MS;
  return quality === 'unset' && isOff ? 'not-synchronized' : null;
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
