/** TLS for syslog (RFC 5425): which versions and ciphers, and whose certificates are accepted. */
import { constants } from 'node:crypto';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { limits } from '../core/model/limits.ts';
import type { Address } from './receiver.ts';

/** In PEM. `ca`: who signs the certificates that clients must show; null: clients need none. */
export type TlsSettings = {
  readonly address: Address;
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
  readonly ca: Uint8Array | null;
  /**
   * The names that the certificate of a client may have, `*.example.net` for all of a domain; empty: any. `device`: any, but
   * with it only lines of the device that it names.
   */
  readonly peers: readonly string[];
};

/** TLS 1.3, and of TLS 1.2 the ciphers with forward secrecy and authenticated encryption (RFC 9325 §4.2). */
const CIPHERS = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['DHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-AES128-GCM-SHA256'],
];

export const tlsSuites: TlsOptions = {
  minVersion: 'TLSv1.2',
  // A handshake costs this side more than the client, and the certificate of the client is looked at after the first one only.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ciphers: CIPHERS.join(':'),
  dhparam: 'auto',
  handshakeTimeout: limits.handshakeMs,
};

/** A server that does not listen: it gets connections by its event `connection`. */
export function tlsServer({ cert, key, ca }: Omit<TlsSettings, 'address'>): Server {
  const clients = ca === null ? {} : { ca: Buffer.from(ca), requestCert: true, rejectUnauthorized: true };
  return createServer({ ...tlsSuites, cert: Buffer.from(cert), key: Buffer.from(key), ...clients });
}

/** In `peers`: any certificate, but with it only lines of the device that the certificate names. */
export const OF_DEVICE = 'device';

/**
 * Whose lines a client may send by its certificate: `all`, those of the devices with these names, or none (null). `listed`: the
 * names that its certificate may have; empty: any.
 */
export function sendsFor(socket: TLSSocket, listed: readonly string[]): 'all' | readonly string[] | null {
  if (listed.length === 0) return 'all';
  const own = namesIn(socket);
  if (own.some((name) => listed.some((pattern) => pattern !== OF_DEVICE && matches(name, pattern)))) return 'all';
  return listed.includes(OF_DEVICE) && own.length > 0 ? own : null;
}

function namesIn(socket: TLSSocket): readonly string[] {
  const { subject, subjectaltname = '' } = socket.getPeerCertificate();
  // RFC 6125 §6.4.4: the common name counts only if the certificate has no other name.
  const alternatives = subjectaltname
    .split(', ')
    .filter((name) => /^(?:DNS|IP Address):/.test(name))
    .map((name) => name.slice(name.indexOf(':') + 1));
  const common = subject?.CN;
  return alternatives.length > 0 ? alternatives : [common].flat().filter((name) => name !== undefined);
}

/** `*.example.net` stands for one label. */
function matches(name: string, pattern: string): boolean {
  const [own, wanted] = [name.toLowerCase(), pattern.toLowerCase()];
  if (!wanted.startsWith('*.')) return own === wanted;
  const dot = own.indexOf('.');
  return dot > 0 && own.slice(dot) === wanted.slice(1);
}
