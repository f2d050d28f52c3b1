import ipaddr from 'ipaddr.js';
import type { Record } from '../core/frame/record.ts';
import type { LiveTransport } from '../core/model/message.ts';
import type { DenialReason, Senders } from './senders.ts';
import type { TlsSettings } from './tls.ts';

/** Listens on one address. */
export interface Receiver {
  readonly transport: LiveTransport;
  /** Resolves with the bound address once it listens. Throws `OperatingError` where it cannot. */
  start(): Promise<Address>;
  /** Resolves once the intake has everything that was read from the sockets. Harmless before `start()`. */
  stop(): Promise<void>;
  /** Only with TLS: uses another certificate, key, CA or list of names for the connections that come from now on. */
  useTls?(settings: TlsSettings): void;
}

/** What every receiver is made with. */
export type ReceiverContext = {
  /** The key of the configuration that the address comes from; errors name it. */
  readonly key: string;
  /** Who may send, and how much. */
  readonly senders: Senders;
  readonly intake: Intake;
  readonly warn: (message: string) => void;
};

/** `fd`: a socket that is bound to it already; the receiver takes it and closes it at the end. */
export type Address = { readonly host: string; readonly port: number; readonly fd?: number };

export type DropReason = 'kernel' | 'queue_full' | 'oversize' | 'denied' | 'rate_limited' | 'broken_frame';

/** `kept`: it is stored with a later commit. `counted`: nothing more is done with it. `refused`: it was dropped and counted. */
export type Taken = 'kept' | 'counted' | 'refused';

/** What a receiver gives its records to, and what it counts by. */
export interface Intake {
  take(record: Record, peer: string, transport: LiveTransport): Taken;
  received(transport: LiveTransport, bytes: number): void;
  drop(transport: LiveTransport, reason: DropReason, count: number): void;
  /** A connection was closed before a line was read from it. `detail`: why a handshake failed. */
  denied(transport: LiveTransport, reason: DenialReason, peer: string, detail?: string): void;
  /** A line was dropped, because its sender's certificate is not that of the device that the line names. */
  misnamed(transport: LiveTransport, peer: string, device: string): void;
  /** `open`: how many connections are open now. */
  connections(transport: LiveTransport, open: number): void;
  /** False: receivers of streams stop reading from this sender until `onCapacity` calls back. Datagrams are read all the same. */
  hasCapacity(peer: string): boolean;
  /** Calls back once, as soon as the sender has capacity again. The function that is returned cancels the call. */
  onCapacity(peer: string, callback: () => void): () => void;
  /** How many records were kept: the ordinal of the last one. */
  readonly kept: number;
  /** Whether the kept record with this ordinal is stored. */
  isStored(ordinal: number): boolean;
  /** Calls back once, as soon as further records are stored. The function that is returned cancels the call. */
  onStored(callback: () => void): () => void;
}

/** An address in its usual spelling, as `plainAddress` gives it; null if the text is none. */
export function usualAddress(text: string): string | null {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : null;
}

/** The address without the prefix of an IPv4 address in IPv6 (`::ffff:192.0.2.7`), and without the interface (`%eth0`). */
export function plainAddress(address: string): string {
  // Called for each datagram, and most addresses are IPv4.
  if (address.charCodeAt(0) !== 0x3a && !address.includes('%')) return address;
  const [plain = ''] = address.split('%');
  return plain.startsWith('::ffff:') ? plain.slice(7) : plain;
}
