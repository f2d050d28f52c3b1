import type { Envelope, Stamp } from './message.ts';

const WEEK_MS = 7 * 86_400_000;

/** The event time of a line, and why the line's own stamp was rejected. */
export type Timing = {
  readonly at: number;
  /** `archive`: the time of the archive so far, by its earlier lines. */
  readonly used: 'stamp' | 'relay' | 'receipt' | 'archive';
  readonly rejected: Rejection | null;
  /** How far the stamp is off the time that is known otherwise, in milliseconds; null if no other time is known. */
  readonly skewMs: number | null;
};

export type Rejection = 'no-date' | 'not-synchronized' | 'no-zone' | 'future' | 'too-old' | 'relay-differs';

/**
 * For a live line. The line's own stamp is used only if its clock is synchronized, its zone is known, the time is
 * neither in the future nor more than a week old, and no relay's stamp is a day apart. A missing year is no reason to
 * reject the stamp: the decoder assumes the year nearest to the receipt.
 *
 * Without a relay's stamp only a stamp with `*` is compared with the receipt: a stamp without it says that a time source
 * has authority, so that the line is old, and not the clock wrong (assumed).
 */
export function liveTiming({ stamp, relayStamp }: Envelope, receivedAt: number): Timing {
  const relay = relayStamp.instant;
  const own = nearestYear(stamp, relay);
  const skewMs = own === null ? null : relay !== null ? own - relay : ofUnset(stamp, own - receivedAt);
  const isApart = relay !== null && skewMs !== null && Math.abs(skewMs) > RELAY_MS;
  if (isApart) {
    const usable = rejectionOf(relayStamp, receivedAt) === null;
    const at = usable ? relay : receivedAt;
    return { at, used: usable ? 'relay' : 'receipt', rejected: 'relay-differs', skewMs };
  }
  const rejected = rejectionOf(stamp, receivedAt);
  return rejected === null
    ? { at: stamp.instant as number, used: 'stamp', rejected, skewMs }
    : { at: receivedAt, used: 'receipt', rejected, skewMs };
}

function rejectionOf({ instant, quality, zoneAssumed }: Stamp, receivedAt: number): Rejection | null {
  if (instant === null) return 'no-date';
  if (quality !== 'synchronized') return 'not-synchronized';
  if (zoneAssumed) return 'no-zone';
  if (instant > receivedAt) return 'future';
  return instant < receivedAt - WEEK_MS ? 'too-old' : null;
}

function ofUnset({ quality }: Stamp, skewMs: number): number | null {
  return quality === 'unset' ? skewMs : null;
}

/** Largest plausible difference between a relay's stamp and the line's own stamp; both may lack a zone. */
const RELAY_MS = 86_400_000;

/** The instant of a stamp; where its year was assumed, in the year nearest to the relay's stamp. */
function nearestYear({ instant, yearAssumed }: Stamp, relay: number | null): number | null {
  if (instant === null || relay === null || !yearAssumed) return instant;
  const year = new Date(relay).getUTCFullYear();
  const candidates = [year - 1, year, year + 1].map((candidate) => new Date(instant).setUTCFullYear(candidate));
  return candidates.reduce((best, at) => (Math.abs(at - relay) < Math.abs(best - relay) ? at : best), instant);
}

/**
 * For a line of an archive: the line's own date, else the relay's, else the time of the archive so far. Where both
 * stamps are there and a day apart, the relay's is the time (assumed: the clock of a relay is right). `latest`: no line
 * is later. `known`: the time that the archive has come to, if the stamp can be compared with it; else null.
 */
export function archiveTiming(
  { stamp, relayStamp }: Envelope,
  previous: number,
  latest: number,
  known: number | null = null,
): Timing {
  const relay = relayStamp.instant === null || relayStamp.instant > latest ? null : relayStamp.instant;
  const own = nearestYear(stamp, relay);
  const other = relay ?? known;
  const skewMs = own === null || other === null ? null : own - other;
  const rejected = archiveRejection(own, latest, relay !== null, skewMs);
  if (rejected === null) return { at: own as number, used: 'stamp', rejected, skewMs };
  return relay === null
    ? { at: previous, used: 'archive', rejected, skewMs }
    : { at: relay, used: 'relay', rejected, skewMs };
}

function archiveRejection(
  instant: number | null,
  latest: number,
  hasRelay: boolean,
  skewMs: number | null,
): Rejection | null {
  if (instant === null) return 'no-date';
  if (instant > latest) return 'future';
  if (skewMs === null || Math.abs(skewMs) <= RELAY_MS) return null;
  return hasRelay ? 'relay-differs' : 'not-synchronized';
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
