import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { serverOf } from './serving.ts';

/** Starts a server with these bounds. Returns a function that opens a connection to it. */
async function bounded(t: Test, bounds: { connections: number; requestMs: number }) {
  const { server } = serverOf({}, bounds);
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
