/** Who may read and who may write. Without any token only programs of this machine may write, and no web page. */
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

/** With read tokens, only requests with a read or write token; without, everybody. */
export async function guardReading(api: FastifyInstance, { readTokens, writeTokens }: Access): Promise<void> {
  if (readTokens.length === 0) return;
  await api.register(bearerAuth, { ...answers, keys: new Set([...readTokens, ...writeTokens]) });
}

/**
 * With write tokens, only requests with one of them. Without any token, programs of this machine, if HTTP is bound to a
 * loopback address. Else nobody.
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
 * Any page can make a browser on this machine send requests. Such a request names the origin of the page. If the name of
 * the page was made to resolve to this machine (DNS rebinding), the request names a host that is not this machine.
 */
function refuseWebPages({ headers }: FastifyRequest): void {
  const host = hostOf(`http://${headers.host ?? ''}`);
  const origin = headers.origin === undefined ? host : hostOf(headers.origin);
  if (host === null || !isLoopback(host) || origin === null || !isLoopback(origin)) {
    throw new RouteError(403, 'without http.writeTokens only programs of this machine may write');
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
