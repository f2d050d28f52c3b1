/**
 * The sources in memory, by address and name; never more than the limit. Unproven sources are evicted first, the oldest
 * of them: a million forged senders displace each other and no device. Among proven sources, one without a line since
 * the last search is evicted (the CLOCK algorithm).
 */
import { lossLimits } from './loss-limits.ts';
import { newSource, type Source } from './source.ts';
import { SourceQueue } from './source-queue.ts';

/** An address: most have one source, a relay has many. `foreign`: another ledger counts the lines of the address. */
export type Peer = { last: Source; sources: Map<number, Source> | null; readonly foreign: boolean };

export class Sources {
  readonly #limit: number;
  readonly #peers = new Map<string, Peer>();
  readonly #fresh = new SourceQueue();
  readonly proven = new SourceQueue();
  /** Called with an evicted source. */
  readonly #forget: (source: Source) => void;
  readonly #owns: (address: string) => boolean;

  constructor(limit: number, forget: (source: Source) => void, owns: (address: string) => boolean) {
    this.#limit = limit;
    this.#forget = forget;
    this.#owns = owns;
  }

  get size(): number {
    return this.#fresh.size + this.proven.size;
  }

  peer(address: string): Peer | undefined {
    return this.#peers.get(address);
  }

  find(address: string, key: number): Source | undefined {
    const peer = this.#peers.get(address);
    return peer?.last.key === key ? peer.last : peer?.sources?.get(key);
  }

  *[Symbol.iterator](): Iterator<Source> {
    yield* this.#fresh;
    yield* this.proven;
  }

  add(address: string, key: number, named: boolean, at: number): Source {
    if (this.size >= this.#limit) this.#evict();
    const source = newSource(address, key, named, at);
    const peer = this.#peers.get(address);
    if (peer === undefined) this.#peers.set(address, { last: source, sources: null, foreign: !this.#owns(address) });
    else {
      peer.sources ??= new Map([[peer.last.key, peer.last]]);
      peer.sources.set(key, source);
      peer.last = source;
    }
    this.#fresh.push(source);
    return source;
  }

  prove(source: Source): void {
    this.#fresh.remove(source);
    source.proven = true;
    this.proven.push(source);
  }

  #evict(): void {
    const victim = this.#fresh.oldest ?? this.#idle();
    if (victim === null) return;
    (victim.proven ? this.proven : this.#fresh).remove(victim);
    const peer = this.#peers.get(victim.peer);
    if (peer?.sources == null || peer.sources.size === 1) this.#peers.delete(victim.peer);
    else {
      peer.sources.delete(victim.key);
      if (peer.last === victim) peer.last = peer.sources.values().next().value as Source;
    }
    this.#forget(victim);
  }

  #idle(): Source | null {
    for (;;) {
      const { oldest } = this.proven;
      if (oldest === null || !oldest.used) return oldest;
      oldest.used = false;
      this.proven.remove(oldest);
      this.proven.push(oldest);
    }
  }
}

export function isProven(source: Source): boolean {
  return source.lines >= lossLimits.provenLines;
}
