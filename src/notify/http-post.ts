import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { limits } from '../core/model/limits.ts';

/** The beginning of an answer is kept: it says why, where it is an error. */
export type Answer = { readonly status: number; readonly retryAfter: string | null; readonly text: string };

/** Sends JSON and gives the answer. Rejects where there is none: no connection, no HTTP, too late, not allowed. */
export type Post = (url: string, body: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;

/** The address that a name leads to is not one that notices may go to. */
export class RefusedAddress extends Error {
  constructor(host: string, address: string) {
    super(`${host} leads to ${address}, which is not a public address; if it is meant, set allowPrivate: true`);
  }
}

/**
 * A client of its own for each sink: its connections are nobody else's. Redirections are not followed. `allows`: which
 * addresses it may connect to, asked of the address itself, so that no name can lead elsewhere later.
 */
export function makePost({
  timeoutMs,
  allows = () => true,
}: {
  timeoutMs: number;
  allows?: (address: string) => boolean;
}): { post: Post; close: () => Promise<void> } {
  const stopping = new AbortController();
  const agent = new Agent({ connect: { lookup: guarded(allows), timeout: timeoutMs }, pipelining: 1 });
  const post: Post = async (url, body, headers) => {
    const { hostname } = new URL(url);
    const literal = hostname.replace(/^\[|\]$/g, '');
    // A literal address is not looked up.
    if (/^[\d.]+$|:/.test(literal) && !allows(literal)) throw new RefusedAddress(hostname, literal);
    const response = await request(url, {
      method: 'POST',
      body,
      headers: { 'user-agent': 'quovadis-watch', ...headers },
      dispatcher: agent,
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const { 'retry-after': retryAfter } = response.headers;
    return {
      status: response.statusCode,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      text: await beginning(response.body),
    };
  };
  const close = async () => {
    stopping.abort();
    await agent.destroy();
  };
  return { post, close };
}

/** No more is read than is kept: an answer may have no end. */
async function beginning(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes < limits.answerBytes) continue;
    body.destroy();
    break;
  }
  return Buffer.concat(parts).subarray(0, limits.answerBytes).toString('utf8');
}

function guarded(allows: (address: string) => boolean): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      const refused = addresses.find(({ address }) => !allows(address));
      if (refused !== undefined) return done(new RefusedAddress(host, refused.address), []);
      if (options.all === true) return done(null, addresses);
      const [first] = addresses;
      done(null, first?.address ?? '', first?.family ?? 4);
    });
  };
}

/** Without what may be a secret: user, password, query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** What went wrong, in a line: undici hides the reason in the cause. */
export function whyOf(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string };
  const inner = cause instanceof Error ? `: ${cause.message}` : '';
  return `${message === '' ? (code ?? 'no answer') : message}${inner}`.replace(/\s+/g, ' ').slice(0, 500);
}
