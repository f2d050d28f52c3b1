/**
 * The listener of `http.probe`, in a thread of its own: it answers at once, however busy the service is. `/healthz`: the main
 * thread has moved lately. `/readyz`: what the main thread says when it is asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { limits } from '../core/model/limits.ts';
import { HttpConnections } from './connections.ts';
import { PROBLEM, problem } from './problem.ts';
import type { Ready } from './ready.ts';

/** `beat`: when the main thread moved last, in nanoseconds of the monotonic clock, which all threads have in common. */
export type ProbeTask = {
  readonly host: string;
  readonly port: number;
  readonly beat: BigInt64Array<SharedArrayBuffer>;
  readonly stalledMs: number;
  readonly answerMs: number;
};

export type FromProbeThread =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'ready?' };

const { host, port, beat, stalledMs, answerMs }: ProbeTask = workerData;
const say = (message: FromProbeThread) => parentPort?.postMessage(message);

/** Requests that come while the main thread is asked wait for the same answer. */
let asking: { readonly answer: Promise<Ready>; readonly resolve: (ready: Ready) => void } | null = null;

parentPort?.on('message', (ready: Ready) => settle(ready));

function settle(ready: Ready): void {
  asking?.resolve(ready);
  asking = null;
}

function askReady(): Promise<Ready> {
  if (asking !== null) return asking.answer;
  const { promise, resolve } = Promise.withResolvers<Ready>();
  asking = { answer: promise, resolve };
  const late = setTimeout(
    () => settle({ problem: `the service is busy: no answer within ${answerMs / 1000} s` }),
    answerMs,
  );
  say({ kind: 'ready?' });
  return promise.finally(() => clearTimeout(late));
}

async function alive(): Promise<Ready> {
  const stillMs = Number(process.hrtime.bigint() - Atomics.load(beat, 0)) / 1e6;
  return { problem: stillMs > stalledMs ? `the service has not moved for ${Math.floor(stillMs / 1000)} s` : null };
}

const PROBES: Readonly<Record<string, () => Promise<Ready>>> = { '/healthz': alive, '/readyz': askReady };

async function answer({ method = '', url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, type: string, body: object, headers: Record<string, string> = {}) => {
    const text = JSON.stringify(body);
    const own = { 'content-type': type, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' };
    response.writeHead(status, { ...own, connection: 'close', ...headers }).end(method === 'HEAD' ? '' : text);
  };
  const refuse = (status: number, detail: string, headers = {}) =>
    send(status, PROBLEM, problem(status, detail), headers);
  const [path = '', query] = url.split('?');
  const probe = Object.hasOwn(PROBES, path) ? PROBES[path] : undefined;
  if (probe === undefined) return refuse(404, 'this port has only /healthz and /readyz');
  if (method !== 'GET' && method !== 'HEAD')
    return refuse(405, `${path} does not know ${method}: use GET, HEAD`, { allow: 'GET, HEAD' });
  if (query !== undefined && query !== '') return refuse(400, `${path} has no parameters`);
  const { problem: why, ...ready } = await probe();
  if (why !== null) return refuse(503, why);
  send(200, 'application/json; charset=utf-8', { status: 'ok', ...ready });
}

const timeouts = { requestTimeout: answerMs, headersTimeout: answerMs, connectionsCheckingInterval: answerMs / 10 };
const server = createServer(
  { ...timeouts, requireHostHeader: false },
  (request, response) => void answer(request, response),
);
const bounds = { connections: limits.httpProbes, reserve: 0, spared: 0, stalledMs: answerMs };
new HttpConnections(server, bounds, { onShort: () => {}, onClosed: () => {} });
server.on('error', ({ code = '', message }: NodeJS.ErrnoException) => say({ kind: 'failed', code, message }));
server.listen({ host, port }, () => {
  const bound = server.address() as AddressInfo;
  say({ kind: 'listening', host: bound.address, port: bound.port });
});
