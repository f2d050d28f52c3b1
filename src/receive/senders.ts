import ipaddr from 'ipaddr.js';
import { limits } from '../core/model/limits.ts';
import { TokenBuckets } from '../core/model/token-buckets.ts';
import { isIn, senderFilter } from './sender-filter.ts';

/** What a source may take. */
export type PerSource = {
  /** Stream connections at the same time. */
  readonly connections: number;
  /** Tracked lines a second; those of a minute may come at once. */
  readonly lines: number;
  /** New devices a second; those of a minute may come at once. */
  readonly newDevices: number;
};

/** Who may send, and how much. It is copied into the threads that receive. */
export type SenderSettings = {
  /** Networks in CIDR that may send; empty: all. */
  readonly allow: readonly string[];
  /** Networks in CIDR of relays and balancers, which send the lines of many devices. */
  readonly relays: readonly string[];
  /** Networks in CIDR of balancers that say by a PROXY header whose connection it is; they must. Without: none. */
  readonly proxy?: readonly string[];
  readonly perSource: PerSource;
};

/** Why a stream connection was closed before a line was read from it. */
export type DenialReason = 'allow' | 'per_source' | 'limit' | 'handshake' | 'proxy' | 'descriptors';

export const denialReasons: readonly DenialReason[] = [
  'allow',
  'per_source',
  'limit',
  'handshake',
  'proxy',
  'descriptors',
];

/** A relay may take so many times as much as a device. */
const RELAY_FACTOR = 64;

/**
 * Who may send, and how much each source has taken. A source is an IPv4 address, or the first 64 bits of an IPv6 address: a
 * host may have all addresses of such a network (RFC 4291 §2.5.1).
 */
export class Senders {
  #allows!: (peer: string) => boolean;
  #boundOf!: ReturnType<typeof relayBound>;
  #isRelay!: (peer: string) => boolean;
  #isProxy!: (peer: string) => boolean;
  #perSource!: PerSource;
  readonly #connections = new Map<string, number>();
  readonly #lines = new TokenBuckets(limits.senderBudgets);

  constructor(settings: SenderSettings) {
    this.configure(settings);
  }

  /** Open connections stay, also of senders that may not send any more: their lines are refused. */
  configure({ allow, relays, proxy = [], perSource }: SenderSettings): void {
    this.#allows = senderFilter(allow);
    this.#boundOf = relayBound(relays);
    this.#isRelay = isIn(relays);
    this.#isProxy = isIn(proxy);
    this.#perSource = perSource;
  }

  allows(peer: string): boolean {
    return this.#allows(peer);
  }

  isRelay(peer: string): boolean {
    return this.#isRelay(peer);
  }

  /** Whether its connections begin with a PROXY header. */
  isProxy(peer: string): boolean {
    return this.#isProxy(peer);
  }

  /** Takes a place for a connection; the reason if the source has none left. */
  connect(peer: string): DenialReason | null {
    if (!this.#allows(peer)) return 'allow';
    const source = sourceOf(peer);
    const open = this.#connections.get(source) ?? 0;
    if (open >= this.#boundOf(peer, this.#perSource.connections)) return 'per_source';
    this.#connections.set(source, open + 1);
    return null;
  }

  /** Gives the place of a connection back. */
  disconnect(peer: string): void {
    const source = sourceOf(peer);
    const open = (this.#connections.get(source) ?? 0) - 1;
    if (open > 0) this.#connections.set(source, open);
    else this.#connections.delete(source);
  }

  /** Whether the source may send one more tracked line. `now`: milliseconds of a clock that does not step. */
  takesLine(peer: string, now: number): boolean {
    const rate = this.#boundOf(peer, this.#perSource.lines);
    const source = sourceOf(peer);
    return this.#lines.takeOne(source, rate, now);
  }
}

/** How much a sender may take of what a device may take so much of. */
export function relayBound(relays: readonly string[]): (sender: string, bound: number) => number {
  const isRelay = isIn(relays);
  return (sender, bound) => (isRelay(sender) ? bound * RELAY_FACTOR : bound);
}

/** The address of a host, or the network of an IPv6 host. */
export function sourceOf(peer: string): string {
  if (!peer.includes(':') || !ipaddr.IPv6.isValid(peer)) return peer;
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv6.parse(peer).parts;
  return `${[a, b, c, d].map((part) => part.toString(16)).join(':')}::/64`;
}
