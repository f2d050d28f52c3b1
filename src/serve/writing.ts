/** Who may write: the bearers of a write token; without any token only programs of this machine, and no web page. */
import bearerAuth from '@fastify/bearer-auth';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RouteError } from './errors.ts';

export type Access = {
  readonly readTokens: readonly string[];
  readonly writeTokens: readonly string[];
  /** The address that HTTP is bound to. */
  readonly host: string;
};

export async function guardReading(api: FastifyInstance, { readTokens, writeTokens }: Access): Promise<void> {
  if (readTokens.length === 0) return;
  await api.register(bearerAuth, { ...answers, keys: new Set([...readTokens, ...writeTokens]) });
}

export async function guardWriting(api: FastifyInstance, access: Access): Promise<void> {
  const { readTokens, writeTokens, host } = access;
  if (writeTokens.length > 0) {
    await api.register(bearerAuth, { ...answers, keys: new Set(writeTokens) });
  } else if (readTokens.length > 0 || !isLoopback(host)) {
    api.addHook('onRequest', async () => {
      throw new RouteError(403, 'writing needs a token: configure http.writeTokens');
    });
  } else api.addHook('onRequest', async (request) => refuseWebPages(request));
}

/**
 * A browser on this machine can be made to send requests by any page. Such a request names the page's origin, or, where
 * the page's name was pointed at this machine, a host that is not this machine's.
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
  errorResponse: ((error: Error) => ({
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    detail: error.message,
  })) as never,
  contentType: 'application/problem+json',
};
