/** Lists of incidents, their facets, bulk actions and the history of days, over HTTP. */
import t, { type Test } from 'tap';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { limits } from '../../src/core/model/limits.ts';
import { advisory, DAY, event, HOUR, observed, T0 } from '../given.ts';
import { noRows } from '../store/stores.ts';
import { rowOf } from '../store/written.ts';
import { serving } from './served-store.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const revocation = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' };
/** What people do comes after what devices say: the clock of these tests stands still. */
const START = T0 - 6 * HOUR;

type Row = { id: string; device: string } & Record<string, unknown>;

/** sw-a is confirmed, sw-b and sw-c are suspected; all in plants of their own, sw-d has none. */
async function fleet(t: Test) {
  const { server, store, commit } = serving(t);
  const list = async (device: string, plant: string, pid: string) => {
    const none = rowOf(device).row;
    const rows = [{ row: { ...none, plant, pid }, columns: ['hostname', 'plant', 'pid'] as const }];
    await store.commit({ names: [device], keys: [device], newDevices: 1 }, (known) => {
      const { devices, changes, past, evidence, merges, aliases } = enrol(known, rows, advisory);
      return { ...noRows, devices: [...devices.values()], changes, past, evidence, merges, aliases, now: T0 };
    });
  };
  await list('sw-a', 'North', 'IE-3300-8T2S');
  await list('sw-b', 'Hall 1, left', 'IE-3300-8T2S');
  await list('sw-c', '=cmd', 'C9300-24T');
  const say = (origin: string, hours: number, over = {}) =>
    event(observed(START + hours * HOUR, over), { origin, peer: `192.0.2.${origin.charCodeAt(3) - 96}` });
  for (const device of ['sw-a', 'sw-b', 'sw-c', 'sw-d']) {
    const hours = device.charCodeAt(3) - 97;
    await commit(say(device, hours, callHome), say(device, hours + 1));
  }
  await commit(say('sw-a', 5, revocation));
  const http = await server.build();
  const get = async (path: string) => (await http.inject(`/api/v1/${path}`)).json();
  const devices = async (query: string) =>
    ((await get(`incidents?${query}`)).incidents ?? []).map(({ device }: Row) => device);
  const post = async (path: string, payload: object) => {
    const answer = await http.inject({ method: 'POST', url: `/api/v1/${path}`, payload });
    return { status: answer.statusCode, ...answer.json() };
  };
  return { http, get, post, devices, store };
}

t.test('GET /incidents lists the rows of each filter, and in each order', async (t) => {
  const { devices, get } = await fleet(t);
  const all = ['sw-a', 'sw-b', 'sw-c', 'sw-d'];
  for (const [query, found] of [
    ['', all],
    ['state=open', all],
    ['state=confirmed,resolved', ['sw-a']],
    ['state=confirmed&state=suspected', all],
    ['state=resolved', []],
    ['severity=warning', ['sw-b', 'sw-c', 'sw-d']],
    ['plant=North', ['sw-a']],
    ['plant=North&plant=Hall+1%5C%2C+left', ['sw-a', 'sw-b']],
    ['plant=Hall 1\\, left,%3Dcmd', ['sw-b', 'sw-c']],
    ['plant=', ['sw-d']],
    ['plant=North,', ['sw-a', 'sw-d']],
    ['product=IE-3300-8T2S&state=suspected', ['sw-b']],
    ['product=&release=', ['sw-d']],
    ['release=17.3.3', []],
    ['acknowledged=false', all],
    ['acknowledged=true', []],
    [`openedAfter=${new Date(START + 3 * HOUR).toISOString()}`, ['sw-c', 'sw-d']],
    [`openedBefore=${new Date(START + 3 * HOUR).toISOString()}`, ['sw-a', 'sw-b']],
    ['openedBefore=2022-02-05T05:00:00%2B02:00', ['sw-a', 'sw-b']],
    [`changedAfter=${new Date(T0 + 1).toISOString()}`, []],
    [`graceBefore=${new Date(T0 + 400 * DAY).toISOString()}`, all],
    [`graceBefore=${new Date(T0).toISOString()}`, []],
    ['device=192.0.2.3', ['sw-c']],
    ['q=SW-', all],
    ['q=192.0.2.2', ['sw-b']],
    ['q=qv-sw-b-1', ['sw-b']],
    ['q=QV-sw', all],
    ['q=nothing', []],
    ['sort=-openedAt', ['sw-d', 'sw-c', 'sw-b', 'sw-a']],
    ['sort=-device', ['sw-d', 'sw-c', 'sw-b', 'sw-a']],
    ['sort=-severity', ['sw-a', 'sw-d', 'sw-c', 'sw-b']],
    ['sort=severity', ['sw-b', 'sw-c', 'sw-d', 'sw-a']],
    ['sort=graceUntil&limit=1', ['sw-a']],
  ] as const)
    t.strictSame(await devices(query), found, query);
  t.match((await get('incidents?device=sw-a')).incidents[0], {
    ...{ plant: 'North', product: 'IE-3300-8T2S', release: null, placeAssumed: false, address: '192.0.2.1' },
    ...{ remediation: null, changedAt: new Date(T0).toISOString(), acknowledged: null },
  });
});

