import type { Envelope, Stamp } from './message.ts';

const WEEK_MS = 7 * 86_400_000;

/** The event time of a line, and why the line's own stamp was rejected. */
export type Timing = {
  readonly at: number;
  /** `archive`: the time of the archive so far, by its earlier lines. */
  readonly used: 'stamp' | 'relay' | 'receipt' | 'archive';
  readonly rejected: Rejection | null;
};

export type Rejection = 'no-date' | 'not-synchronized' | 'no-zone' | 'future' | 'too-old';

/**
 * For a live line. The line's own stamp is used only if its clock is synchronized, its zone is known, and the time is
 * neither in the future nor more than a week old. A missing year is no reason to reject the stamp: the decoder assumes
 * the year nearest to the receipt.
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

/** Largest plausible difference between a relay's stamp and the line's own stamp; both may lack a zone. */
const RELAY_MS = 86_400_000;

/**
 * For a line of an archive: the line's own date, else the relay's, else the time of the previous line. `latest`: no
 * line is later. A clock that was never set starts at an arbitrary date with the device, so the relay's stamp is
 * preferred (assumed: the clock of an RFC 3164 relay is right).
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

/** The earlier or the later of two instants; null means no instant. */
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
