/**
 * Counts the missing lines of each sender. A source is an address and the device name in its lines; each source has a
 * series of message counters and one of sequence numbers. A reliable counter decides: it numbers the lines that the
 * device sent here. Without one, for example if copies for two collectors arrive here, the sequence numbers give an
 * upper bound.
 *
 * Lines lost while the service was down are found after `restore` like any other gap, with the first lines that arrive.
 * If the device restarted meanwhile, the ledger counts a restart and no loss.
 */

import { ABSENT } from '../decode/header-bytes.ts';
import { NO_NAME } from '../decode/name-hash.ts';
import type { Numbers } from '../decode/quick-numbers.ts';
import { type Decided, type Gap, Gaps } from './gaps.ts';
import { since as sinceTime } from './history.ts';
import { lossLimits } from './loss-limits.ts';
import { type LossRow, restoreInto, rowOf } from './loss-row.ts';
import { type SenderLoss, SenderLosses } from './sender-loss.ts';
import { isReliable, type Series } from './series.ts';
import { type DropReason, type Drops, type Loss, noDrops, type Source } from './source.ts';
import { isProven, type Peer, Sources } from './sources.ts';
import { track } from './tracker.ts';
import { distance, WINDOW } from './window.ts';

/** Sums over all sources, including evicted ones. `lost` may fall: a late line fills its gap. */
export type LossTotals = {
  readonly received: number;
  readonly lost: number;
  readonly reordered: number;
  readonly duplicates: number;
  readonly restarts: number;
  readonly epochs: number;
  readonly strays: number;
  /** The number of sources in memory, of those without a reliable series, and of those that were evicted. */
  readonly sources: number;
  readonly unreliable: number;
  readonly forgotten: number;
  readonly drops: Drops;
};

/** Several ledgers share the senders: one ledger counts all lines of a sender, wherever they arrive. */
export type Partitioning = {
  /** Whether this ledger counts the lines of a sender; always the same answer. */
  readonly owns: (peer: string) => boolean;
  /** Passes a line to the `note` of the ledger that owns the sender. `numbers` is overwritten by the next line. */
  readonly forward: (peer: string, numbers: Numbers, at: number) => void;
};

const alone: Partitioning = { owns: () => true, forward: () => {} };

export class LossLedger {
  readonly #sources: Sources;
  readonly #sharing: Partitioning;
  readonly #past = { received: 0, lost: 0, reordered: 0, duplicates: 0, restarts: 0, epochs: 0, strays: 0 };
  readonly #drops = noDrops();
  readonly #gaps = new Gaps((source) => this.#decidedOf(source));
  #forgotten = 0;

  constructor({ sources = lossLimits.sources as number, sharing = alone } = {}) {
    this.#sharing = sharing;
    this.#sources = new Sources(sources, (source) => this.#forget(source), sharing.owns);
  }

  /** Counts one line, with or without numbers. `at`: the time of receipt in milliseconds. */
  note(peer: string | null, numbers: Numbers, at: number): void {
    const address = peer ?? '';
    const known = this.#sources.peer(address);
    if (known === undefined ? !this.#sharing.owns(address) : known.foreign) {
      this.#sharing.forward(address, numbers, at);
      return;
    }
    const source = this.#sourceOf(address, known, numbers, at);
    source.lines++;
    source.lastSeenAt = at;
    source.used = true;
    if (!source.proven && isProven(source)) this.#sources.prove(source);
    if (numbers.counter !== ABSENT) this.#track(source, 'counter', numbers.counter, at);
    if (numbers.sequence !== ABSENT) this.#track(source, 'sequence', numbers.sequence, at);
  }

  /** Counts lines that this service dropped before reading them. A denied sender does not become a source. */
  dropped(peer: string | null, reason: DropReason, count: number, at: number): void {
    this.#drops[reason] += count;
    const address = peer ?? '';
    const known = this.#sources.find(address, NO_NAME);
    if (known === undefined && reason === 'denied') return;
    const source = known ?? this.#sources.add(address, NO_NAME, false, at);
    source.drops ??= noDrops();
    source.drops[reason] += count;
    source.lastSeenAt = at;
  }

  /**
   * `name`: `nameHash` of the device name in the lines; null for lines without one. `since`: null: from the beginning.
   */
  lossOf(peer: string | null, name: number | null, since: number | null): Loss {
    const key = name ?? NO_NAME;
    const source = this.#sources.find(peer ?? '', key);
    const unnamed = key === NO_NAME ? source : this.#sources.find(peer ?? '', NO_NAME);
    const base = { lastSeenAt: source?.lastSeenAt ?? null, drops: { ...(unnamed?.drops ?? noDrops()) } };
    const series = source === undefined ? null : decisive(source);
    if (series === null || !isReliable(series)) return { ...unknown, ...base, why: whyNot(source, series) };
    const totals = sinceTime(series.history, since, series);
    const { received, lost } = totals;
    const numbers = series === source?.counter ? 'counter' : 'sequence';
    return {
      ...base,
      ...totals,
      head: series.head,
      reliable: true,
      basis: numbers,
      why: null,
      atMost: lost > 0 && source !== undefined && this.#isBound(source, numbers),
      completeness: received + lost === 0 ? null : received / (received + lost),
    };
  }

