/** What requests are refused, with which status and reason, over a real socket. */
import { request } from 'node:http';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { serving } from './served-store.ts';

type Given = { readonly headers?: Record<string, string>; readonly body?: string | Buffer };

async function started(t: Test) {
  const { server, logged } = serving(t);
  const { host, port } = await server.start({ host: '127.0.0.1', port: 0 });
  const ask = (method: string, path: string, { headers = {}, body }: Given = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string; detail: string }>(
      (resolve, reject) => {
        const sent = request({ host, port, method, path, headers, agent: false }, (answer) => {
          let text = '';
          answer.on('data', (part) => {
            text += part;
          });
          answer.on('end', () => {
            const isProblem = `${answer.headers['content-type']}`.startsWith('application/problem+json') && text !== '';
            const detail = isProblem ? (JSON.parse(text).detail as string) : '';
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, detail });
          });
        });
        sent.on('error', reject).end(body);
      },
    );
  const json = (method: string, path: string, body: string | Buffer) =>
    ask(method, path, { headers: { 'content-type': 'application/json' }, body });
  return { ask, json, logged };
}

const READ = ['/healthz', '/readyz', '/metrics', '/metrics/devices', '/runbook', '/openapi.json', '/api/v1/stream'];
const LISTS = ['incidents', 'devices', 'messages', 'unparsed', 'notices', 'losses'].map((list) => `/api/v1/${list}`);

t.test(
  'A query parameter that a route does not have is refused everywhere, and the known ones are named',
  async (t) => {
    const { ask, json } = await started(t);
    for (const path of [...READ, '/api/v1/fleet', '/api/v1/devices/sw-a', '/api/v1/about', '/api/v1/health/pipeline']) {
      for (const method of ['GET', 'HEAD']) {
        const { status, detail } = await ask(method, `${path}?colour=red`);
        t.equal(status, 400, `${method} ${path}`);
        if (method === 'GET') t.equal(detail, 'the parameter "colour" is unknown: there are none here', path);
      }
    }
    for (const path of LISTS) {
      const { status, detail } = await ask('GET', `${path}?colour=red&limit=1`);
      t.equal(status, 400, path);
      t.match(detail, /^the parameter "colour" is unknown: known are .*cursor, limit$/, path);
    }
    t.equal((await json('POST', '/-/reload?now=1', '{}')).status, 400);
    t.equal((await json('PUT', '/api/v1/devices/sw-a/inventory?dry=1', '{}')).status, 400);
  },
);

t.test('A wrong value is refused with the name of the parameter and what is allowed', async (t) => {
  const { ask } = await started(t);
  const whole = `the parameter limit must be a whole number from 1 to ${limits.pageRows}`;
  const rows: readonly (readonly [query: string, detail: string | RegExp])[] = [
    ...['0', '-1', '501', 'x', '1.5', '1e99', '1e400', '9'.repeat(400), 'NaN', 'Infinity', '%00'].map(
      (limit) => [`incidents?limit=${limit}`, whole] as const,
    ),
    ['incidents?state=shut', /^the parameter state must be one of suspected, .*closed, open$/],
    ['incidents?state=open,shut', /^the parameter state must be one of suspected, /],
    [
      'incidents?openedAfter=yesterday',
      /^the parameter openedAfter must match format "date-time": a time as 2026-03-01T00:00:00Z$/,
    ],
    ['incidents?sort=name', /^the parameter sort must be one of openedAt, -openedAt, /],
    ['incidents?acknowledged=maybe', /^the parameter acknowledged must be boolean: true or false$/],
    ['incidents?severity=', /^the parameter severity must be one of /],
    ['devices?condition=Broken', /^the parameter condition must be one of /],
    ['losses?sort=lines', /^the parameter sort must be one of /],
    ['incidents?limit=1&limit=2', 'the parameter "limit" is given more than once'],
    ['devices?q=a&%71=b', 'the parameter "q" is given more than once'],
    ['devices?plant=%zz', /^the query "plant=%zz" has a % .*%25$/],
    ['devices?plant=%ff', /%25$/],
    ['devices?%=1', /%25$/],
    ['devices?__proto__=1', /^the parameter "__proto__" is unknown/],
  ];
  for (const [query, detail] of rows) {
    const answer = await ask('GET', `/api/v1/${query}`);
    t.equal(answer.status, 400, query);
    t.match(answer.detail, detail, query);
  }
});

