import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import type { Serving } from '../../src/serve/serving.ts';
import { temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';
import { serverOf } from './serving.ts';

/** Starts a server with these bounds. Returns a function that opens a connection to it. */
async function bounded(t: Test, bounds: { connections: number; requestMs: number }, over: Partial<Serving> = {}) {
  const { server } = serverOf(over, bounds);
  const { host, port } = await server.start({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.stop());
  return async () => {
    const socket = connect(port, host);
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

t.test('HttpServer has the bounds of limits', async (t) => {
  const { server } = (await serverOf().server.build()) as unknown as {
    server: { requestTimeout: number; headersTimeout: number };
  };
  const { requestTimeout, headersTimeout } = server;
  t.equal(requestTimeout, limits.httpRequestMs);
  t.ok(headersTimeout <= requestTimeout, 'Node.js uses the longer timeout for the request');
});
