import { hostname } from 'node:os';
import type { Config } from './schema.ts';

/**
 * The URL at which people reach the service, without a slash at the end. `address`: the address on which the service
 * listens; undefined if it does not listen. For an address that means all interfaces, the URL has the host name.
 */
export function publicUrlOf(
  { publicUrl, tls }: Pick<Config['http'], 'publicUrl' | 'tls'>,
  address: { host: string; port: number } | undefined,
): string {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, '');
  const scheme = tls === null ? 'http' : 'https';
  if (address === undefined) return `${scheme}://${hostname()}`;
  const { host, port } = address;
  const everywhere = host === '0.0.0.0' || host === '::';
  return `${scheme}://${everywhere ? hostname() : host.includes(':') ? `[${host}]` : host}:${port}`;
}
