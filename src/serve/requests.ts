/** What is refused of a request before a route sees it, and how the answer says what is allowed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { limits } from '../core/model/limits.ts';
import { splitLists } from './list-parameters.ts';
import { RouteError } from './problems.ts';
import { refuseUnstorable } from './unstorable.ts';

type Server = Pick<
  FastifyInstance,
  'addHook' | 'addContentTypeParser' | 'removeContentTypeParser' | 'getDefaultJsonParser'
>;

/** JSON that changes a part (RFC 7396). Only routes that name it take it. */
export const MERGE_PATCH = 'application/merge-patch+json';

const noParameters = Type.Object({}, { additionalProperties: false });

/**
 * For a server without routes: a request without a `Host` header or with several is answered with 400, every route that does not name its query parameters has none, a method that a path does not
 * have is answered with 405, a body of a type that a route does not take with 415, a write under a condition with 412, and JSON that is nested too deeply or text that no store gives back as it was with 400.
 */
export function checkRequests(server: Server): void {
  const methods = new Map<string, Set<string>>();
  server.addHook('onRoute', (route) => {
    route.schema = { querystring: noParameters, ...route.schema };
    const known = methods.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) known.add(method);
    methods.set(route.url, known);
  });
  server.addHook('onRequest', async (request, reply) => {
    refuseHosts(request);
    if (request.is404) refusePath(request, reply, methods);
  });
  // After the hooks of `auth.ts`: who may not ask learns nothing.
  server.addHook('preParsing', async (request, reply) => {
    refuseQuery(request);
    refuseConditions(request);
    refuseBody(request, reply);
  });
  server.addHook('preValidation', async ({ params, query, body }) => {
    // A body that is no JSON is of a terminal or a table; whoever reads those knows a NUL.
    refuseUnstorable({ params, query, body: typeof body === 'string' || Buffer.isBuffer(body) ? null : body });
  });
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser(['application/json', MERGE_PATCH], { parseAs: 'buffer' }, (request, bytes, done) => {
    const text = textOf(bytes as Buffer);
    if (text === null) done(new RouteError(400, 'the body is not UTF-8'));
    else if (isDeep(bytes as Buffer))
      done(new RouteError(400, `the JSON of the body is nested in more than ${limits.jsonDepth} levels`));
    else parse(request, text, done);
  });
}

/** RFC 9112 §3.2: who is before this service may have looked at another `Host` than the service does. */
/** RFC 9112 §3.2. HTTP/1.0 needs none. */
function refuseHosts({ raw: { rawHeaders, httpVersion } }: FastifyRequest): void {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length === 0 && httpVersion === '1.1')
    throw new RouteError(400, 'the request has no Host header: send one');
  if (hosts.length > 1) throw new RouteError(400, `the request has ${hosts.length} Host headers: send one`);
}

/** 405 with the methods of a path that there is, 404 for another one (RFC 9110 §15.5.6). */
function refusePath(
  { method, url }: FastifyRequest,
  reply: FastifyReply,
  methods: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const [path = ''] = url.split('?');
  for (const [pattern, known] of methods) {
    if (!fits(pattern, path)) continue;
    const allowed = [...known].sort().join(', ');
    reply.header('allow', allowed);
    throw new RouteError(405, `${path} does not know ${method}: use ${allowed}`);
  }
  throw new RouteError(404, `there is no ${method} ${path}`);
}

/** `/devices/:key` fits `/devices/sw-a`. */
function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return false;
  return wanted.every((step, index) => (step.startsWith(':') ? given[index] !== '' : step === given[index]));
}

function refuseQuery({ raw: { url = '' }, query, routeOptions }: FastifyRequest): void {
  const { properties = {} } = (routeOptions.schema?.querystring ?? {}) as { properties?: Record<string, Schema> };
  const start = url.indexOf('?');
  if (start < 0) return;
  splitLists(query as Record<string, unknown>, (name) => isListed(properties, name));
  const seen = new Set<string>();
  for (const part of url.slice(start + 1).split('&')) {
    const [name, value] = [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)].map(unescaped);
    if (name === null || value === null)
      throw new RouteError(
        400,
        `the query ${JSON.stringify(part)} has a % that begins no UTF-8 escape: write it as %25`,
      );
    if (name === undefined || name === '') continue;
    if (seen.has(name) && !isListed(properties, name))
      throw new RouteError(400, `the parameter ${JSON.stringify(name)} is given more than once`);
    seen.add(name);
    // Ajv lets `1e400` pass, as infinity, which it compares with no bound.
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (schema?.['type'] === 'integer' && !/^-?\d{1,15}$/.test(value ?? ''))
      throw new RouteError(400, `the parameter ${name} ${wholeNumber(schema) ?? 'must be a whole number'}`);
  }
}

