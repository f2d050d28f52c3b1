import type { Record } from '../core/frame/record.ts';
import type { Transport } from '../core/model/message.ts';

/** Where bytes come in. `start` resolves once it listens; `stop` when nothing more will be handed over. */
export interface Receiver {
  readonly transport: Transport;
  start(): Promise<Address>;
  stop(): Promise<void>;
}

export type Address = { readonly host: string; readonly port: number };

export type DropReason = 'kernel' | 'queue_full' | 'oversize' | 'denied' | 'rate_limited';

/** What a receiver tells of what it took and what it did not. */
export interface Intake {
  take(record: Record, peer: string, transport: Transport): void;
  received(transport: Transport, bytes: number): void;
  drop(transport: Transport, reason: DropReason, count: number): void;
  connections(transport: Transport, open: number): void;
  /** False while stream senders shall wait. */
  readonly hasCapacity: boolean;
  /** Calls back once it is hasCapacity again, unless what is returned is called before. */
  onCapacity(callback: () => void): () => void;
}

/** `::ffff:192.0.2.7` is 192.0.2.7, and an IPv6 address goes without the interface it came in by. */
export function plainAddress(address: string): string {
  // Most are IPv4, and this is asked of each datagram.
  if (address.charCodeAt(0) !== 0x3a && !address.includes('%')) return address;
  const [plain = ''] = address.split('%');
  return plain.startsWith('::ffff:') ? plain.slice(7) : plain;
}
