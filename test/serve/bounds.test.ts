import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { HttpConnections } from '../../src/serve/connections.ts';
import type { HttpServer } from '../../src/serve/server.ts';
import type { Serving } from '../../src/serve/serving.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';
import { serverOf } from './serving.ts';

// Each test builds a whole server, which takes seconds on a busy machine.
t.setTimeout(120_000);

/** Starts a server with these bounds. Returns a function that opens a connection to it. */
async function bounded(t: Test, bounds: ConstructorParameters<typeof HttpServer>[1], over: Partial<Serving> = {}) {
  const { server } = serverOf(over, bounds);
  const { host, port } = await server.start({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.stop());
  return async (localAddress = '127.0.0.1') => {
    const socket = connect({ port, host, localAddress });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
}

t.test('HttpServer closes a connection whose request does not end', async (t) => {
  const client = await bounded(t, { connections: 4, requestMs: 500 });
  const socket = await client();
  socket.write(
    'POST /api/v1/inventory HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/csv\r\ncontent-length: 99\r\n\r\nhost',
  );
  const [answer] = await once(socket, 'data');
  t.match(String(answer), /^HTTP\/1\.1 408 /);
  await once(socket, 'close');
});

const ask = async (socket: Socket, path: string) => {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  return String(await once(socket, 'data'));
};

t.test('connections that ask nothing lock nobody out', async (t) => {
  const client = await bounded(t, { connections: 3, requestMs: 60_000 });
  const held = [await client(), await client(), await client()];
  const further = await client();
  await once(held[0] as Socket, 'close');
  t.match(await ask(further, '/healthz'), /^HTTP\/1\.1 200 /);
  t.match(await ask(await client(), '/api/v1/incidents'), /^HTTP\/1\.1 200 [\s\S]*connection: close/i);
  for (const socket of [...held, further]) socket.destroy();
});

const secured = (socket: Socket) => connectTls({ socket, rejectUnauthorized: false });

t.test('connections without a handshake lock nobody out of TLS', { skip: withoutOpenssl }, async (t) => {
  const { key, cert } = certificate(temporaryDirectory(t), 'one');
  const tls = { key: readFileSync(key), cert: readFileSync(cert), ca: null };
  const client = await bounded(t, { connections: 3, requestMs: 60_000 }, { tls });
  const held = [await client(), await client(), await client()];
  const gone = once(held[0] as Socket, 'close');
  const further = secured(await client());
  t.match(await ask(further, '/api/v1/incidents'), /^HTTP\/1\.1 200 /);
  await gone;
  const busy = [await client(), await client(), await client()].map(secured);
  for (const socket of busy) t.match(await ask(socket, '/api/v1/stream'), /^HTTP\/1\.1 200 /);
  t.match(await ask(secured(await client()), '/api/v1/incidents'), /^HTTP\/1\.1 503 /);
  t.match(await ask(secured(await client()), '/healthz'), /^HTTP\/1\.1 200 /);
  for (const socket of [...held, ...busy, further]) socket.destroy();
});

t.test('while all connections are busy, health is answered, and everything else refused', async (t) => {
  const client = await bounded(t, { connections: 2, requestMs: 60_000 });
  const busy = [await client(), await client()];
  for (const socket of busy) t.match(await ask(socket, '/api/v1/stream'), /^HTTP\/1\.1 200 /);
  t.match(await ask(await client(), '/healthz'), /^HTTP\/1\.1 200 /);
  t.match(await ask(await client(), '/readyz'), /^HTTP\/1\.1 /);
  t.match(await ask(await client(), '/api/v1/incidents'), /^HTTP\/1\.1 503 /);
  for (const socket of busy) socket.destroy();
});

/** Counts why connections were closed. */
function closings() {
  const closed: string[] = [];
  return { closed, over: { metrics: { onHttpClosed: (reason: string) => closed.push(reason) } as unknown as Metrics } };
}

t.test(
  'places of busy connections are taken from the client that has more than a quarter',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { closed, over } = closings();
    const client = await bounded(t, { connections: 4, requestMs: 60_000 }, over);
    const held = [
      await client('127.0.0.9'),
      await client('127.0.0.9'),
      await client('127.0.0.8'),
      await client('127.0.0.9'),
    ];
    for (const socket of held) t.match(await ask(socket, '/api/v1/stream'), /^HTTP\/1\.1 200 /);
    const gone = once(held[0] as Socket, 'close');
    t.match(await ask(await client(), '/api/v1/incidents'), /^HTTP\/1\.1 200 /);
    await gone;
    t.same([closed[0], held.slice(1).some(({ closed }) => closed)], ['share', false]);
    for (const socket of held) socket.destroy();
  },
);

t.test('a connection with many unanswered requests is closed, and makes no answers', async (t) => {
  const { closed, over } = closings();
  let asked = 0;
  const store = { ...over, about: () => ({ version: `${++asked}` }) as unknown as ReturnType<Serving['about']> };
  const client = await bounded(t, { connections: 4, requestMs: 60_000 }, store);
  const few = await client();
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  let text = '';
  few.on('data', (bytes) => {
    text += bytes;
    if (text.split('HTTP/1.1 200').length > limits.httpPipelined) few.end();
  });
  few.write(get('/healthz').repeat(limits.httpPipelined));
  await once(few, 'close');
  t.equal(text.split('HTTP/1.1 200').length - 1, limits.httpPipelined, 'as many as are allowed are answered');
  for (const path of ['/openapi.json', '/api/v1/about', '/api/v1/stream', '/none']) {
    const [before, bomb] = [asked, await client()];
    const gone = once(bomb, 'close');
    bomb.pause();
    bomb.write(get(path).repeat(1300));
    bomb.resume();
    await gone;
    t.equal(closed.pop(), 'pipelined', path);
    t.ok(asked - before <= limits.httpPipelined, `${path}: ${asked - before} answers`);
  }
  t.match(await ask(await client(), '/healthz'), /^HTTP\/1\.1 200 /);
  few.destroy();
});

/** Resolves when the server has closed the connection of a client that reads nothing, so that the client cannot see it. */
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};

for (const [reason, bounds] of [
  ['stalled', { stalledMs: 60 }],
  ['unsent', { stalledMs: 60, unsentBytes: 1000 }],
] as const)
  t.test(`a client that does not read is disconnected: ${reason}`, async (t) => {
    const closed: string[] = [];
    const http = createServer((_request, response) => response.end(Buffer.alloc(32 * 1024 * 1024)));
    const events = { onShort: () => {}, onClosed: (why: string) => closed.push(why) };
    new HttpConnections(http, { connections: 4, reserve: 1, ...bounds }, events);
    await once(http.listen(0, '127.0.0.1'), 'listening');
    t.teardown(() => http.close());
    const socket = connect((http.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {}).pause();
    socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    await until(() => closed.length > 0);
    t.equal(closed[0], reason);
    socket.destroy();
  });

t.test('HttpServer has the bounds of limits', async (t) => {
  const { server } = (await serverOf().server.build()) as unknown as {
    server: { requestTimeout: number; headersTimeout: number };
  };
  const { requestTimeout, headersTimeout } = server;
  t.equal(requestTimeout, limits.httpRequestMs);
  t.ok(headersTimeout <= requestTimeout, 'Node.js uses the longer timeout for the request');
});
