import { once } from 'node:events';
import { connect } from 'node:net';
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

t.test('HttpServer closes each connection beyond its bound', async (t) => {
  const client = await bounded(t, { connections: 1, requestMs: 60_000 });
  const first = await client();
  const second = await client();
  await once(second, 'close');
  first.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  t.match(String(await once(first, 'data')), /^HTTP\/1\.1 200 /);
  first.destroy();
});

t.test('HttpServer has the bounds of limits', async (t) => {
  const { server } = (await serverOf().server.build()) as unknown as {
    server: { maxConnections: number; requestTimeout: number; headersTimeout: number };
  };
  const { maxConnections, requestTimeout, headersTimeout } = server;
  t.same([maxConnections, requestTimeout], [limits.httpConnections, limits.httpRequestMs]);
  t.ok(headersTimeout <= requestTimeout, 'Node.js uses the longer timeout for the request');
});
