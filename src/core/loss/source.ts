import { later } from '../model/instant.ts';
import type { GivenUp, Series } from './series.ts';

/** Why lines were dropped here, as `syslog_lines_dropped_total` has it. */
export type DropReason = 'queue_full' | 'oversize' | 'denied';

export type Drops = Record<DropReason, number>;

export const noDrops = (): Drops => ({ queue_full: 0, oversize: 0, denied: 0 });

/** Who lines come from: a peer's address and a name under it. */
export type Source = {
  readonly peer: string;
  /** Hash of the name under which it speaks, a relay's name for it, or NO_NAME. */
  readonly key: number;
  /** The key is its own name. */
  named: boolean;
  /** The relay's name in its last line. */
  relay: number;
  lines: number;
  lastSeenAt: number;
  counter: Series | null;
  sequence: Series | null;
  /** Null until something was dropped. */
  drops: Drops | null;
  /** Heard since the last look for one to forget. */
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

/** What is known of the lines of one source. Null is not known. */
export type Loss = {
  readonly reliable: boolean;
  /** Which numbers it is told by. */
  readonly basis: 'counter' | 'sequence' | null;
  /** Why nothing can be told: no line came, they have no numbers, only one had, or why the numbers were given up. */
  readonly why: 'unseen' | 'no-numbers' | 'too-few' | GivenUp | null;
  /** Since when the numbers below are, at or before the time that was asked for, unless nothing is known from then. */
  readonly since: number | null;
  readonly received: number | null;
  readonly lost: number | null;
  /**
   * No more than `lost`, and maybe fewer: a sequence number is also given to messages that `logging trap` holds back
   * (assumed), and lines without a name behind a shared address may be this device's.
   */
  readonly atMost: boolean;
  readonly reordered: number | null;
  readonly duplicates: number | null;
  readonly restarts: number | null;
  /** received / (received + lost), 0 to 1; at least that where `atMost`. */
  readonly completeness: number | null;
  readonly lastSeenAt: number | null;
  /** Lines from its address that were dropped here, ever. They are among the lost ones, where those are known. */
  readonly drops: Drops;
};

/** What two ledgers that share the senders know of one source: the numbers are in one of them, drops in both. */
export function together(a: Loss, b: Loss): Loss {
  const knowing = a.why === 'unseen' ? b : a;
  const drops = Object.fromEntries(
    Object.entries(a.drops).map(([reason, count]) => [reason, count + b.drops[reason as DropReason]]),
  ) as Drops;
  return { ...knowing, drops, lastSeenAt: later(a.lastSeenAt, b.lastSeenAt) };
}
