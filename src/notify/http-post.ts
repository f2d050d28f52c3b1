import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { limits } from '../core/model/limits.ts';
import { RefusedAddress } from './http-failure.ts';

/** `text`: the first `limits.answerBytes` of the body; of an error they have the reason. */
export type Answer = { readonly status: number; readonly retryAfter: string | null; readonly text: string };

/** Posts a body and returns the answer. Rejects without an answer: no connection, no HTTP, timeout, refused address. */
export type Post = (url: string, body: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;

/**
 * An HTTP client for one sink, with its own connections. It follows no redirects. `allowAddress`: whether it may
 * connect to an address. The client checks the address that it then connects to, so that a name cannot resolve to
 * another one later.
 */
export function makePost({
  timeoutMs,
  allowAddress = () => true,
}: {
  timeoutMs: number;
  allowAddress?: (address: string) => boolean;
}): { post: Post; close: () => Promise<void> } {
  const stopping = new AbortController();
  const agent = new Agent({ connect: { lookup: guardedLookup(allowAddress), timeout: timeoutMs }, pipelining: 1 });
  const post: Post = async (url, body, headers) => {
    const { hostname } = new URL(url);
    const literal = hostname.replace(/^\[|\]$/g, '');
    // A literal address is not looked up.
    if (/^[\d.]+$|:/.test(literal) && !allowAddress(literal)) throw new RefusedAddress(hostname, literal);
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
      text: await firstBytes(response.body),
    };
  };
  const close = async () => {
    stopping.abort();
    await agent.destroy();
  };
  return { post, close };
}

/** Stops reading at the limit: an answer may have no end. */
async function firstBytes(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
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

function guardedLookup(allowAddress: (address: string) => boolean): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      const refused = addresses.find(({ address }) => !allowAddress(address));
      if (refused !== undefined) return done(new RefusedAddress(host, refused.address), []);
      if (options.all === true) return done(null, addresses);
      const [first] = addresses;
      done(null, first?.address ?? '', first?.family ?? 4);
    });
  };
}