t.test('GET /incidents pages in each order, and refuses a cursor of another one', async (t) => {
  const { get, devices } = await fleet(t);
  for (const sort of ['openedAt', '-severity', '-graceUntil', 'changedAt', 'device']) {
    const found: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await get(`incidents?sort=${sort}&limit=1${cursor}`);
      found.push(...page.incidents.map(({ device }: Row) => device));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    t.strictSame(found, await devices(`sort=${sort}`), sort);
  }
  const { next } = await get('incidents?sort=-severity&state=open&limit=1');
  for (const query of ['sort=severity&state=open', 'sort=-severity', 'sort=-severity&state=suspected'])
    t.match((await get(`incidents?${query}&cursor=${next}`)).detail, 'other filters', query);
});

t.test('GET /incidents?format=csv has a line for each row, and no cell that a spreadsheet would run', async (t) => {
  const { http } = await fleet(t);
  const answer = await http.inject('/api/v1/incidents?format=csv&sort=device');
  t.match(answer.headers, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': /incidents\.csv/ });
  const lines = answer.body.split('\r\n');
  t.match(lines[0], /^id,device,state,severity,.*plant,product,release,/);
  t.equal(lines.filter((line) => line.startsWith('qv-sw-')).length, 4);
  t.match(
    lines.find((line) => line.startsWith('qv-sw-c')),
    ",'=cmd,",
  );
  t.match(
    lines.find((line) => line.startsWith('qv-sw-b')),
    ',"Hall 1, left",',
  );
});

t.test('GET /incidents/facets counts by the same filters, a facet without its own', async (t) => {
  const { get } = await fleet(t);
  t.match(await get('incidents/facets'), {
    total: 4,
    facets: {
      state: [
        { value: 'suspected', count: 3 },
        { value: 'confirmed', count: 1 },
      ],
      acknowledged: [{ value: false, count: 4 }],
    },
    others: { plant: 0, state: 0 },
  });
  const { total, facets } = await get('incidents/facets?state=suspected&product=IE-3300-8T2S');
  t.equal(total, 1);
  t.same(facets.state, [
    { value: 'confirmed', count: 1 },
    { value: 'suspected', count: 1 },
  ]);
  t.same(facets.product, [
    { value: 'C9300-24T', count: 1 },
    { value: 'IE-3300-8T2S', count: 1 },
    { value: null, count: 1 },
  ]);
  t.same(facets.plant, [{ value: 'Hall 1, left', count: 1 }]);
});

t.test('POST /incidents/bulk acts on all that meet a filter, if they are as many as were seen', async (t) => {
  const { post, get, devices } = await fleet(t);
  const order = { action: 'acknowledge', by: 'kim', text: 'on it' };
  const wrong = await post('incidents/bulk', { ...order, filter: { state: ['suspected'] }, expected: 2 });
  t.match(wrong, { status: 409, detail: /^3 incidents meet the filter now, not 2: nothing was done/ });
  t.strictSame(await devices('acknowledged=true'), []);
  const done = await post('incidents/bulk', { ...order, filter: { state: ['suspected'] }, expected: 3 });
  t.same(done, { status: 200, done: 3, unchanged: 0, refused: [] });
  t.strictSame(await devices('acknowledged=true'), ['sw-b', 'sw-c', 'sw-d']);
  const again = await post('incidents/bulk', { ...order, filter: { q: 'sw-' }, expected: 4 });
  t.same(again, { status: 200, done: 1, unchanged: 3, refused: [] });
  const other = await post('incidents/bulk', { ...order, by: 'alex', ids: ['qv-sw-a-1'] });
  t.same(other, { status: 200, done: 1, unchanged: 0, refused: [] }, 'another person takes it over');
  t.match((await get('incidents/qv-sw-a-1')).acknowledged, { by: 'alex' });
  const back = await post('incidents/bulk', { action: 'unacknowledge', ids: ['qv-sw-a-1', 'qv-sw-b-1', 'qv-sw-a-1'] });
  t.same(back, { status: 200, done: 2, unchanged: 0, refused: [] });
  t.strictSame(await devices('acknowledged=true'), ['sw-c', 'sw-d']);
});

t.test('POST /incidents/bulk closes what is open, and says what it refuses', async (t) => {
  const { post, get, devices } = await fleet(t);
  const order = { action: 'close', by: 'kim', text: 'sold', disposition: { hypothesis: 'network' } };
  const ids = ['qv-sw-a-1', 'qv-sw-b-1', 'qv-sw-none-1'];
  t.match(await post('incidents/bulk', { ...order, ids }), {
    ...{ status: 200, done: 2, unchanged: 0 },
    refused: [{ id: 'qv-sw-none-1', why: 'there is no incident qv-sw-none-1' }],
  });
  t.strictSame(await devices('state=closed'), ['sw-a', 'sw-b']);
  t.match(await get('incidents/qv-sw-a-1'), {
    disposition: { hypothesis: 'network' },
    notes: [{ kind: 'closed', by: 'kim' }],
  });
  t.match(await post('incidents/bulk', { ...order, ids }), { done: 0, unchanged: 2 });
});

t.test('POST /incidents/bulk refuses what is not an order, in words', async (t) => {
  const { post } = await fleet(t);
  const ids = ['qv-sw-a-1'];
  for (const [body, detail] of [
    [{ action: 'acknowledge' }, /^the body must have ids, or filter with expected/],
    [{ action: 'acknowledge', ids, filter: {} }, /^the body must have ids, or filter/],
    [{ action: 'acknowledge', filter: {} }, /must have expected/],
    [{ action: 'forget', ids }, /must be one of acknowledge, unacknowledge, note, close/],
    [{ action: 'close', ids }, /must have a text, or a disposition/],
    [{ action: 'acknowledge', ids, disposition: { hypothesis: 'dns' } }, /takes no disposition/],
    [{ action: 'close', ids, disposition: { hypothesis: 'dsn' } }, /did you mean "dns"/],
    [{ action: 'acknowledge', ids: [] }, /ids/],
    [{ action: 'acknowledge', ids: Array.from({ length: limits.bulkIncidents + 1 }, (_, at) => `x-${at}`) }, /ids/],
    [{ action: 'acknowledge', filter: { plants: ['North'] }, expected: 0 }, /"plants" is unknown/],
    [{ action: 'acknowledge', filter: { openedAfter: '2026-02-30T00:00:00Z' }, expected: 0 }, /openedAfter/],
  ] as const)
    t.match(await post('incidents/bulk', body), { status: 400, detail }, JSON.stringify(body).slice(0, 80));
});

t.test('POST /incidents/:id/unacknowledge takes an acknowledgement back; a second one stores nothing', async (t) => {
  const { post } = await fleet(t);
  const kinds = (incident: { notes: { kind: string }[] }) => incident.notes.map(({ kind }) => kind);
  const id = 'incidents/qv-sw-a-1';
  await post(`${id}/acknowledge`, { by: 'kim', text: 'on it' });
  const second = await post(`${id}/acknowledge`, { by: 'kim', text: 'still' });
  t.match(second, { status: 200, acknowledged: { by: 'kim' } });
  t.strictSame(kinds(second), ['acknowledged']);
  const back = await post(`${id}/unacknowledge`, { by: 'kim' });
  t.match(back, { status: 200, acknowledged: null });
  t.strictSame(kinds(await post(`${id}/unacknowledge`, { by: 'kim' })), ['acknowledged', 'unacknowledged']);
  t.match(await post('incidents/qv-sw-none-1/unacknowledge', {}), { status: 404 });
});

t.test('GET /fleet/history has each day with its incidents, and the pace that is needed', async (t) => {
  const { get, post, http } = await fleet(t);
  await post('incidents/bulk', { action: 'close', ids: ['qv-sw-b-1'], text: 'sold' });
  const { days, ...rest } = await get('fleet/history?from=2022-02-04&to=2022-02-06');
  t.match(days, [
    { day: '2022-02-04', opened: 0, open: 0, assumed: false },
    { day: '2022-02-05', opened: 4, confirmed: 1, closed: 1, resolved: 0, open: 3 },
    { day: '2022-02-06', opened: 0, open: 3 },
  ]);
  // The graces of three incidents end within a year of their first failures: the last one asks for the most.
  t.match(rest, {
    plant: null,
    from: '2022-02-04',
    to: '2022-02-06',
    neededPerDay: 0.008219,
    donePerDay: 0.1429,
    withoutGrace: 0,
  });
  t.match(await get('fleet/history?plant=North&from=2022-02-05&to=2022-02-05'), {
    plant: 'North',
    days: [{ opened: 1, open: 1 }],
  });
  t.match(await get('fleet/history?plant='), { plant: null });
  t.equal((await get('fleet/history')).days.length, 90);
  t.match(await get('fleet/history?to=1970-01-02'), { from: '1970-01-01', days: { length: 2 } });
  t.match(await get('fleet/history?to=9999-12-31'), { from: '9999-10-03', days: { length: 90 } });
  const csv = await http.inject('/api/v1/fleet/history?from=2022-02-05&to=2022-02-05&format=csv');
  t.match(csv.headers['content-disposition'], 'history.csv');
  t.equal(
    csv.body,
    'day,opened,confirmed,recovering,resolved,closed,withdrawn,reopened,open,assumed\r\n2022-02-05,4,1,0,0,1,0,0,3,false\r\n',
  );
  for (const [query, detail] of [
    ['from=2022-02-06&to=2022-02-05', /^from .* must not be later/],
    ['from=2000-01-01', /at most 800 days/],
    ['from=2022-02-30', /^the parameter from must match format "date"/],
    ['to=0000-01-01', /^the parameter to must be a day from 1970-01-01 to 9999-12-31/],
    ['from=1969-12-31', /^the parameter from must be a day from 1970-01-01/],
    ['to=today', /^the parameter to must match format "date"/],
  ] as const)
    t.match(await get(`fleet/history?${query}`), { status: 400, detail }, query);
});

t.test('GET /search finds incidents, devices and plants, those that begin with the text first', async (t) => {
  const { get, post } = await fleet(t);
  await post('incidents/bulk', { action: 'close', ids: ['qv-sw-a-1'], text: 'sold' });
  const ids = async (q: string) => {
    const { incidents, devices, plants } = await get(`search?q=${encodeURIComponent(q)}`);
    const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
    return [incidents.map(({ id }: Row) => id), devices.map(({ key }: { key: string }) => key), names(plants)];
  };
  const all = ['sw-a', 'sw-b', 'sw-c', 'sw-d'];
  const incidents = ['qv-sw-d-1', 'qv-sw-c-1', 'qv-sw-b-1', 'qv-sw-a-1'];
  t.strictSame(await ids('SW-'), [incidents, all, []], 'the open ones first, of equal ones the latest');
  t.strictSame(await ids('192.0.2.2'), [['qv-sw-b-1'], ['sw-b'], []]);
  t.strictSame(await ids('qv-sw-c-1'), [['qv-sw-c-1'], [], []]);
  t.strictSame(await ids('qv-sw-c'), [['qv-sw-c-1'], ['sw-c'], []]);
  t.strictSame(await ids('LEFT'), [[], [], ['Hall 1, left']]);
  t.strictSame(await ids('n'), [[], [], ['North']]);
  t.strictSame(await ids('unknown'), [[], [], []], 'devices without a plant are in none');
  t.match(await get('search?q=sw-b'), {
    devices: [{ names: ['sw-b', '192.0.2.2'], plant: 'Hall 1, left', product: 'IE-3300-8T2S', condition: 'suspected' }],
  });
  t.match(await get('search'), { status: 400 });
  t.match(await get('search?q='), { status: 400, detail: /^the parameter q / });
  for (const q of ['%', '_', '*', "'", '\\', '\u{10ffff}', '<img onerror>'])
    t.strictSame(await ids(q), [[], [], []], JSON.stringify(q));
});

t.test('GET /search shows at most eight of each', async (t) => {
  const { server, commit } = serving(t);
  const say = (origin: string, hours: number, over = {}) =>
    event(observed(START + hours * HOUR, over), { origin, peer: null });
  for (let n = 10; n < 30; n++) await commit(say(`sw-${n}`, 0, callHome), say(`sw-${n}`, 1));
  const http = await server.build();
  const found = (await http.inject('/api/v1/search?q=sw-')).json();
  t.equal(found.incidents.length, 8);
  t.strictSame(
    found.devices.map(({ key }: { key: string }) => key),
    Array.from({ length: 8 }, (_, n) => `sw-${n + 10}`),
  );
});