  /** The time of receipt of a source's last line, with or without numbers; null for an unknown source. */
  lastSeenAt(peer: string | null, name: number | null): number | null {
    return this.#sources.find(peer ?? '', name ?? NO_NAME)?.lastSeenAt ?? null;
  }

  /** Visits all sources: call it for a scrape, not for each line. */
  totals(): LossTotals {
    const sum = { ...this.#past };
    let unreliable = 0;
    for (const source of this.#sources) {
      const series = decisive(source);
      if (series !== null && isReliable(series)) add(sum, series);
      else unreliable++;
    }
    return { ...sum, sources: this.#sources.size, unreliable, forgotten: this.#forgotten, drops: { ...this.#drops } };
  }

  /** The senders of which lines are missing or were dropped: those with most of them, in no order. */
  senders(): SenderLoss[] {
    const senders = new SenderLosses();
    for (const source of this.#sources) {
      const series = decisive(source);
      senders.add(source, series !== null && isReliable(series) ? series : null);
    }
    return senders.most(lossLimits.listedSenders);
  }

  /** How many addresses have sent a line at `at` (milliseconds) or later, among the sources in memory. Visits all sources. */
  heardSince(at: number): number {
    const heard = new Set<string>();
    for (const { peer, lines, lastSeenAt } of this.#sources) if (lines > 0 && lastSeenAt >= at) heard.add(peer);
    return heard.size;
  }

  /** The gaps that are over since the last call: see `Gaps.take()`. */
  takeGaps(at: number, which: { readonly all?: boolean } = {}): Gap[] {
    return this.#gaps.take(at, which);
  }

  /** The proven sources, to store for the next start; a forged sender gets no row. */
  *rows(): Generator<LossRow> {
    for (const source of this.#sources.proven) yield rowOf(source);
  }

  /** Call it before the first line. */
  restore(rows: Iterable<LossRow>): void {
    for (const row of [...rows].sort((a, b) => a.lastSeenAt - b.lastSeenAt)) {
      const source = this.#sources.add(row.peer, row.name, row.named, row.lastSeenAt);
      restoreInto(source, row);
      this.#sources.prove(source);
    }
  }

  #track(source: Source, numbers: 'counter' | 'sequence', number: number, at: number): void {
    const series = source[numbers];
    const lost = series === null ? 0 : series.lost;
    const from = series === null ? at : series.at;
    const tracked = track(series, number, at);
    source[numbers] = tracked;
    if (tracked.lost > lost) this.#gaps.rise(source, numbers, lost, from, at);
  }

  #decidedOf(source: Source): Decided {
    const series = decisive(source);
    if (series === null || !isReliable(series)) return null;
    const numbers = series === source.counter ? 'counter' : 'sequence';
    return { numbers, lost: series.lost, atMost: this.#isBound(source, numbers) };
  }

  /** Whether what is lost is an upper bound: see `Loss.atMost`. */
  #isBound({ peer, key }: Source, numbers: 'counter' | 'sequence'): boolean {
    if (numbers === 'sequence') return true;
    return key !== NO_NAME && (this.#sources.find(peer, NO_NAME)?.counter ?? null) !== null;
  }

  #sourceOf(address: string, peer: Peer | undefined, numbers: Numbers, at: number): Source {
    const named = numbers.name !== NO_NAME;
    const key = named ? numbers.name : numbers.relay;
    if (peer === undefined) return this.#sources.add(address, key, named, at);
    const { last } = peer;
    if (last.key !== key) {
      // The second line of a message has a counter and no name: it belongs to the source of the line before.
      if (!named && last.named && last.relay === numbers.relay && continues(last.counter, numbers.counter)) return last;
      peer.last = peer.sources?.get(key) ?? this.#sources.add(address, key, named, at);
    }
    peer.last.relay = numbers.relay;
    return peer.last;
  }

  #forget(source: Source): void {
    this.#forgotten++;
    this.#gaps.forget(source);
    const series = decisive(source);
    if (series !== null && isReliable(series)) add(this.#past, series);
  }
}

/** The series that answers: the counters if reliable, else the sequence numbers. */
function decisive({ counter, sequence }: Source): Series | null {
  if (counter !== null && isReliable(counter)) return counter;
  return sequence !== null && isReliable(sequence) ? sequence : (counter ?? sequence);
}

function continues(series: Series | null, number: number): boolean {
  return series !== null && number !== ABSENT && Math.abs(distance(series.head, number)) < WINDOW;
}

const unknown: Omit<Loss, 'lastSeenAt' | 'drops' | 'why'> = {
  reliable: false,
  basis: null,
  since: null,
  received: null,
  lost: null,
  atMost: false,
  reordered: null,
  duplicates: null,
  restarts: null,
  completeness: null,
  head: null,
};

function whyNot(source: Source | undefined, series: Series | null): Loss['why'] {
  if (source === undefined || source.lines === 0) return 'unseen';
  if (series === null) return 'no-numbers';
  return series.why ?? 'too-few';
}

type Sum = { [K in 'received' | 'lost' | 'reordered' | 'duplicates' | 'restarts' | 'epochs' | 'strays']: number };

function add(sum: Sum, series: Series): void {
  for (const field of Object.keys(sum) as (keyof Sum)[]) sum[field] += series[field];
}
