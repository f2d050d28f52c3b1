/** Who may read and who may write. Without any token only programs on this machine may write, but no web page. */
import bearerAuth from '@fastify/bearer-auth';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PROBLEM, problem, RouteError } from './problems.ts';

/** Bearer tokens. */
export type Tokens = {
  readonly readTokens: readonly string[];
  readonly writeTokens: readonly string[];
};

/** `host`: the address that HTTP is bound to. */
type Access = Tokens & { readonly host: string };

/** With read tokens configured, only requests with a read or write token may read; otherwise everybody may. */
export async function guardReading(api: FastifyInstance, { readTokens, writeTokens }: Access): Promise<void> {
  if (readTokens.length === 0) return;
  await api.register(bearerAuth, { ...answers, keys: new Set([...readTokens, ...writeTokens]) });
}

/**
 * With write tokens configured, only requests with a write token may write. Without any token, programs on this machine
 * may write if HTTP is bound to a loopback address. Otherwise nobody may.
 */
export async function guardWriting(api: FastifyInstance, { readTokens, writeTokens, host }: Access): Promise<void> {
  if (writeTokens.length > 0) {
    await api.register(bearerAuth, { ...answers, keys: new Set(writeTokens) });
  } else if (readTokens.length > 0 || !isLoopback(host)) {
    api.addHook('onRequest', async () => {
      throw new RouteError(403, 'writing needs a token: configure http.writeTokens');
    });
  } else api.addHook('onRequest', async (request) => refuseWebPages(request));
}

/**
 * A web page can make a browser on this machine send requests. Such a request has the page's origin in `Origin`. If the
 * page's name resolves to this machine (DNS rebinding), `Host` has this name instead of a loopback address.
 */
function refuseWebPages({ headers }: FastifyRequest): void {
  const host = hostOf(`http://${headers.host ?? ''}`);
  const origin = headers.origin === undefined ? host : hostOf(headers.origin);
  if (host === null || !isLoopback(host) || origin === null || !isLoopback(origin)) {
    throw new RouteError(403, 'without http.writeTokens only programs on this machine may write');
  }
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : null;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

const answers = {
  errorResponse: ((error: Error) => problem(401, error.message)) as never,
  contentType: PROBLEM,
};
