/** Whether everybody on the network could read what the service knows. */
import { isOwnHost } from '../core/model/names.ts';
import { listenAddress } from './load.ts';
import { type Problem, problemAt } from './problem.ts';
import type { Config } from './schema.ts';

type Http = Config['http'];

/** What a service that is started goes on with until a restart, whatever is configured by then. */
export type BoundHttp = { readonly listen: string | null; readonly hasTls: boolean };

/**
 * Why HTTP must not listen on these addresses: not loopback, and nothing says who may read. Empty if it may. `bound`: of
 * a service that is started.
 */
export function exposureProblems(http: Http, bound: BoundHttp | null = null): Problem[] {
  if (isProtected(http, bound) || http.insecure) return [];
  return exposed(http, bound).map((address) =>
    problemAt(
      'http.listen',
      `${address} is not a loopback address, so everybody on the network could read: set http.readTokens (make one with: openssl rand -hex 24), listen on 127.0.0.1, or allow it with --insecure or http.insecure: true`,
    ),
  );
}

/**
 * Why a service that asks for tokens does not use a configuration without any: a file that is half written takes them away, too.
 * Empty if it may. `used`: what the service uses now; null: nothing yet.
 */
export function openedProblems(http: Http, used: Http | null): Problem[] {
  if (used === null || !hasTokens(used) || hasTokens(http) || http.insecure) return [];
  return [
    problemAt(
      'http.readTokens',
      'the service asks for tokens now, and this configuration has none: keep a token, allow reading without one with http.insecure: true, or restart the service',
    ),
  ];
}

/** What the log says of a service that everybody on the network may read; null if not everybody may. */
export function exposureWarning(http: Http, bound: BoundHttp | null = null): string | null {
  const [address] = isProtected(http, bound) ? [] : exposed(http, bound);
  if (address === undefined) return null;
  return `http.insecure: everybody who reaches ${address} can read all devices and incidents: set http.readTokens`;
}

/** A write token may read, too. With `http.tls.clientCa` only clients with a certificate reach a service that speaks TLS. */
function isProtected(http: Http, bound: BoundHttp | null): boolean {
  const speaksTls = bound === null || bound.hasTls;
  return hasTokens(http) || (speaksTls && http.tls !== null && http.tls.clientCa !== null);
}

function hasTokens({ readTokens, writeTokens }: Http): boolean {
  return readTokens.length > 0 || writeTokens.length > 0;
}

function exposed({ listen }: Http, bound: BoundHttp | null): string[] {
  return [...new Set([listen, bound?.listen ?? null])].filter(
    (address) => address !== null && !isOwnHost(listenAddress(address)?.host ?? ''),
  ) as string[];
}
