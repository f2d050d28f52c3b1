import { hostname } from 'node:os';
import type { Config } from './schema.ts';

/**
 * Where people reach the service, without a slash at the end. `address`: where it listens; undefined where it does not.
 * What listens on every address is reached by the machine's name.
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