/** Whether a parameter takes several values. */
function isListed(properties: Readonly<Record<string, Schema>>, name: string): boolean {
  return Object.hasOwn(properties, name) && properties[name]?.['type'] === 'array';
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/**
 * What is written has no entity tags, so no condition on one is ever true but that there is something (RFC 9110 §13.1): a write
 * that is meant for another state is not done.
 */
function refuseConditions({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  const match = headers['if-match'];
  const isHeld = match === undefined || (match.trim() === '*' && method !== 'PUT');
  if (isHeld && headers['if-none-match'] === undefined) return;
  const name = isHeld ? 'If-None-Match' : 'If-Match';
  throw new RouteError(
    412,
    `nothing was written: ${name} cannot be held, as what is written has no entity tag; send the request without it`,
  );
}

/** A route without a body ignores one of JSON. */
function refuseBody({ headers, method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody || method === 'GET' || method === 'HEAD') return;
  const transfer = headers['transfer-encoding'];
  if (transfer !== undefined && transfer.trim().toLowerCase() !== 'chunked')
    throw new RouteError(
      400,
      `the body is sent as ${JSON.stringify(transfer)}: send it as chunked, or with its length`,
    );
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    reply.header('accept-encoding', 'identity');
    throw new RouteError(415, `the body is coded as ${JSON.stringify(coding)}: send it as it is`);
  }
  const { consumes = ['application/json'] } = routeOptions.schema ?? {};
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && consumes.includes(type)) return;
  reply.header('accept', consumes.join(', '));
  const given = type === undefined ? 'the body has no content-type' : `the body is ${JSON.stringify(type)}`;
  throw new RouteError(415, `${given}: send ${consumes.join(' or ')}`);
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Whether brackets outside of texts are nested in more levels than are read; whatever else is wrong, the parser says. */
function isDeep(json: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) inText = !inText;
    else if (inText) {
      if (byte === BACKSLASH) at++;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limits.jsonDepth) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

type Schema = Readonly<Record<string, unknown>>;

/** What Ajv says of a value, as far as it is used here. */
type Invalid = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: Schema;
};

/** For Fastify's `schemaErrorFormatter`: the parameter or the part of the body that is wrong, and what is allowed. */
export function invalidRequest(errors: readonly Invalid[], where: string): Error {
  const [error] = errors;
  if (error === undefined) return new RouteError(400, `${where} is not valid`);
  const { instancePath, params, parentSchema = {} } = error;
  const known = Object.keys((parentSchema['properties'] as object | undefined) ?? {});
  if (where !== 'querystring') {
    const also = error.keyword === 'additionalProperties' ? `: ${unknownIn(params, known)}` : '';
    return new RouteError(400, `${where}${instancePath} ${words(error)}${also}`);
  }
  if (error.keyword === 'additionalProperties') return new RouteError(400, `the parameter ${unknownIn(params, known)}`);
  return new RouteError(400, `the parameter ${instancePath.split('/')[1]} ${words(error)}`);
}

function unknownIn(params: Invalid['params'], known: readonly string[]): string {
  const allowed = known.length === 0 ? 'there are none here' : `known are ${known.join(', ')}`;
  return `${JSON.stringify(params['additionalProperty'])} is unknown: ${allowed}`;
}

/** What a type or a format allows, where its name does not say it. */
const ALLOWED: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  'date-time': 'a time as 2026-03-01T00:00:00Z',
  date: 'a day as 2026-03-01',
};

function words({ keyword, params, message = 'is not valid', parentSchema = {} }: Invalid): string {
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  if (keyword === 'pattern' && parentSchema['description'] !== undefined)
    return `must be ${parentSchema['description']}`;
  const allowed = keyword === 'type' || keyword === 'format' ? ALLOWED[`${params[keyword]}`] : undefined;
  return wholeNumber(parentSchema) ?? (allowed === undefined ? message : `${message}: ${allowed}`);
}

/** What a schema of whole numbers allows; null for another one. */
function wholeNumber({ type, minimum, maximum }: Schema): string | null {
  const isBounded = type === 'integer' && minimum !== undefined && maximum !== undefined;
  return isBounded ? `must be a whole number from ${minimum} to ${maximum}` : null;
}
