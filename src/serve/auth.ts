/** Who may read and who may write. Without any token only programs on this machine may, but no web page. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type {} from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOwnHost } from '../core/model/names.ts';
import { RouteError } from './problems.ts';
import { isSecure } from './secure.ts';
import { cookieNames, opened, type Session } from './session.ts';

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

/**
 * `access`: what is configured now; it is asked for at each request. `host`: the address that HTTP is bound to. `now`:
 * milliseconds.
 */
export type Guard = { readonly access: () => Access; readonly host: string; readonly now: () => number };

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

function requireReader(request: FastifyRequest, reply: FastifyReply, guard: Guard): void {
  const { readTokens, writeTokens, publicUrl, insecure } = guard.access();
  const isOpen = readTokens.length === 0 && (isOwnHost(guard.host) || insecure || writeTokens.length === 0);
  if (isOpen) {
    if (isOwnHost(guard.host)) requireOwnHost(request, publicUrl);
  } else if (hasBearer(request) || sessionOf(request, guard) === null)
    requireToken(request, reply, [...readTokens, ...writeTokens]);
}

/**
 * With write tokens configured, only requests with a write token may write. Without any token, programs on this machine
 * may write if HTTP is bound to a loopback address. Otherwise nobody may.
 */
export function guardWriting(api: FastifyInstance, guard: Guard): void {
  api.addHook('onRequest', async (request, reply) => requireWriter(request, reply, guard));
}

function requireWriter(request: FastifyRequest, reply: FastifyReply, guard: Guard): void {
  const { readTokens, writeTokens, publicUrl } = guard.access();
  if (writeTokens.length > 0) {
    const session = hasBearer(request) ? null : sessionOf(request, guard);
    if (session === null) requireToken(request, reply, writeTokens, readTokens);
    else requireSessionToWrite(request, session, publicUrl);
    return;
  }
  if (readTokens.length > 0 || !isOwnHost(guard.host))
    throw new RouteError(403, 'writing needs a token: configure http.writeTokens');
  requireOwnHost(request, publicUrl);
  refuseOtherPages(request);
}

/** What the sender of a request may do here, by its session, its token, or because everybody may; null: nothing. */
export function roleOf(request: FastifyRequest, reply: FastifyReply, guard: Guard): Session['role'] | null {
  const session = hasBearer(request) ? null : sessionOf(request, guard);
  if (session?.role === 'write') return 'write';
  const may = (require: typeof requireReader) => {
    try {
      require(request, reply, guard);
      return true;
    } catch (error) {
      if (!(error instanceof RouteError)) throw error;
      reply.removeHeader('www-authenticate');
      return false;
    }
  };
  if (session === null && may(requireWriter)) return 'write';
  return may(requireReader) ? 'read' : null;
}

/** The session whose cookie a request has; null if there is none, it has ended, or its token is not configured any more. */
export function sessionOf({ cookies, headers }: FastifyRequest, { access, now }: Guard): Session | null {
  const { secure, plain } = cookieNames(headers.host, access().publicUrl);
  const cookie = cookies[secure] ?? cookies[plain];
  return cookie === undefined ? null : opened(cookie, access(), now());
}

/** The role that a token gives; null if it is not configured. Takes the same time for each token. */
export function roleOfToken(token: string, { readTokens, writeTokens }: Access): Session['role'] | null {
  const [reads, writes] = [isAmong(token, readTokens), isAmong(token, writeTokens)];
  if (writes) return 'write';
  return reads ? 'read' : null;
}

export function hasBearer({ headers }: FastifyRequest): boolean {
  return headers.authorization !== undefined;
}

function requireSessionToWrite(request: FastifyRequest, { role }: Session, publicUrl: string | null): void {
  if (role !== 'write') throw new RouteError(403, 'this session may only read: log in with one of http.writeTokens');
  requireOwnPage(request, publicUrl);
}

/** A browser sends its cookie also for a page of another port of this host, but that page's origin with it. */
export function requireOwnPage(request: FastifyRequest, publicUrl: string | null): void {
  const { origin = '', host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const from = URL.canParse(origin) ? new URL(origin) : null;
  const isAsked = from !== null && (from.host === host || (publicUrl !== null && from.origin === originOf(publicUrl)));
  const isDowngraded = from?.protocol !== 'https:' && isSecure(request, publicUrl);
  if (isAsked && !isDowngraded && (site === undefined || site === 'same-origin')) return;
  throw new RouteError(403, 'with a session only pages of this service may write: programs send a bearer token');
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
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
