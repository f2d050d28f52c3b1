import { once } from 'node:events';
import { get } from 'node:http';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import type { FleetReport } from '../../src/operate/fleet-report.ts';
import { csvOf } from '../../src/serve/csv.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { yieldToEventLoop } from '../../src/yield-to-event-loop.ts';
import { event, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

type Cell = string | number | boolean | null | readonly string[];

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

/** What work resolves with, and how many turns of the event loop went by meanwhile. */
async function turnsOf<T>(work: () => Promise<T>): Promise<[number, T]> {
  let turns = 0;
  let isOn = true;
  const counting = (async () => {
    for (; isOn; turns++) await yieldToEventLoop();
  })();
  const result = await work();
  isOn = false;
  await counting;
  return [turns, result];
}

/** A list of these rows as the API would read it, `size` rows a page. */
function paged<R extends Record<string, Cell>>(
  rows: readonly R[],
  size: number,
  columns: readonly (keyof R & string)[],
) {
  const read = async ({ cursor = '0' }: { cursor?: string | undefined }) => {
    const end = Number(cursor) + size;
    return { rows: rows.slice(Number(cursor), end), next: end < rows.length ? `${end}` : null };
  };
  return { columns, read };
}

t.test('csvOf() gives back every text, however pages are cut, and no cell begins as a formula', async (t) => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('=cmd|x', '+1', '-1', '@A1', '\tx', '\rx', '"', ',', 'a\r\nb', 'a\nb', 'a\rb', "'x", ''),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.constantFrom('show clock', '=1', '')),
  );
  const rows = fc.array(fc.record({ name: cell, text: cell }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 50 }), async (rows, size) => {
      const list = paged(rows, size, ['text', 'name']);
      const text = await textOf(csvOf(list, await list.read({})));
      // As readers do that take each kind of line end.
      const back = parse(text, { record_delimiter: ['\r\n', '\n', '\r'] }) as string[][];
      t.strictSame(back[0], ['text', 'name']);
      t.equal(back.length, rows.length + 1);
      for (const [index, row] of rows.entries())
        for (const [column, value] of [row.text, row.name].entries()) {
          const plain = value === null ? '' : Array.isArray(value) ? value.join('; ') : `${value}`;
          const given = back[index + 1]?.[column] ?? '';
          const isFormula = typeof value !== 'number' && /^[=+\-@\t\r＝＋－＠]/.test(plain);
          t.equal(given, isFormula ? `'${plain}` : plain);
        }
    }),
    { numRuns: 60 },
  );
});

t.test('csvOf() ends with a comment when there are more rows than limits.csvRows, and only then', async (t) => {
  for (const more of [0, 1, limits.pageRows]) {
    const rows = Array.from({ length: limits.csvRows + more }, (_, id) => ({ id }));
    const list = paged(rows, limits.pageRows, ['id']);
    const lines = (await textOf(csvOf(list, await list.read({})))).trimEnd().split('\r\n');
    t.equal(lines[limits.csvRows], `${limits.csvRows - 1}`);
    t.strictSame(lines.slice(limits.csvRows + 1), more === 0 ? [] : ['# cut after 100000 rows: ask with more filters']);
  }
});

t.test(
  'csvOf() lets other work go on before each page and between its parts, however fast the reader is',
  async (t) => {
    const pages = 8;
    const rows = Array.from({ length: pages * limits.pageRows }, (_, id) => ({ id }));
    const list = paged(rows, limits.pageRows, ['id']);
    let turns = 0;
    let isOn = true;
    const turn = () => {
      turns++;
      if (isOn) setImmediate(turn);
    };
    setImmediate(turn);
    const seen: number[] = [];
    const read = async (page: { cursor?: string | undefined }) => {
      seen.push(turns);
      return list.read(page);
    };
    const parts: string[] = [];
    for await (const part of csvOf({ ...list, read }, await read({}))) parts.push(part);
    isOn = false;
    t.equal(seen.length, pages);
    for (const [index, at] of seen.entries()) if (index > 0) t.ok(at > (seen[index - 1] ?? 0), `page ${index}`);
    t.ok(turns >= parts.length - 1, 'a turn for each part');
    t.ok(Math.max(...parts.map((part) => part.length)) < 1000, 'parts are small');
  },
);

t.test('csvOf() reads no more than a slow reader takes, and nothing for one that is gone', async (t) => {
  const rows = Array.from({ length: 20 * limits.pageRows }, (_, id) => ({ id }));
  const list = paged(rows, limits.pageRows, ['id']);
  let reads = 0;
  const read = (page: { cursor?: string | undefined }) => {
    reads++;
    return list.read(page);
  };
  const first = await read({});
  const stream = Readable.from(csvOf({ ...list, read }, first));
  const chunks = stream[Symbol.asyncIterator]();
  t.equal((await chunks.next()).value, 'id\r\n');
  for (let turn = 0; turn < 200; turn++) await yieldToEventLoop();
  t.equal(reads, 1, 'the first page is not taken yet');
  stream.destroy();
  await once(stream, 'close');
  for (let turn = 0; turn < 200; turn++) await yieldToEventLoop();
  t.equal(reads, 1);
});

