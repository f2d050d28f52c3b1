/** ETag, 304 and compression, over a real socket. */
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { event, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

type Answer = { status: number; headers: Record<string, string | undefined>; body: Buffer };

async function started(t: Test) {
  const { server, commit } = serving(t);
  const { host, port } = await server.start({ host: '127.0.0.1', port: 0 });
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      request({ host, port, path, method, headers, agent: false }, async (answer) => {
        const body = Buffer.concat(await answer.toArray());
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers as Answer['headers'], body });
      })
        .on('error', reject)
        .end();
    });
  const lines = (count: number) =>
    commit(...Array.from({ length: count }, (_, index) => event(observed(T0 + index), { origin: `sw-${index}` })));
  return { ask, lines };
}

/** One of each kind: a list, an answer of its own, a page, the document, metrics, probes. */
const WHOLE = ['incidents', 'devices', 'messages', 'fleet', 'about'].map((path) => `/api/v1/${path}`);
const PLAIN = ['/runbook', '/openapi.json', '/healthz', '/readyz'];

t.test('GET and HEAD have an ETag, and answer 304 without a body to a request that names it', async (t) => {
  const { ask, lines } = await started(t);
  await lines(3);
  for (const path of [...WHOLE, ...PLAIN]) {
    const first = await ask(path);
    const tag = first.headers['etag'] ?? '';
    t.match(tag, /^W\/"[\w-]{22}"$/, path);
    t.match(first.headers, { 'cache-control': 'private, no-cache', vary: 'accept-encoding' }, path);
    for (const method of ['GET', 'HEAD'])
      for (const named of [tag, tag.slice(2), `"x", ${tag}`, `W/"x",${tag},"y"`, '*']) {
        const again = await ask(path, { 'if-none-match': named }, method);
        t.strictSame(
          [again.status, again.body.length, again.headers['etag']],
          [304, 0, tag],
          `${method} ${path} ${named}`,
        );
        t.match(again.headers, { 'cache-control': 'private, no-cache', vary: 'accept-encoding' });
        t.strictSame([again.headers['content-type'], again.headers['content-length']], [undefined, undefined]);
      }
    for (const other of ['"x"', 'W/"x"', tag.slice(0, -2), '', tag.toUpperCase().replace('W/"', 'W/"0')]) {
      const again = await ask(path, { 'if-none-match': other });
      t.equal(again.status, 200, `${path} ${other}`);
      t.strictSame(again.body, first.body);
    }
  }
});

t.test('An ETag is another one when the answer is', async (t) => {
  const { ask, lines } = await started(t);
  await lines(1);
  const { etag = '' } = (await ask('/api/v1/messages')).headers;
  await lines(2);
  const changed = await ask('/api/v1/messages', { 'if-none-match': etag });
  t.equal(changed.status, 200);
  t.not(changed.headers['etag'], etag);
});

t.test('A refusal and a write have no ETag, and are no 304', async (t) => {
  const { ask } = await started(t);
  for (const path of ['/api/v1/devices/none', '/api/v1/incidents?limit=0', '/nothing']) {
    const answer = await ask(path, { 'if-none-match': '*' });
    t.ok(answer.status >= 400, path);
    t.strictSame([answer.headers['etag'], answer.headers['cache-control']], [undefined, 'private, no-cache'], path);
  }
  const written = await ask('/-/reload', {}, 'POST');
  t.strictSame([written.status, written.headers['etag']], [200, undefined]);
  const conditional = await ask('/-/reload', { 'if-none-match': '*' }, 'POST');
  t.strictSame([conditional.status, conditional.headers['etag']], [412, undefined]);
});

const decoded = ({ headers, body }: Answer) =>
  headers['content-encoding'] === 'br'
    ? brotliDecompressSync(body)
    : headers['content-encoding'] === 'gzip'
      ? gunzipSync(body)
      : body;

t.test(
  'An answer of limits.compressFromBytes or more is compressed as the client takes it, also a stream',
  async (t) => {
    const { ask, lines } = await started(t);
    await lines(300);
    const streams = ['/metrics/devices', '/api/v1/messages?format=csv'];
    for (const path of ['/api/v1/messages?limit=300', '/openapi.json', '/metrics', '/runbook', ...streams]) {
      const plain = await ask(path);
      const isMetrics = path === '/metrics';
      t.equal(plain.headers['content-encoding'], undefined, path);
      t.ok(plain.body.length > limits.compressFromBytes, path);
      const rows = [
        ['gzip', 'gzip'],
        ['br', 'br'],
        ['gzip, deflate, br, zstd', 'br'],
        ['gzip;q=1, br;q=0.5', 'gzip'],
        ['br;q=0, gzip', 'gzip'],
        ['identity', undefined],
        ['gzip;q=0', undefined],
        ['deflate, zstd', undefined],
      ] as const;
      for (const [accept, coding] of rows) {
        const answer = await ask(path, { 'accept-encoding': accept });
        const title = `${path} ${accept}`;
        t.strictSame([answer.status, answer.headers['content-encoding']], [200, coding], title);
        t.match(
          answer.headers['vary'],
          path.startsWith('/metrics') ? 'accept, accept-encoding' : /^accept-encoding$/,
          title,
        );
        t.equal(answer.headers['content-type'], plain.headers['content-type'], title);
        if (coding !== undefined) t.ok(answer.body.length < plain.body.length / 2, title);
        if (!isMetrics) t.ok(decoded(answer).equals(plain.body), title);
        if (!isMetrics) t.equal(answer.headers['etag'], plain.headers['etag'], title);
        const head = await ask(path, { 'accept-encoding': accept }, 'HEAD');
        t.strictSame([head.status, head.body.length, head.headers['content-length']], [200, 0, undefined], title);
      }
      if (!streams.includes(path)) {
        const again = await ask(path, { 'accept-encoding': 'gzip', 'if-none-match': `${plain.headers['etag']}` });
        if (!isMetrics)
          t.strictSame([again.status, again.headers['content-encoding'], again.body.length], [304, undefined, 0]);
      }
    }
    const short = await ask('/healthz', { 'accept-encoding': 'gzip' });
    t.strictSame([short.headers['content-encoding'], `${short.body}`], [undefined, '{"status":"ok"}']);
  },
);

t.test('GET stream is neither compressed nor kept', async (t) => {
  const { server } = serving(t);
  const { host, port } = await server.start({ host: '127.0.0.1', port: 0 });
  const headers = { 'accept-encoding': 'gzip, br', 'if-none-match': '*' };
  const answer = await fetch(`http://${host}:${port}/api/v1/stream`, { headers });
  t.strictSame(
    [answer.status, ...['content-encoding', 'etag', 'cache-control'].map((name) => answer.headers.get(name))],
    [200, null, null, 'no-store'],
  );
  await answer.body?.cancel();
});
