/**
 * Any request on the port of a real service: the answer is never 5xx, nothing is thrown, and every refusal is a problem with its
 * reason. The requests are made of the routes in the OpenAPI document. `SEED=7` repeats a run.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { BODIES } from '../given.ts';
import { get, incidentsOf, running, until } from './running.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env['RUNS'] ?? 1500);

type Parameter = { readonly name: string; readonly in: string };
type Document = {
  readonly paths: Record<string, Record<string, { parameters?: readonly Parameter[]; requestBody?: unknown }>>;
};

/** What came until the end, or until the end of the first head if the answer is a stream. */
async function exchange(port: number, bytes: Buffer, isWhole: boolean): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    heard += part;
    if (/^content-type: text\/event-stream/im.test(heard) && heard.includes('\r\n\r\n')) socket.destroy();
  });
  // The service may close before it has read everything.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  // Node.js does not answer a request whose sender has ended before the answer is there.
  if (isWhole) socket.write(bytes);
  else socket.end(bytes);
  await closed;
  return heard;
}

const HOSTILE = [
  ...[
    '',
    ' ',
    '\0',
    '%',
    '%00',
    '%zz',
    '%ff',
    '%c0%80',
    '..',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'null',
    '設',
  ],
  ...[
    '-1',
    '0',
    '1e400',
    '9'.repeat(400),
    '1'.repeat(18),
    'NaN',
    '0x10',
    'true',
    '[]',
    '{}',
    "'--",
    '"',
    '\\',
    '\u202e',
    '\ud800',
  ],
  ...['x'.repeat(3000), 'a,b', 'a;b', '1970-01-01T00:00:00Z', '-271821-04-20T00:00:00Z', '9999-12-31T23:59:60Z'],
];
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 12 }));
const known = fc.constantFrom('sw-a', 'qv-sw-a-1', 'sw-b', '192.0.2.1', '1', 'quovadis-root-ca-2');

/** In a path or a query: escaped as a client does, or as it is, without what would end the line of the request. */
const inUrl = fc.tuple(fc.oneof(known, text), fc.boolean()).map(([value, escaped]) => {
  const safe = value.toWellFormed();
  return escaped
    ? encodeURIComponent(safe)
    : Buffer.from(safe)
        .toString('latin1')
        .replace(/[^\x21-\x7e]/g, '');
});

const leaf = fc.oneof(text, fc.double(), fc.integer(), fc.constantFrom(null, true, false));
const KEYS = [
  ...[
    'by',
    'text',
    'address',
    'disposition',
    'hypothesis',
    'hostname',
    'serial',
    'pid',
    'release',
    'plant',
    'licensing',
  ],
  ...['sink', 'state', '__proto__', 'toString'],
];
const json = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('any'), { maxLength: 4 }), tie('object')),
  object: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...KEYS), text), tie('any')), { maxLength: 6 })
    .map((entries) => Object.fromEntries(entries)),
}));
const body = fc.oneof(
  json.any.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  json.object.map((value) => Buffer.from(JSON.stringify(value))),
  fc
    .array(fc.constantFrom('hostname,address,serial', 'sw-a,192.0.2.1,FDO1', '\n', '"', ',', '\r\n', '\0', 'sw-b'))
    .map((cells) => Buffer.from(cells.join(''))),
  fc.integer({ min: 1, max: 60_000 }).map((depth) => Buffer.from('['.repeat(depth) + ']'.repeat(depth))),
  fc.integer({ min: 1, max: 60_000 }).map((depth) => Buffer.from('{"a":'.repeat(depth))),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('CA Certificate\n  Status: Available\n', '{}', 'null', '[]').map((sample) => Buffer.from(sample)),
);
const TYPES = [
  'application/json',
  'text/csv',
  'text/plain',
  'text/csv; charset=utf-16',
  'application/xml',
  '',
  'a/b/c',
  ';;',
];
const HEADERS = [
  ...[
    'authorization: Bearer x',
    'authorization: Basic ',
    'origin: null',
    'origin: http://[',
    'sec-fetch-site: cross-site',
  ],
  ...[
    'accept: nothing/at-all',
    'content-encoding: gzip',
    'range: bytes=0-1',
    'if-none-match: *',
    'expect: 100-continue',
  ],
  ...[
    'expect: nothing',
    'upgrade: websocket',
    'host: attacker.example.com',
    'x-http-method-override: DELETE',
    'cookie: \x80',
  ],
];
/** Most requests are wrong in one way: what is wrong in the first one that is looked at hides the others. */
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: other });

const UNREADABLE = new Set(['get', 'NONE']);
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'get',
  'NONE',
];

