import type { Series } from './series.ts';
import { type Drops, noDrops, type Source, sumOf } from './source.ts';

/** What was received of one sender, under all names in its lines. Milliseconds since 1970. */
export type SenderLoss = {
  readonly peer: string;
  readonly received: number;
  /** By the numbers in its lines; null if they tell nothing. */
  readonly lost: number | null;
  /** What this service has dropped, by reason. */
  readonly drops: Drops;
  readonly lastSeenAt: number;
};

/** The order of a list of senders, the value of a sender in it. */
export const senderOrders = {
  lost: ({ lost }: SenderLoss) => lost ?? 0,
  dropped: ({ drops }: SenderLoss) => droppedOf(drops),
} as const;

export function droppedOf(drops: Drops): number {
  return Object.values(drops).reduce((sum, count) => sum + count, 0);
}

/** Adds up the sources of each sender. */
export class SenderLosses {
  readonly #senders = new Map<string, SenderLoss>();

  /** `series`: the numbers that tell what is missing; null if none do. */
  add({ peer, lines, drops, lastSeenAt }: Source, series: Pick<Series, 'lost'> | null): void {
    this.put({ peer, received: lines, lost: series?.lost ?? null, drops: drops ?? none, lastSeenAt });
  }

  put(sender: SenderLoss): void {
    const known = this.#senders.get(sender.peer);
    this.#senders.set(sender.peer, known === undefined ? sender : joined(known, sender));
  }

  /** Those of which something is missing or was dropped, at most so many: those with most of it. */
  most(count: number): SenderLoss[] {
    const missing = ({ lost, drops }: SenderLoss) => (lost ?? 0) + droppedOf(drops);
    const lossy = [...this.#senders.values()].filter((sender) => missing(sender) > 0);
    return lossy.length <= count ? lossy : lossy.sort((a, b) => missing(b) - missing(a)).slice(0, count);
  }
}

const none = noDrops();

/** One list of those of several threads: one thread has the numbers of a sender, all may have dropped lines of it. */
export function joinSenders(senders: readonly SenderLoss[]): SenderLoss[] {
  const all = new SenderLosses();
  for (const sender of senders) all.put(sender);
  return all.most(Number.POSITIVE_INFINITY);
}

function joined(a: SenderLoss, b: SenderLoss): SenderLoss {
  return {
    peer: a.peer,
    received: a.received + b.received,
    lost: a.lost === null && b.lost === null ? null : (a.lost ?? 0) + (b.lost ?? 0),
    drops: sumOf(a.drops, b.drops),
    lastSeenAt: Math.max(a.lastSeenAt, b.lastSeenAt),
  };
}
