/** PATCH of the inventory row of one device, over a real socket on a real database. */
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { type Column, columns } from '../../src/core/model/inventory.ts';
import { BODIES } from '../given.ts';
import { get, type Running, running, until } from './running.ts';

type Row = Record<Column, string | null>;
type Shown = { readonly key: string; readonly inventory: Row | null };

const whole = {
  ...{ hostname: 'sw-a', address: '192.0.2.21', serial: 'FDO2512A0AB', pid: 'IE-3300-8T2S' },
  ...{ release: '17.3.3', plant: 'North', licensing: 'online' },
} as const;

async function listed(t: Test) {
  const service = await running(t);
  const write = async (method: string, key: string, body: unknown, type = 'application/json') => {
    const url = `${service.api}/api/v1/devices/${encodeURIComponent(key)}/inventory`;
    const answer = await fetch(url, { method, headers: { 'content-type': type }, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Shown & { detail: string } };
  };
  t.match(await write('PUT', 'sw-a', whole), { status: 200 });
  const row = async (key = 'sw-a') => (await get<Shown>(`${service.api}/api/v1/devices/${key}`)).inventory;
  return { service, write, row };
}

async function heard({ addresses, api }: Running, device: string): Promise<void> {
  connect(addresses.tcp?.port ?? 0, '127.0.0.1').end(`<187>12: ${device}: Mar  1 18:46:11: ${BODIES.commFailed}\n`);
  await until(
    async () => (await fetch(`${api}/api/v1/devices/${device}`)).status,
    (status) => status === 200,
  );
}

t.test('PATCH changes the columns that it names, and no others; null deletes', async (t) => {
  const { write, row } = await listed(t);
  let expected: Row = { ...whole };
  for (const [column, value] of [
    ['plant', 'South'],
    ['release', null],
    ['licensing', 'SLR'],
    ['pid', null],
    ['serial', null],
    ['address', '192.0.2.22'],
    ['address', null],
    ['plant', ''],
  ] as const) {
    expected = { ...expected, [column]: value === '' ? null : value };
    const { status, body } = await write('PATCH', 'sw-a', { [column]: value });
    t.equal(status, 200, `${column} ${value}`);
    t.strictSame(body.inventory, expected, `${column} ${value}`);
    t.strictSame(await row(), expected, 'and it is stored');
  }
  const two = { release: '17.6.1', plant: 'West' };
  t.strictSame((await write('PATCH', 'sw-a', two, 'application/merge-patch+json')).body.inventory, {
    ...expected,
    ...two,
  });
  t.strictSame((await write('PUT', 'sw-a', { plant: 'East' })).body.inventory, {
    ...Object.fromEntries(columns.map((column) => [column, null])),
    ...{ hostname: 'sw-a', plant: 'East' },
  });
});

t.test('PATCH refuses what would be no row, and changes nothing then', async (t) => {
  const { write, row } = await listed(t);
  const rows: readonly (readonly [body: unknown, status: number, detail: RegExp])[] = [
    [{}, 400, /must NOT have fewer than 1/],
    [{ colour: 'red' }, 400, /"colour" is unknown: known are hostname/],
    [{ hostname: null, address: null, serial: null }, 400, /give one of them/],
    [{ address: 'nowhere' }, 400, /is no IP address/],
    [{ licensing: 'maybe' }, 400, /is not one of online, PLR, SLR/],
    [{ plant: 'a\u0007b' }, 400, /control character/],
    [{ plant: 'a\u0000b' }, 400, /NUL/],
    [{ plant: 'x'.repeat(129) }, 400, /plant must NOT have more than 128/],
    [[], 400, /must be object/],
  ];
  for (const [body, status, detail] of rows) {
    const answer = await write('PATCH', 'sw-a', body);
    t.match(answer, { status, body: { detail } }, JSON.stringify(body).slice(0, 60));
  }
  t.match(await write('PATCH', 'sw-none', { plant: 'North' }), { status: 404 });
  t.match(await write('PATCH', 'sw-a', { plant: 'x' }, 'text/csv'), { status: 415 });
  t.match(await write('PUT', 'sw-a', whole, 'application/merge-patch+json'), { status: 415 });
  t.strictSame(await row(), { ...whole });
});

t.test('PATCH of a device that is not listed lists it by its name', async (t) => {
  const { service, write, row } = await listed(t);
  await heard(service, 'sw-b');
  t.equal(await row('sw-b'), null);
  t.match(await write('PATCH', 'sw-b', { plant: 'North' }), {
    status: 200,
    body: { key: 'sw-b', inventory: { hostname: 'sw-b', plant: 'North', release: null } },
  });
  t.match(await write('PATCH', 'sw-b', { hostname: 'sw-new' }), { status: 200, body: { key: 'sw-new' } });
  t.match(await row('sw-b'), { hostname: 'sw-new', plant: 'North' }, 'the old name finds it');
});

t.test('PATCH requests at the same time keep the columns of each other', async (t) => {
  const { write, row } = await listed(t);
  for (let round = 0; round < 10; round++) {
    const cells = {
      pid: `IE-${round}`,
      release: `17.${round}.1`,
      plant: `plant ${round}`,
      serial: `FDO2512A0A${round}`,
    };
    const answers = await Promise.all(
      Object.entries(cells).map(([column, value]) => write('PATCH', 'sw-a', { [column]: value })),
    );
    t.same([...new Set(answers.map(({ status }) => status))], [200]);
    t.strictSame(await row(), { ...whole, ...cells });
  }
});
