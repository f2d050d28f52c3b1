import { hostname } from 'node:os';
import type { Config } from './schema.ts';

/**
 * The URL at which people reach the service, without a slash at the end. `address`: the address on which the service
 * listens; undefined if it does not listen. For an address that means all interfaces, the URL has the host name.
 */
export function publicUrlOf(
  { publicUrl }: Pick<Config['http'], 'publicUrl'>,
  address: { host: string; port: number } | undefined,
): string {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, '');
  if (address === undefined) return `http://${hostname()}`;
  const { host, port } = address;
  const everywhere = host === '0.0.0.0' || host === '::';
  return `http://${everywhere ? hostname() : host.includes(':') ? `[${host}]` : host}:${port}`;
}