t.test('A method that a path does not have is answered with 405 and those that it has', async (t) => {
  const { ask } = await started(t);
  const rows = [
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
    ['OPTIONS', '/api/v1/incidents', 'GET, HEAD'],
    ['PATCH', '/api/v1/incidents/qv-sw-a-1', 'GET, HEAD'],
    ['TRACE', '/runbook', 'GET, HEAD'],
    ['PROPFIND', '/api/v1/devices', 'GET, HEAD'],
    ['GET', '/-/reload', 'POST'],
    ['HEAD', '/api/v1/inventory', 'POST'],
    ['GET', '/api/v1/incidents/qv-sw-a-1/close', 'POST'],
    ['POST', '/api/v1/devices/sw%2Fa', 'DELETE, GET, HEAD'],
  ] as const;
  for (const [method, path, allow] of rows) {
    const { status, headers, detail } = await ask(method, path);
    t.equal(status, 405, `${method} ${path}`);
    t.equal(headers['allow'], allow, path);
    if (method !== 'HEAD') t.match(detail, new RegExp(`does not know ${method}: use ${allow}`));
  }
  for (const path of ['/nothing', '/api/v1', '/api/v1/nothing', '/healthz/', '/api/v1/devices/', '//healthz'])
    for (const method of ['GET', 'POST', 'PROPFIND'])
      t.equal((await ask(method, path)).status, 404, `${method} ${path}`);
});

t.test('HEAD is answered as GET is, without a body', async (t) => {
  const { ask } = await started(t);
  for (const path of [...READ.filter((path) => path !== '/api/v1/stream'), ...LISTS, '/api/v1/devices/none']) {
    const [get, head] = [await ask('GET', path), await ask('HEAD', path)];
    t.same([head.status, head.headers['content-type'], head.text], [get.status, get.headers['content-type'], ''], path);
  }
  t.match(await ask('HEAD', '/api/v1/stream'), { status: 200, headers: { 'content-type': 'text/event-stream' } });
});

const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

