import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import type { Readiness } from '../../src/serve/readiness.ts';
import { serverOf } from './serving.ts';

const problem = 'application/problem+json';

t.test('answerErrors() gives the reason of a 503, and does not log the answer as a failure', async (t) => {
  const rows = [
    ['/readyz', (readiness: Readiness) => readiness.onDropped(), /tracked lines are dropped/],
    [
      '/readyz',
      (readiness: Readiness) => readiness.onStoreError(new Error('disk full')),
      /lines cannot be stored at the moment/,
    ],
  ] as const;
  for (const [url, happening, detail] of rows) {
    const { server, logged, readiness } = serverOf();
    happening(readiness);
    logged.splice(0);
    const response = await (await server.build()).inject(url);
    t.equal(response.headers['content-type']?.toString().split(';')[0], problem);
    t.match(response.json(), { status: 503, title: 'Service Unavailable', detail });
    t.same(logged, [], url);
  }
});

t.test('answerErrors() writes the reason of a failed request to the log only', async (t) => {
  const { server, logged } = serverOf({ now: undefined as never });
  const response = await (await server.build()).inject('/metrics/devices');
  t.match(response.json(), { status: 500, detail: 'the request failed; see the log of the service' });
  t.same(logged, ['request failed']);
});

t.test('answerUrl() answers paths that cannot be routed with problem details', async (t) => {
  const app = await serverOf().server.build();
  for (const [path, status, detail] of [
    ['%zz', 400, /not a valid URL.*%25/],
    ['a'.repeat(2000), 414, /too long/],
    [encodeURIComponent('設'.repeat(limits.inventoryCell)), 404, /there is no device 設/],
  ] as const) {
    const response = await app.inject(`/api/v1/devices/${path}`);
    t.equal(response.headers['content-type']?.toString().split(';')[0], problem);
    t.match(response.json(), { type: 'about:blank', status, detail });
    t.equal(response.statusCode, status);
  }
});

t.test('bytes that are not a request, and a request without a host, are answered with problem details', async (t) => {
  const { server } = serverOf();
  const { host, port } = await server.start({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.stop());
  const answerTo = async (bytes: string) => {
    const socket = connect(port, host);
    socket.end(bytes);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await once(socket, 'close');
    return answer;
  };
  for (const [bytes, detail] of [
    ['what is this\r\n\r\n', 'this is not an HTTP request'],
    ['GET /healthz HTTP/1.1\r\n\r\n', 'the request has no Host header: send one'],
    ['GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'the request has 2 Host headers: send one'],
  ] as const) {
    const answer = await answerTo(bytes);
    t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n(?:.*\r\n)*content-type: application\/problem\+json/);
    t.match(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), { status: 400, detail });
  }
  t.match(await answerTo('GET /healthz HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 OK/, 'HTTP/1.0 needs none');
});

t.test('streamRoutes() ends the answer to HEAD, and adds no listener', async (t) => {
  let listening = 0;
  const listen = () => {
    listening++;
    return () => {};
  };
  const app = await serverOf({
    feed: { listeners: 0, subscribe: listen, position: '', since: () => [] },
  }).server.build();
  const head = await app.inject({ method: 'HEAD', url: '/api/v1/stream' });
  t.match(head, { statusCode: 200, body: '', headers: { 'content-type': 'text/event-stream' } });
  t.equal((await app.inject({ method: 'HEAD', url: '/api/v1/incidents' })).statusCode, 200);
  t.equal(listening, 0);
});