t.test('GET messages and unparsed with format=csv give all pages, from the cursor on', async (t) => {
  const { server, commit } = serving(t);
  const http = await server.build();
  await commit(
    ...Array.from({ length: 30 }, (_, index) =>
      event(observed(T0 + index * 1000), { origin: `sw-${index}` }, `=HYPERLINK("x"), line ${index}`),
    ),
  );
  const { messages } = (await http.inject('/api/v1/messages')).json();
  t.ok(messages.length >= 30);
  const answer = await http.inject('/api/v1/messages?format=csv&limit=1');
  t.match(answer.headers, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="messages.csv"',
  });
  const rows = parse(answer.body, { columns: true }) as Record<string, string>[];
  t.strictSame(
    rows.map(({ device, raw }) => [device, raw]),
    messages.map(({ device, raw }: { device: string; raw: string }) => [device, `'${raw}`]),
  );
  t.strictSame(Object.keys(rows[0] ?? {}), Object.keys(messages[0]));
  const { next } = (await http.inject('/api/v1/messages?limit=10')).json();
  const rest = parse((await http.inject({ url: '/api/v1/messages', query: { format: 'csv', cursor: next } })).body);
  t.equal(rest.length, rows.length - 10 + 1);
  t.equal((await http.inject('/api/v1/unparsed?format=csv')).body, 'receivedAt,device,facility,mnemonic,why,raw\r\n');
  t.match(await http.inject({ method: 'HEAD', url: '/api/v1/messages?format=csv' }), {
    statusCode: 200,
    body: '',
    headers: { 'content-type': 'text/csv; charset=utf-8', etag: undefined, 'content-length': undefined },
  });
  const wrong = await http.inject('/api/v1/messages?format=csv&cursor=x');
  t.match([wrong.statusCode, wrong.headers['content-type']], [400, /^application\/problem\+json/]);
  t.equal((await http.inject('/api/v1/messages?format=xml')).statusCode, 400);
});

t.test('GET /fleet/next gives way while it writes a long list, as CSV and as JSON', async (t) => {
  const task = {
    ...{ hostname: null, address: null, serial: null, pid: null, release: null, plant: '=x', incident: 'qv-sw-1' },
    need: null,
    ...{ state: 'confirmed', severity: 'major', lastFailureAt: null, graceUntil: null, graceUntilAtMost: null },
    ...{ remediation: null, diagnosis: null, fixedIn: null, commands: ['a', 'b'], checks: [] },
  };
  const { engine } = serving(t);
  for (const count of [0, 1, 100, limits.pageRows, limits.pageRows + 1, 4000]) {
    const tasks = Array.from({ length: count }, (_, index) => ({ ...task, device: `sw-${index}` }));
    const fleetReport = { tasks: async () => tasks } as unknown as FleetReport;
    const { server } = serving(t, { engine: () => ({ ...engine, fleetReport }) });
    const http = await server.build();
    const [turns, json] = await turnsOf(() => http.inject('/api/v1/fleet/next?limit=10000'));
    t.strictSame(json.json(), { tasks }, `${count} as JSON`);
    t.equal(json.headers['content-type'], 'application/json; charset=utf-8');
    const [csvTurns, csv] = await turnsOf(() => http.inject('/api/v1/fleet/next?limit=10000&format=csv'));
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    t.strictSame(
      rows.map(({ device, plant }) => [device, plant]),
      tasks.map(({ device }) => [device, "'=x"]),
    );
    t.match(csv.body, /^device,hostname,/);
    if (count === 4000) t.ok(turns >= 40 && csvTurns >= 40, `${turns} and ${csvTurns} turns of the event loop`);
  }
});

t.test('A CSV whose reading fails in the middle is broken off, and the log says why', async (t) => {
  const line = { receivedAt: T0, device: null, facility: 'PKI', mnemonic: 'X', why: 'unknown-mnemonic', raw: 'x' };
  const unparsed = async ({ after }: { after?: string | undefined }) => {
    if (after !== undefined) throw new Error('the disk is gone');
    return { rows: [line], next: '1' };
  };
  const { server, logged } = serving(t, { store: { unparsed } as unknown as Store });
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}/api/v1/unparsed?format=csv`;
  const [answer] = await once(get(url, { agent: false }), 'response');
  t.equal(answer.statusCode, 200);
  await t.rejects(answer.resume().toArray(), /aborted/);
  t.strictSame(logged, ['an answer broke off']);
});
