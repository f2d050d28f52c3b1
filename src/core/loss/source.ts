import { later } from '../model/instant.ts';
import type { GiveUpReason, Series } from './series.ts';

/** Why this service dropped lines; the label values of `syslog_lines_dropped_total`. */
export type DropReason = 'queue_full' | 'oversize' | 'denied' | 'rate_limited';

export type Drops = Record<DropReason, number>;

export function sumOf(a: Drops, b: Drops): Drops {
  return Object.fromEntries(
    Object.entries(a).map(([reason, count]) => [reason, count + b[reason as DropReason]]),
  ) as Drops;
}

export const noDrops = (): Drops => ({ queue_full: 0, oversize: 0, denied: 0, rate_limited: 0 });

/** The sender of lines: a peer's address and a device name in its lines. */
export type Source = {
  readonly peer: string;
  /** Hash of the device's name, else of the relay's name for the device, else NO_NAME. */
  readonly key: number;
  /** Whether `key` is the hash of the device's name. */
  named: boolean;
  /** Hash of the relay's name in the last line. */
  relay: number;
  lines: number;
  lastSeenAt: number;
  counter: Series | null;
  sequence: Series | null;
  /** Null until a line is dropped. */
  drops: Drops | null;
  /** Whether a line arrived since the last search for a source to evict. */
  used: boolean;
  proven: boolean;
  older: Source | null;
  newer: Source | null;
};

export function newSource(peer: string, key: number, named: boolean, at: number): Source {
  return {
    peer,
    key,
    named,
    relay: 0,
    lines: 0,
    lastSeenAt: at,
    counter: null,
    sequence: null,
    drops: null,
    used: false,
    proven: false,
    older: null,
    newer: null,
  };
}

/** The loss of one source. Null means not known. */
export type Loss = {
  readonly reliable: boolean;
  /** The kind of numbers that the answer rests on. */
  readonly basis: 'counter' | 'sequence' | null;
  /** Why the loss is not known: no line, lines without numbers, too few numbers, receivers
   * whose numbers do not fit each other, or the reason for giving up. */
  readonly why: 'unseen' | 'no-numbers' | 'too-few' | 'receivers' | GiveUpReason | null;
  /** The start of the numbers below: at or before the requested time, unless nothing is known from then. */
  readonly since: number | null;
  readonly received: number | null;
  readonly lost: number | null;
  /**
   * `lost` is an upper bound: the device also numbers messages that `logging trap` holds back (assumed), and lines
   * without a name from a shared address may be this device's.
   */
  readonly atMost: boolean;
  readonly reordered: number | null;
  readonly duplicates: number | null;
  readonly restarts: number | null;
  /** received / (received + lost), 0 to 1; a lower bound if `atMost`. */
  readonly completeness: number | null;
  readonly lastSeenAt: number | null;
  /** All lines from the address that this service dropped. If `lost` is known, it includes them. */
  readonly drops: Drops;
  /** The highest number; null if not known. */
  readonly head: number | null;
  /** Where several receivers know the source: what each of them has received of it, and not. */
  readonly receivers?: readonly { readonly receiver: string; readonly received: number; readonly lost: number }[];
};

/** Joins the answers of two ledgers about one source: only one ledger has its numbers, both may have drops. */
export function together(a: Loss, b: Loss): Loss {
  const withNumbers = a.why === 'unseen' ? b : a;
  return { ...withNumbers, drops: sumOf(a.drops, b.drops), lastSeenAt: later(a.lastSeenAt, b.lastSeenAt) };
}