t.test('A body of another type than the route takes is answered with 415, and with the types it takes', async (t) => {
  const { ask } = await started(t);
  const rows = [
    ['POST', 'incidents/qv-sw-a-1/notes', 'text/plain', 'application/json'],
    ['POST', 'incidents/qv-sw-a-1/close', 'application/xml', 'application/json'],
    ['PUT', 'devices/sw-a/inventory', 'text/csv', 'application/json'],
    ['POST', 'devices/sw-a/trustpool', 'application/json', 'text/plain'],
    ['POST', 'inventory', 'text/plain', `text/csv, ${WORKBOOK}, application/json`],
    ['POST', 'inventory', 'multipart/form-data; boundary=x', `text/csv, ${WORKBOOK}, application/json`],
    ['POST', 'inventory', '', `text/csv, ${WORKBOOK}, application/json`],
    ['POST', 'notices/retry', 'application/x-www-form-urlencoded', 'application/json'],
  ] as const;
  for (const [method, path, type, accept] of rows) {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const answer = await ask(method, `/api/v1/${path}`, { headers, body: 'hostname\nsw-a\n' });
    t.equal(answer.status, 415, `${path} ${type}`);
    t.equal(answer.headers['accept'], accept, path);
  }
  const coded = { headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' }, body: 'x' };
  t.match(await ask('POST', '/api/v1/inventory', coded), { status: 415, detail: /gzip/ });
  const csv = { headers: { 'content-type': 'Text/CSV; charset=utf-8' }, body: 'hostname\nsw-a\n' };
  t.equal((await ask('POST', '/api/v1/inventory', csv)).status, 200);
});

t.test('A write under a condition on entity tags is answered with 412, and nothing is written', async (t) => {
  const { ask, json } = await started(t);
  const path = '/api/v1/devices/sw-a/inventory';
  const plant = async () => JSON.parse((await ask('GET', '/api/v1/devices/sw-a')).text).plant;
  t.equal((await json('PUT', path, '{"hostname":"sw-a","plant":"North"}')).status, 200);
  const { headers } = await ask('GET', '/api/v1/devices/sw-a');
  const tag = `${headers['etag']}`;
  const conditions = [
    ...[tag, tag.slice(2), `"x", ${tag}`, '"x"', ''].map((value) => ({ 'if-match': value })),
    ...['*', tag, '"x"'].map((value) => ({ 'if-none-match': value })),
    { 'if-match': '*', 'if-none-match': '*' },
  ];
  for (const method of ['PATCH', 'PUT'])
    for (const condition of conditions) {
      const given = { headers: { 'content-type': 'application/json', ...condition }, body: '{"plant":"South"}' };
      const answer = await ask(method, path, given as Given);
      t.match(answer, { status: 412, detail: /^nothing was written: If-(None-)?Match / }, JSON.stringify(condition));
      t.equal(await plant(), 'North', `${method} ${JSON.stringify(condition)}`);
    }
  const any = { headers: { 'content-type': 'application/json', 'if-match': '*' }, body: '{"plant":"West"}' };
  t.equal((await ask('PUT', path, any)).status, 412, 'a PUT would also make what is not there');
  t.equal((await ask('PATCH', path, any)).status, 200, 'there is something');
  t.equal(await plant(), 'West');
  t.equal((await ask('PATCH', '/api/v1/devices/sw-none/inventory', any)).status, 404);
});

t.test('A body in a transfer coding but chunked is refused', async (t) => {
  const { ask } = await started(t);
  for (const coding of ['gzip, chunked', 'deflate, chunked', 'chunked, chunked', 'x, chunked']) {
    const headers = { 'content-type': 'text/csv', 'transfer-encoding': coding };
    const { status } = await ask('POST', '/api/v1/inventory', { headers, body: 'hostname\nsw-a\n' });
    t.equal(status, 400, coding);
  }
  const chunked = { 'content-type': 'text/csv', 'transfer-encoding': 'Chunked' };
  t.equal((await ask('POST', '/api/v1/inventory', { headers: chunked, body: 'hostname\nsw-a\n' })).status, 200);
});

t.test('JSON that is too deep, broken, poisoned or not UTF-8 is 400', async (t) => {
  const { json, logged } = await started(t);
  const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
  const deep = [33, 1000, 100_000].flatMap((depth) => [
    nested(depth, '[', ']'),
    `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    `{"text":${nested(depth, '[', ']')}}`,
  ]);
  const broken = [
    '{',
    '[[[',
    ']',
    'nul',
    '{"a":1}}',
    '"\\',
    '\u0000',
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
  ];
  for (const path of ['inventory', 'incidents/qv-sw-a-1/notes', 'devices/sw-a/senders']) {
    for (const body of deep) {
      const answer = await json('POST', `/api/v1/${path}`, body);
      t.match(answer, { status: 400, detail: /nested in more than 32 levels/ }, `${path} ${body.slice(0, 20)}`);
    }
    for (const body of [...broken, Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0xc0, 0x80])])
      t.equal((await json('POST', `/api/v1/${path}`, body)).status, 400, `${path} ${JSON.stringify(`${body}`)}`);
  }
  const brackets = JSON.stringify([{ hostname: 'sw-a', plant: `\\"${'['.repeat(100)}` }]);
  t.equal((await json('POST', '/api/v1/inventory', brackets)).status, 200, 'brackets in a text are no levels');
  t.same(logged, []);
});

t.test('A NUL in the path, the query or the JSON of the body is 400, and the answer says where it is', async (t) => {
  const { ask, json, logged } = await started(t);
  const nul = (part: string) => ({ status: 400, detail: `${part} has the character NUL (U+0000): send it without` });
  for (const path of ['devices/%00', 'devices/sw%00-a', 'incidents/%00'])
    t.match(await ask('GET', `/api/v1/${path}`), nul('the path'), path);
  for (const path of ['devices?q=%00', 'incidents?q=a%00b', 'search?q=%00', 'devices?plant=%00'])
    t.match(await ask('GET', `/api/v1/${path}`), nul('the query'), path);
  for (const body of [
    { by: 'kim\0', text: 'on it' },
    { by: 'kim', text: '\0' },
  ])
    t.match(await json('POST', '/api/v1/incidents/qv-sw-a-1/notes', JSON.stringify(body)), nul('the body'));
  t.match(await json('POST', '/api/v1/inventory', JSON.stringify([{ hostname: 'sw\0' }])), nul('the body'));
  t.match(await json('POST', '/api/v1/incidents/%00/notes', '{"by":"kim","text":"x"}'), nul('the path'));
  const table = { headers: { 'content-type': 'text/csv' }, body: 'hostname\nsw\0\n' };
  t.match(
    await ask('POST', '/api/v1/inventory', table),
    { status: 400, text: /is no\s+text: save it as CSV/ },
    'as of a file',
  );
  t.same(logged, []);
});

t.test('Half of a character in a JSON body is 400, in each text and key of it, and nothing is stored', async (t) => {
  const { ask, json, logged } = await started(t);
  const half = { status: 400, detail: /^the body has half of a character .*: send it without$/ };
  for (const body of [
    '{"by":"k\\ud800","text":"on it"}',
    '{"by":"kim","text":"\\udc00 on it"}',
    '{"by":"kim","text":"\\ude00\\ud83d"}',
    '{"by":"kim","t\\udfff":"on it"}',
  ])
    for (const path of ['notes', 'acknowledge', 'close'])
      t.match(await json('POST', `/api/v1/incidents/qv-sw-a-1/${path}`, body), half, `${path} ${body}`);
  t.match(await json('POST', '/api/v1/inventory', '[{"hostname":"sw-a","plant":"a\\ud800b"}]'), half);
  t.match(await json('PUT', '/api/v1/devices/sw-a/inventory', '{"release":"17\\ud800"}'), half);
  t.match(await json('PATCH', '/api/v1/devices/sw-a/inventory', '{"release":"17\\ud800"}'), half);
  const whole = await json('PUT', '/api/v1/devices/sw-a/inventory', '{"plant":"\\ud83d\\ude00"}');
  t.match(JSON.parse(whole.text), { inventory: { plant: '😀' } }, 'both halves are one character');
  const asBytes = Buffer.concat([Buffer.from('hostname,plant\nsw-b,a'), Buffer.from([0xed, 0xa0, 0x80])]);
  const table = await ask('POST', '/api/v1/inventory', { headers: { 'content-type': 'text/csv' }, body: asBytes });
  t.equal(table.status, 200, 'what is no UTF-8 is read as Windows-1252');
  for (const path of ['devices/%ed%a0%80', 'devices?q=%ed%a0%80', 'incidents?plant=%ed%a0%80'])
    t.equal((await ask('GET', `/api/v1/${path}`)).status, 400, path);
  t.same(logged, []);
});

t.test('The OpenAPI document says which token each route takes', async (t) => {
  const { ask } = await started(t);
  type Operation = { readonly security?: readonly object[]; readonly responses: Readonly<Record<string, unknown>> };
  const document = JSON.parse((await ask('GET', '/openapi.json')).text) as {
    readonly components: { readonly securitySchemes: object };
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const bearer = { type: 'http', scheme: 'bearer' };
  t.match(document.components.securitySchemes, { readToken: bearer, writeToken: bearer });
  const [read, write] = [{ readToken: [] }, { writeToken: [] }];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { security, responses }] of Object.entries(methods)) {
      // Who logs in has no token in a header yet.
      const isApi = (path.startsWith('/api/v1') && path !== '/api/v1/session') || path.startsWith('/-/');
      const expected = isApi
        ? method === 'get'
          ? [read, write]
          : [write]
        : path.startsWith('/metrics')
          ? [{}, read, write]
          : [];
      t.strictSame(security, expected, `${method} ${path}`);
      if (isApi && path !== '/api/v1/stream')
        t.ok(responses['401'] && responses['403'], `${method} ${path} may be refused`);
    }
  }
});
