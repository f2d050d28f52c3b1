/** Who may read and who may write. Without any token only programs on this machine may, but no web page. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOwnHost } from '../core/model/names.ts';
import { RouteError } from './problems.ts';

/** Bearer tokens, and the URL by which people reach the service. */
export type Access = {
  readonly readTokens: readonly string[];
  readonly writeTokens: readonly string[];
  readonly publicUrl: string | null;
  /** `token`: the metrics are read with a token, as all else is. */
  readonly metrics: 'open' | 'token';
  /** Everybody may read where no read token is configured, whatever address HTTP is bound to. */
  readonly insecure: boolean;
};

/** `access`: what is configured now; it is asked for at each request. `host`: the address that HTTP is bound to. */
type Guard = { readonly access: () => Access; readonly host: string };

/**
 * With read tokens configured, only requests with a read or write token may read. With write tokens alone they are needed to
 * read on an address that is not loopback. Otherwise everybody may who means this service.
 */
export function guardReading(api: FastifyInstance, guard: Guard): void {
  api.addHook('onRequest', async (request, reply) => requireReader(request, reply, guard));
}

/** Pages that have nothing of devices: everybody may read them who means this service. */
export function guardPages(api: FastifyInstance, { access, host }: Guard): void {
  api.addHook('onRequest', async (request) => {
    const { readTokens, publicUrl } = access();
    if (readTokens.length === 0 && isOwnHost(host)) requireOwnHost(request, publicUrl);
  });
}

/** The metrics of devices and the fleet: as all reading if `http.metrics` says so, else everybody may who means this service. */
export function guardMetrics(api: FastifyInstance, guard: Guard): void {
  api.addHook('onRequest', async (request, reply) => {
    const { metrics, publicUrl } = guard.access();
    if (metrics === 'token') requireReader(request, reply, guard);
    else if (isOwnHost(guard.host)) requireOwnHost(request, publicUrl);
  });
}

function requireReader(request: FastifyRequest, reply: FastifyReply, { access, host }: Guard): void {
  const { readTokens, writeTokens, publicUrl, insecure } = access();
  const isOpen = readTokens.length === 0 && (isOwnHost(host) || insecure || writeTokens.length === 0);
  if (!isOpen) requireToken(request, reply, [...readTokens, ...writeTokens]);
  else if (isOwnHost(host)) requireOwnHost(request, publicUrl);
}

/**
 * With write tokens configured, only requests with a write token may write. Without any token, programs on this machine
 * may write if HTTP is bound to a loopback address. Otherwise nobody may.
 */
export function guardWriting(api: FastifyInstance, { access, host }: Guard): void {
  api.addHook('onRequest', async (request, reply) => {
    const { readTokens, writeTokens, publicUrl } = access();
    if (writeTokens.length > 0) {
      requireToken(request, reply, writeTokens, readTokens);
      return;
    }
    if (readTokens.length > 0 || !isOwnHost(host))
      throw new RouteError(403, 'writing needs a token: configure http.writeTokens');
    requireOwnHost(request, publicUrl);
    refuseOtherPages(request);
  });
}

/** `weaker`: tokens that are known, but may not do this: 403 instead of 401 (RFC 6750 §3.1). */
function requireToken(
  request: FastifyRequest,
  reply: FastifyReply,
  tokens: readonly string[],
  weaker: readonly string[] = [],
): void {
  const [, given] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given !== undefined && isAmong(given, tokens)) return;
  if (given !== undefined && isAmong(given, weaker))
    throw new RouteError(403, 'this token may only read: use one of http.writeTokens');
  const error = given === undefined ? '' : ', error="invalid_token"';
  reply.header('www-authenticate', `Bearer realm="quovadis-watch"${error}`);
  throw new RouteError(
    401,
    given === undefined ? 'a bearer token is needed: Authorization: Bearer TOKEN' : 'the bearer token is not known',
  );
}

/** Takes the same time for each token. */
function isAmong(given: string, tokens: readonly string[]): boolean {
  const digest = digestOf(given);
  let found = false;
  for (const token of tokens) if (timingSafeEqual(digest, digestOf(token))) found = true;
  return found;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * A web page whose name resolves to this machine (DNS rebinding) has this name in `Host` instead of a loopback address. Only
 * the name of `http.publicUrl` may stand there as well: a proxy may pass it on.
 */
function requireOwnHost({ headers }: FastifyRequest, publicUrl: string | null): void {
  const host = hostOf(`http://${headers.host ?? ''}`);
  if (host !== null && (isOwnHost(host) || (publicUrl !== null && host === hostOf(publicUrl)))) return;
  throw new RouteError(
    403,
    `without a token this service answers only to loopback addresses and to the host of http.publicUrl, not to ${JSON.stringify(headers.host ?? '')}`,
  );
}

/** A web page of another origin, also of another port, can make a browser on this machine send requests. */
function refuseOtherPages({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  const isOther = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
  const site = headers['sec-fetch-site'];
  if (isOther || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    throw new RouteError(403, 'without http.writeTokens only programs on this machine may write');
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : null;
}
