/** Lists, facets and plants, and what to do next with a device. */

import t, { type Test } from 'tap';
import { newGroup } from '../../src/core/fleet/fleet-count.ts';
import { limits } from '../../src/core/model/limits.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { listedPlants } from '../../src/serve/routes/plants.ts';
import { advisory, event, HOUR, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const revocation = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' };
const restored = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' } as const;

const INVENTORY = `hostname,plant,pid,release,licensing
sw-a,North,IE-3300-8T2S,17.3.3,online
sw-b,North,IE-3300-8T2S,17.6.1,online
sw-c,"South, old",,,PLR
=evil,North,,,`;

/** A service with four listed devices and one that is not: `sw-a` is confirmed, `sw-d` has recovered from nothing. */
async function service(t: Test, over: Parameters<typeof serving>[1] = {}) {
  const served = serving(t, over);
  const operations = new Operations({ store: served.store, advisory, now: () => T0, onCommit: () => {} });
  await operations.import(readInventory(INVENTORY, 'csv'));
  const say = (origin: string, hours: number, more = {}) =>
    event(observed(T0 + hours * HOUR, more), { origin, peer: `192.0.2.${origin.charCodeAt(3)}` });
  await served.commit(
    ...[say('sw-a', -3, callHome), say('sw-a', -2), say('sw-a', -1, revocation)],
    ...[say('sw-c', -2, callHome), say('sw-c', -1), say('sw-d', -50, restored)],
  );
  const http = await served.server.build();
  const get = async (path: string) => {
    const answer = await http.inject(`/api/v1/${path}`);
    return { status: answer.statusCode, type: `${answer.headers['content-type']}`, text: answer.body };
  };
  return { ...served, http, get, json: async (path: string) => JSON.parse((await get(path)).text) };
}

t.test('GET /devices has the devices of all filters, in the order that is asked for', async (t) => {
  const { json } = await service(t);
  const rows: readonly (readonly [query: string, keys: readonly string[]])[] = [
    ['', ['=evil', 'sw-a', 'sw-b', 'sw-c', 'sw-d']],
    ['?sort=-device', ['sw-d', 'sw-c', 'sw-b', 'sw-a', '=evil']],
    ['?sort=heardAt', ['=evil', 'sw-b', 'sw-d', 'sw-a', 'sw-c']],
    ['?condition=confirmed,suppressed', ['sw-a', 'sw-c']],
    ['?condition=confirmed&condition=suppressed&plant=North', ['sw-a']],
    ['?plant=South\\, old', ['sw-c']],
    ['?plant=', ['sw-d']],
    ['?plant=,North&sort=-device', ['sw-d', 'sw-b', 'sw-a', '=evil']],
    ['?status=affected', ['sw-a']],
    ['?status=fixed', ['sw-b']],
    ['?release=17.3.3,17.6.1', ['sw-a', 'sw-b']],
    ['?release=17.3.3&status=fixed', []],
    ['?listed=false', ['sw-d']],
    ['?heardBefore=2022-02-04T00:00:00Z', ['=evil', 'sw-b', 'sw-d']],
    // The hour of a time counts: sw-a and sw-c were heard at 05:00.
    ['?heardBefore=2022-02-05T05:59:59Z&listed=true', ['=evil', 'sw-b']],
    ['?heardBefore=2022-02-05T06:00:00Z&listed=true', ['=evil', 'sw-a', 'sw-b', 'sw-c']],
    ['?q=SW-', ['sw-a', 'sw-b', 'sw-c', 'sw-d']],
    ['?q=192.0.2.97', ['sw-a']],
    ['?q=192.0.2', []],
  ];
  for (const [query, keys] of rows) {
    const { devices } = await json(`devices${query.replaceAll('\\', '%5C').replaceAll(' ', '%20')}`);
    t.strictSame(
      devices?.map(({ key }: { key: string }) => key),
      keys,
      query,
    );
  }
});

t.test('GET /devices goes on at its cursor, and refuses one of another order or filter', async (t) => {
  const { json, get } = await service(t);
  const keys: string[] = [];
  for (let cursor = ''; ; ) {
    const { devices, next } = await json(`devices?sort=-heardAt&limit=2${cursor}`);
    keys.push(...devices.map(({ key }: { key: string }) => key));
    if (next === null) break;
    cursor = `&cursor=${next}`;
    for (const query of [
      'devices?limit=2',
      'devices?sort=heardAt',
      'devices?sort=-heardAt&plant=North',
      'plants?limit=1',
    ])
      t.equal((await get(`${query}${cursor}`)).status, 400, query);
  }
  t.strictSame(keys, ['sw-c', 'sw-a', 'sw-d', 'sw-b', '=evil']);
});

t.test('GET /devices and /plants as CSV have all rows, and no cell is a formula', async (t) => {
  const { get } = await service(t);
  const { type, text } = await get('devices?format=csv&limit=1');
  t.equal(type, 'text/csv; charset=utf-8');
  const lines = text.trimEnd().split('\r\n');
  t.equal(lines.length, 6);
  t.match(lines[0], /^key,condition,diagnosis,/);
  t.match(lines[1], /^'=evil,unheard,/);
  const plants = (await get('plants?format=csv')).text.trimEnd().split('\r\n');
  t.match(plants[0], /^name,devices,affected,fixed,levelTooLow,ok,heard,/);
  t.strictSame(
    plants.slice(1).map((line) =>
      line
        .split(',')
        .slice(0, line.startsWith('"') ? 3 : 2)
        .join(),
    ),
    ['North,3', '"South, old",1', 'unknown,1'],
  );
});

t.test('GET /devices/facets does not let the filter of a facet restrict its own counts', async (t) => {
  const { json, get } = await service(t);
  const { total, facets, others } = await json('devices/facets?condition=confirmed&plant=North');
  t.equal(total, 1);
  t.strictSame(facets.condition, [
    { value: 'unheard', count: 2 },
    { value: 'confirmed', count: 1 },
  ]);
  t.strictSame(facets.plant, [{ value: 'North', count: 1 }]);
  t.strictSame(facets.listed, [{ value: true, count: 1 }]);
  t.equal(others.plant, 0);
  const all = await json('devices/facets');
  t.strictSame(all.facets.plant, [
    { value: 'North', count: 3 },
    { value: 'South, old', count: 1 },
    { value: null, count: 1 },
  ]);
  t.equal((await get('devices/facets?sort=device')).status, 400);
});

t.test('GET /plants/:name and /fleet/grace are of one plant', async (t) => {
  const lossy = {
    ...{ peer: '192.0.2.97', received: 30, lost: 10, lastSeenAt: T0 },
    drops: { queue_full: 0, oversize: 0, denied: 0, rate_limited: 0 },
  };
  const { json, get } = await service(t, {
    senderLosses: async () => [lossy, { ...lossy, peer: '192.0.2.99', lost: 5 }],
  });
  const north = await json('plants/North');
  t.match(north, {
    name: 'North',
    devices: 3,
    affected: 1,
    fixed: 1,
    heardAt: '2022-02-05T05:00:00.000Z',
    completeness: 75,
  });
  t.strictSame(
    north.senders.map(({ address }: { address: string }) => address),
    ['192.0.2.97'],
  );
  const listed = await json('plants');
  t.match(
    listed.plants.map(({ name, severities, heardAt }: typeof north) => ({ name, severities, heardAt })),
    [
      { name: 'North', severities: north.severities, heardAt: north.heardAt },
      { name: 'South, old' },
      { name: 'unknown' },
    ],
  );
  t.same(Object.keys(north.severities), ['critical', 'major', 'warning']);
  const { incidents } = await json('incidents?plant=North&state=suspected,confirmed,stale,suppressed');
  const sum = Object.values(north.severities as Record<string, number>).reduce((all, count) => all + count, 0);
  t.ok(sum > 0);
  t.equal(sum, incidents.length);
  t.match(await json('plants/South%2C%20old'), { devices: 1, senders: [{ address: '192.0.2.99', lost: 5 }] });
  t.match(await json('plants/unknown'), { devices: 1, completeness: null });
  t.match(await json('fleet/grace?plant=North'), { over: 0, bounded: 1, weeks: [] });
  t.match(await json('fleet/grace?plant='), { over: 0, bounded: 0, weeks: [] });
  t.match(await get('plants/West'), { status: 404, text: /there is no plant West/ });
});

t.test('listedPlants() counts in the last group what the other plants have, and not a plant of its name', async (t) => {
  const one = (critical: number) => ({ critical, major: 1, warning: 0 });
  const store = {
    openByPlant: async () =>
      new Map([
        ['North', one(1)],
        ['East', one(2)],
        ['West', one(4)],
        ['others', one(8)],
      ]),
    heardByPlant: async () =>
      new Map([
        ['North', T0],
        ['others', T0],
      ]),
  };
  const [north, named, sum] = [newGroup('North'), newGroup('others'), { ...newGroup('others'), sumOf: 2 }];
  t.strictSame(await listedPlants(store, [north, named, sum], [north, named, sum]), [
    { group: north, severities: one(1), heardAt: T0 },
    { group: named, severities: one(8), heardAt: T0 },
    { group: sum, severities: { critical: 6, major: 2, warning: 0 }, heardAt: null },
  ]);
  t.match(
    await listedPlants(store, [sum], [north, named, sum]),
    [{ severities: { critical: 6 } }],
    'on a page of its own',
  );
});

t.test('GET /plants has each plant on one page, and the sum of others on the last one', async (t) => {
  const { store, json } = await service(t);
  const plants = [...['a', 'others', 'z'].map(newGroup), { ...newGroup('others'), sumOf: 9 }];
  const { fleet } = store;
  store.fleet = async (at) => ({ ...(await fleet.call(store, at)), plants });
  const seen: [string, number | null][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { plants: { name: string; sumOf: number | null }[]; next: string | null } = await json(
      `plants?limit=1${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { name, sumOf } of page.plants) seen.push([name, sumOf]);
    cursor = page.next;
  }
  t.strictSame(seen, [
    ['a', null],
    ['others', null],
    ['z', null],
    ['others', 9],
  ]);
});

t.test(
  'DELETE /devices/:key takes author and reason in the query or in the body, where there is room for a long one',
  async (t) => {
    const { http, engine } = await service(t);
    const forgotten: (readonly string[])[] = [];
    engine.operations.forget = async ([key = ''], by, text) => {
      forgotten.push([key, by, text]);
      return { done: 1 } as never;
    };
    const forget = async (query: string, payload?: object) => {
      const url = `/api/v1/devices/sw-a${query}`;
      const { statusCode, body } = await http.inject({
        method: 'DELETE',
        url,
        ...(payload === undefined ? {} : { payload }),
      });
      return { status: statusCode, body: JSON.parse(body) };
    };
    const long = '報'.repeat(limits.noteCharacters);
    for (const [query, payload, recorded] of [
      ['', undefined, ['operator', 'the device no longer exists']],
      ['', {}, ['operator', 'the device no longer exists']],
      ['?by=kim&text=scrapped', undefined, ['kim', 'scrapped']],
      ['', { by: 'kim', text: long }, ['kim', long]],
      ['?by=kim', { text: 'scrapped' }, ['kim', 'scrapped']],
      ['?by=kim', { by: 'kim', text: 'scrapped' }, ['kim', 'scrapped']],
    ] as const) {
      t.strictSame(await forget(query, payload), { status: 200, body: { forgotten: 'sw-a' } }, query);
      t.strictSame(forgotten.pop(), ['sw-a', ...recorded]);
    }
    for (const [query, payload, why] of [
      ['?text=scrapped', { text: 'stolen' }, /the query and the body have another text: give it in one of them/],
      ['', { text: `${long}x` }, /^body\/text must NOT have more than 4000 characters/],
      ['', { reason: 'scrapped' }, /"reason" is unknown: known are by, text/],
    ] as const) {
      const { status, body } = await forget(query, payload);
      t.equal(status, 400);
      t.match(body.detail, why);
    }
    t.strictSame(forgotten, [], 'nothing that is refused is done');
  },
);

t.test('GET /devices/:key and /incidents/:id say what to do next, or why there is nothing to do', async (t) => {
  const { json } = await service(t);
  const { next, hypotheses } = await json('devices/sw-a');
  t.equal(next.diagnosis, 'trust');
  t.strictSame(next.commands, [...advisory.remediation.script]);
  t.ok(next.why.length > 0 && next.fixedIn !== null);
  t.match(next.verify[0], advisory.remediation.newRoot.serial);
  t.equal(next.nothingBecause, null);
  const incident = await json('incidents/qv-sw-a-1');
  t.strictSame(incident.next, next);
  t.strictSame(incident.hypotheses, hypotheses);
  for (const [key, why] of [
    ['sw-b', /^no line of the device was heard$/],
    ['sw-c', /^the inventory says PLR: the device needs no connection$/],
    ['sw-d', /^nothing fails at the device$/],
  ] as const) {
    const { next: idle } = await json(`devices/${key}`);
    t.match(idle.nothingBecause, why, key);
    t.strictSame([idle.commands, idle.checks, idle.verify, idle.fixedIn], [[], [], [], null]);
  }
});

t.test(
  'While devices of a former version are not counted, the plain list is whole and the rest is refused',
  async (t) => {
    const { store, get, json } = await service(t);
    store.notCounted = async () => 2;
    t.equal((await json('devices')).devices.length, 5);
    t.equal((await json('fleet')).notCounted, 2);
    for (const path of [
      'devices?plant=North',
      'devices?sort=heardAt',
      'devices/facets',
      'plants',
      'plants/North',
      'fleet/grace',
    ])
      t.match(await get(path), { status: 503, text: /2 devices of a former version/ }, path);
  },
);
