import { securedFiles, securedRelp, usableCertificates } from './config/certificates.ts';
import { listenAddress, parseAddress } from './config/load.ts';
import type { Config } from './config/schema.ts';
import type { Address } from './receive/receiver.ts';
import type { TlsSettings } from './receive/tls.ts';
import { type ListenSettings, liveTransports, type TlsByTransport, transports } from './receive/transports.ts';

/**
 * What the sockets of syslog are opened with: addresses and certificates. Throws `QVW_CONFIG_INVALID` if a certificate cannot be
 * used. `warn`: clients will refuse one. `now`: milliseconds since 1970.
 */
export function listenSettings(
  { syslog: { udp, tcp, tls, relp } }: Config,
  now: number,
  warn: (message: string) => void,
): ListenSettings {
  return {
    udp: listenAddress(udp),
    tcp: listenAddress(tcp),
    tls: usableCertificates('syslog.tls', tls, now, warn),
    relp:
      relp === null
        ? null
        : {
            address: parseAddress(relp.listen),
            tls: usableCertificates('syslog.relp', securedRelp(relp), now, warn),
          },
  };
}

/** The certificates of these sockets. */
export function tlsOf({ tls, relp }: ListenSettings): TlsByTransport {
  return { tls, relp: relp?.tls ?? null };
}

/** The certificates that the listeners use, by the keys of the listeners, which go on as they were started: with TLS or without. */
export function securedBy(started: ListenSettings, tls: TlsByTransport): [key: string, tls: TlsSettings][] {
  return liveTransports.flatMap((name): [string, TlsSettings][] => {
    const used = tlsOf(started)[name] ?? null;
    const next = tls[name] ?? null;
    return used === null || next === null ? [] : [[transports[name].key, next]];
  });
}

/** The files of all certificates and keys. */
export function certificateFiles(config: Config): string[] {
  return securedFiles(config)
    .flatMap(([, { cert, key, clientCa }]) => [cert, key, clientCa])
    .filter((file) => file !== null);
}

/** The settings with the descriptors of sockets that are bound already, by transport. */
export function withSockets(
  { udp, tcp, tls, relp }: ListenSettings,
  sockets: ReadonlyMap<string, number> = new Map(),
): ListenSettings {
  return {
    udp: withSocket(udp, sockets.get('udp')),
    tcp: withSocket(tcp, sockets.get('tcp')),
    tls: tls && { ...tls, address: withSocket(tls.address, sockets.get('tls')) },
    relp: relp && { ...relp, address: withSocket(relp.address, sockets.get('relp')) },
  };
}

/** The address with the socket that is bound to it already, if there is one. */
export function withSocket<A extends Address | null>(address: A, fd: number | undefined): A {
  return address === null || fd === undefined ? address : { ...address, fd };
}