t.test('No request is answered with 5xx, and every refusal is a problem', async (t) => {
  t.comment(`seed ${seed}`);
  const service = await running(t);
  const port = service.addresses.http?.port ?? 0;
  const syslog = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
  for (const line of [BODIES.callHome205, BODIES.commFailed, BODIES.crlSla])
    syslog.write(`<187>12: sw-a: Mar  1 18:46:11.123: ${line}\n`);
  syslog.end();
  await until(
    () => incidentsOf(service.api),
    ([first]) => first?.device === 'sw-a',
  );
  const { paths } = await get<Document>(`${service.api}/openapi.json`);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method, path] as const),
  );
  const writing = routes.filter(([method]) => method !== 'get');
  t.ok(routes.length > 25, `${routes.length} routes`);
  const names = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ parameters = [] }) =>
      parameters.filter((each) => each.in === 'query').map(({ name }) => name),
    ),
  );
  const url = fc.record({
    route: fc.constantFrom(
      ...routes,
      ...writing,
      ...writing,
      ['get', '/openapi.json'] as const,
      ['get', '/nothing/{x}'] as const,
    ),
    method: mostly<string | null>(fc.constant(null), fc.constantFrom(...METHODS)),
    steps: fc.array(inUrl, { minLength: 2, maxLength: 2 }),
    query: mostly<[string, string][]>(
      fc.constant([]),
      fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), inUrl), inUrl), { maxLength: 3 }),
    ),
    headers: mostly<string[]>(fc.constant([]), fc.array(fc.constantFrom(...HEADERS), { maxLength: 2 })),
    type: mostly(fc.constant('application/json'), fc.constantFrom(...TYPES)),
    body: fc.option(body, { freq: 9 }),
    chunked: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(url, async ({ route: [own, path], method, steps, query, headers, type, body, chunked }) => {
      let step = 0;
      const target = path.replace(/\{\w+\}/g, () => steps[step++] ?? '');
      const asked = query.length === 0 ? '' : `?${query.map(([name, value]) => `${name}=${value}`).join('&')}`;
      const lines = [`${method ?? own.toUpperCase()} ${target}${asked} HTTP/1.1`, 'connection: close', ...headers];
      if (!headers.some((header) => header.startsWith('host:'))) lines.push(`host: 127.0.0.1:${port}`);
      if (type !== '') lines.push(`content-type: ${type}`);
      if (body !== null) lines.push(chunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`);
      const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
      const size = `${body?.length.toString(16)}\r\n`;
      const parts =
        body === null ? [] : !chunked ? [body] : body.length === 0 ? ['0\r\n\r\n'] : [size, body, '\r\n0\r\n\r\n'];
      const answer = await exchange(port, Buffer.concat([head, ...parts.map((part) => Buffer.from(part))]), true);
      const [, status = '', rest = ''] =
        /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3})([\s\S]*)$/.exec(answer) ?? [];
      // The rest of a request that cannot be read resets the connection, and the answer with it.
      if (answer === '' && method !== null && UNREADABLE.has(method)) return;
      if (!/^[234]\d\d$/.test(status)) throw new Error(`${lines.join(' | ')}: ${answer.slice(0, 300)}`);
      if (status < '400' || status === '417' || (method ?? own).toUpperCase() === 'HEAD') return;
      const problem = JSON.parse(rest.slice(rest.indexOf('\r\n\r\n') + 4));
      if (problem.status !== Number(status) || problem.detail === '') throw new Error(`${lines[0]}: ${answer}`);
    }),
    { seed, numRuns: RUNS },
  );
  const failed = service.logged.filter(({ msg }) => /request failed/.test(`${msg}`));
  t.same(failed, []);
  t.match(await get(`${service.api}/healthz`), { status: 'ok' });
});

t.test('Any bytes are answered with 4xx, or not at all, and the next request is answered', async (t) => {
  t.comment(`seed ${seed}`);
  const service = await running(t);
  const port = service.addresses.http?.port ?? 0;
  const piece = fc.oneof(
    fc.constantFrom(
      'GET / HTTP/1.1\r\n',
      'POST /api/v1/inventory HTTP/1.1\r\n',
      'host: a\r\n',
      '\r\n\r\n',
      '\r\n',
      '\0',
      ': \r\n',
    ),
    fc.constantFrom(
      'content-length: 5\r\n',
      'content-length: -1\r\n',
      'transfer-encoding: x\r\n',
      'ffffffffffffffff\r\n',
      '{"a"',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const answer = await exchange(port, Buffer.from(pieces.join(''), 'utf8'), false);
      if (answer !== '' && !/^HTTP\/1\.1 4\d\d /.test(answer)) throw new Error(answer.slice(0, 300));
    }),
    { seed, numRuns: 300 },
  );
  t.match(await get(`${service.api}/healthz`), { status: 'ok' });
});

t.test('A request with several Host headers is refused, whatever the first one says', async (t) => {
  const service = await running(t);
  const port = service.addresses.http?.port ?? 0;
  const own = `127.0.0.1:${port}`;
  for (const path of ['/', '/healthz', '/api/v1/incidents', '/metrics', '/nowhere']) {
    for (const hosts of [
      [own, own],
      [own, 'evil.example'],
      ['evil.example', own],
    ]) {
      const lines = hosts.map((host, index) => `${index === 0 ? 'Host' : 'hOST'}: ${host}\r\n`).join('');
      const answer = await exchange(
        port,
        Buffer.from(`GET ${path} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`),
        true,
      );
      t.match(answer, /^HTTP\/1\.1 400 [\s\S]*the request has 2 Host headers: send one/, `${path} ${hosts}`);
    }
  }
});
