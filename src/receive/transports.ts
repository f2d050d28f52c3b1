/**
 * The network transports, a row each. The name of a row is the `transport` of its frames and the label of its metrics.
 * A new transport is a file with its receiver, a row here, its name in `LiveTransport`, and its key in the configuration.
 */

import type { LiveTransport } from '../core/model/message.ts';
import type { Address, Receiver, ReceiverContext } from './receiver.ts';
import { readRelp } from './relp-session.ts';
import { StreamReceiver } from './stream.ts';
import type { TlsSettings } from './tls.ts';
import { exclusivePort, UdpReceiver } from './udp.ts';

/** What each receiver is made from. The settings are copied into the threads that receive. */
export type TransportSettings = {
  readonly udp: Address;
  readonly tcp: Address;
  readonly tls: TlsSettings;
  readonly relp: RelpSettings;
};

/** RELP, with or without TLS. */
export type RelpSettings = { readonly address: Address; readonly tls: TlsSettings | null };

/** Certificates and keys, of the transports that have some. */
export type TlsByTransport = { readonly [T in LiveTransport]?: TlsSettings | null };

type Row<Settings> = {
  /** The key of the configuration that the settings come from. */
  readonly key: string;
  /** Whether senders hold connections open: a gauge counts them. */
  readonly hasConnections: boolean;
  /**
   * Null: only the first thread listens. Otherwise every thread listens on one port, and the kernel distributes the
   * datagrams: `exclusive` gives the settings a port that no other program has, `at` the one that the first thread has bound.
   */
  readonly shared: {
    exclusive(settings: Settings, key: string): Promise<Settings>;
    at(settings: Settings, address: Address): Settings;
  } | null;
  /** The receiver, not started yet. `sockets`: how many it opens on a shared port; null: no port is shared. */
  receiver(settings: Settings, context: ReceiverContext, sockets: number | null): Receiver;
};

export const transports: { readonly [T in LiveTransport]: Row<TransportSettings[T]> } = {
  udp: {
    key: 'syslog.udp',
    hasConnections: false,
    shared: { exclusive: exclusivePort, at: (_, address) => address },
    receiver: (address, context, sockets) => new UdpReceiver({ ...context, address, sockets }),
  },
  tcp: {
    key: 'syslog.tcp',
    hasConnections: true,
    shared: null,
    receiver: (address, context) => new StreamReceiver({ ...context, transport: 'tcp', address }),
  },
  tls: {
    key: 'syslog.tls',
    hasConnections: true,
    shared: null,
    receiver: (tls, context) => new StreamReceiver({ ...context, transport: 'tls', address: tls.address, tls }),
  },
  relp: {
    key: 'syslog.relp',
    hasConnections: true,
    shared: null,
    receiver: ({ address, tls }, context) =>
      new StreamReceiver({ ...context, transport: 'relp', address, tls: tls ?? undefined, read: readRelp }),
  },
};

export const liveTransports = Object.keys(transports) as LiveTransport[];

/** A count for each transport, all 0. */
export function zeroByTransport(): Record<LiveTransport, number> {
  return Object.fromEntries(liveTransports.map((name) => [name, 0])) as Record<LiveTransport, number>;
}

/** The settings of each transport; null: it is switched off. */
export type ListenSettings = { readonly [T in LiveTransport]: TransportSettings[T] | null };

export function enabledTransports(listen: ListenSettings): LiveTransport[] {
  return liveTransports.filter((name) => listen[name] !== null);
}

/** A receiver for each transport that is switched on, in the order of the table. */
export function receiversOf(
  listen: ListenSettings,
  context: Omit<ReceiverContext, 'key'>,
  sockets: number | null,
): Receiver[] {
  const receiverOf = <T extends LiveTransport>(name: T): Receiver[] => {
    const row = transports[name];
    const settings = listen[name];
    return settings === null ? [] : [row.receiver(settings, { ...context, key: row.key }, sockets)];
  };
  return liveTransports.flatMap((name) => receiverOf(name));
}

/** The settings, with exclusive ports for the transports that several threads share. */
export async function withExclusivePorts(listen: ListenSettings): Promise<ListenSettings> {
  const exclusive = async <T extends LiveTransport>(name: T): Promise<[T, ListenSettings[T]]> => {
    const { shared, key } = transports[name];
    const settings = listen[name];
    return [name, settings === null || shared === null ? settings : await shared.exclusive(settings, key)];
  };
  return Object.fromEntries(await Promise.all(liveTransports.map((name) => exclusive(name)))) as ListenSettings;
}

/** The settings of every thread but the first: the shared transports only, on the ports that the first thread has bound. */
export function sharedSettings(
  listen: ListenSettings,
  bound: Readonly<Partial<Record<LiveTransport, Address>>>,
): ListenSettings {
  const settingsOf = <T extends LiveTransport>(name: T): [T, ListenSettings[T]] => {
    const { shared } = transports[name];
    const settings = listen[name];
    const address = bound[name];
    const on = settings !== null && shared !== null && address !== undefined;
    return [name, on ? shared.at(settings, address) : null];
  };
  return Object.fromEntries(liveTransports.map((name) => settingsOf(name))) as ListenSettings;
}
