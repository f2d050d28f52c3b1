/** What clients may keep of an answer, and how they learn that it is still the same (RFC 9110 §8.8, §13.1.2). */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

const TAG = /(?:W\/)?("[^"]*")/g;

/** What a client has with the answer that it kept (RFC 9110 §15.4.5). */
const KEPT = [
  ...['content-type', 'content-length', 'content-disposition'],
  ...['content-security-policy', 'cross-origin-resource-policy', 'referrer-policy', 'x-content-type-options'],
];

/**
 * Every answer to GET and HEAD says that it may be kept by the client that asked, and has to be asked for again. One that is
 * whole before it is sent, and may change, has an entity tag; a request that names the tag is answered with 304. The tag is weak, because the same
 * answer may be compressed or not. For a server without routes; compressing comes after it.
 */
export function answerUnchanged(server: Pick<FastifyInstance, 'addHook'>): void {
  server.addHook('onSend', async ({ method, headers }, reply, payload) => {
    if (method !== 'GET' && method !== 'HEAD') return payload;
    if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'private, no-cache');
    reply.header('vary', withCoding(reply.getHeader('vary')));
    // What never changes under its name is not asked for again.
    const isFinal = `${reply.getHeader('cache-control')}`.includes('immutable');
    if (isFinal || reply.statusCode !== 200 || !(typeof payload === 'string' || Buffer.isBuffer(payload)))
      return payload;
    const tag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', `W/${tag}`);
    if (!names(headers['if-none-match'], tag)) return payload;
    reply.code(304);
    for (const name of KEPT) reply.removeHeader(name);
    // Fastify cannot take null from a HEAD, and gives '' a length.
    return method === 'HEAD' ? '' : null;
  });
}

/** What an answer depends on, with the coding once. */
function withCoding(vary: unknown): string {
  const names = `${vary ?? ''}`.split(',').flatMap((each) => each.trim() || []);
  return names.some((each) => each === '*' || each.toLowerCase() === 'accept-encoding')
    ? names.join(', ')
    : [...names, 'accept-encoding'].join(', ');
}

/** Whether `If-None-Match` names a tag, by the weak comparison. */
function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || [...header.matchAll(TAG)].some(([, each]) => each === tag);
}
