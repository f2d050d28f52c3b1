import t from 'tap';
import { serving } from './served-store.ts';

const OF_PAGES = ['x-frame-options', 'referrer-policy', 'cross-origin-opener-policy'];
const DATA = "default-src 'none';frame-ancestors 'none'";

t.test('HttpServer answers every request for data as what no browser may run or frame, in few bytes', async (t) => {
  const { server } = serving(t);
  const http = await server.build();
  for (const url of [
    '/healthz',
    '/api/v1/incidents',
    '/api/v1/incidents?format=csv',
    '/api/v1/incidents/none',
    '/nothing',
    '/openapi.json',
    '/metrics',
  ]) {
    const { headers } = await http.inject(url);
    t.match(headers, { 'content-security-policy': DATA, 'x-content-type-options': 'nosniff' }, url);
    t.equal(headers['cross-origin-resource-policy'], 'same-origin', url);
    for (const name of [...OF_PAGES, 'strict-transport-security']) t.notOk(headers[name], `${url}: ${name}`);
  }
});

t.test('HttpServer answers with pages that have what protects pages', async (t) => {
  const { server } = serving(t);
  const http = await server.build();
  for (const url of ['/', '/incidents/a', '/runbook']) {
    const { headers } = await http.inject({ url, headers: { accept: 'text/html' } });
    t.match(headers, { 'content-security-policy': /^default-src 'none';.*frame-ancestors 'none'/ }, url);
    t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }, url);
    for (const name of OF_PAGES) t.ok(headers[name], `${url}: ${name}`);
    t.notOk(headers['strict-transport-security'], `${url} was not asked by https`);
  }
  const again = await http.inject({ url: '/', headers: { accept: 'text/html' } });
  const headers = { accept: 'text/html', 'if-none-match': `${again.headers.etag}` };
  t.equal((await http.inject({ url: '/', headers })).statusCode, 304);
});
