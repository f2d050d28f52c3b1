/** Captures over HTTP: what is taken, what is not, and a dry run. */
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { captureSample, trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { event, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

t.test('POST captures keeps what the devices show, and the same again changes nothing', async (t) => {
  const { server, commit, store } = serving(t);
  const http = await server.build();
  const post = async (path: string, payload: string) => {
    const headers = { 'content-type': 'text/plain' };
    const { statusCode, ...answer } = await http.inject({ method: 'POST', url: `/api/v1/${path}`, headers, payload });
    return { status: statusCode, ...answer.json() };
  };
  t.match(await post('captures', captureSample), { status: 400, detail: /^There is no device sw-press-01: import it/ });
  await commit(
    event(observed(T0, { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' }), { origin: 'sw-press-01' }),
    event(observed(T0 + 1000), { origin: 'sw-press-01' }),
  );
  // The sample shows the 7 February, which is after the present of this service.
  const text = captureSample.replace('Mon Feb 7 2022', 'Sat Feb 5 2022');
  const before = structuredClone(await store.load(['sw-press-01']));
  t.match(await post('captures?dryRun=true', text), { status: 200, dryRun: true, taken: [{ device: 'sw-press-01' }] });
  t.strictSame(await store.load(['sw-press-01']), before, 'a dry run stores nothing');
  const first = await post('devices/sw-press-01/captures', text);
  t.match(first, {
    ...{ status: 200, dryRun: false, refused: [] },
    taken: [
      { takenAt: '2022-02-05T06:00:00.000Z', takenFrom: 'shown', read: ['show license status'], unusedTimes: [] },
    ],
  });
  t.ok(first.taken[0].changed.includes('last success of authorization'));
  t.match(
    first.taken[0].facts.find(({ what }: { what: string }) => what === 'transport'),
    { value: 'callhome', at: '2022-02-05T06:00:00.000Z', line: 6, text: 'Type: Callhome', assumed: false },
  );
  t.equal(first.taken[0].trustpool, null, 'no trustpool is shown');
  const again = await post('captures', text);
  t.match(again, { changed: 0, taken: [{ changed: [] }] });
  const device = (await http.inject('/api/v1/devices/sw-press-01')).json();
  t.match(device, { lastSuccessAt: '2022-02-01T06:00:00.000Z', graceUntil: '2023-02-01T06:00:00.000Z' });
  t.match(
    device.explanation.captured.find(({ what }: { what: string }) => what === 'transport'),
    { value: 'callhome', at: '2022-02-05T06:00:00.000Z', text: 'Type: Callhome' },
  );
  const other = await post('devices/sw-press-01/captures', text.replaceAll('sw-press-01', 'sw-press-02'));
  t.match(other, { status: 400, detail: /^The capture is of sw-press-02, and not of sw-press-01/ });
  t.match(await post('devices/sw-none/captures', text), { status: 404 });
  t.match(await post('captures', 'hello'), { status: 400 });
  t.match(await post('captures?at=2999-01-01T00:00:00Z', text), { status: 400, detail: /in the future/ });
  const leap = await post('captures?at=2016-12-31T23:59:60Z', text);
  t.match(leap, { status: 400, detail: /^at: 2016-12-31T23:59:60Z is not a time/ });
  t.match(await post('captures', 'x'.repeat(limits.captureBodyBytes + 1)), { status: 413 });
});

t.test('POST captures uses times without a zone with the zone that is given', async (t) => {
  const { server, commit } = serving(t);
  const http = await server.build();
  const post = async (query: string, text: string) => {
    const url = `/api/v1/captures?dryRun=true${query}`;
    const answer = await http.inject({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, payload: text });
    return { status: answer.statusCode, ...answer.json() };
  };
  await commit(event(observed(T0), { origin: 'sw-press-01' }));
  const text = captureSample.replace('Mon Feb 7 2022', 'Sat Feb 5 2022').replaceAll(' UTC', '');
  t.match(await post('', text), { taken: [{ takenAt: null, unusedTimes: [{ text: /Feb/, why: 'no-zone' }] }] });
  for (const [zone, takenAt] of [
    ['UTC', '2022-02-05T06:00:00.000Z'],
    ['%2B02:00', '2022-02-05T04:00:00.000Z'],
    ['+02:00', '2022-02-05T04:00:00.000Z'],
    ['Europe/Berlin', '2022-02-05T05:00:00.000Z'],
  ])
    t.match(await post(`&zone=${zone}`, text), {
      status: 200,
      taken: [{ takenAt, takenFrom: 'shown', unusedTimes: [] }],
    });
  for (const zone of ['CST', '%2B25:00', '', 'nowhere'])
    t.match(await post(`&zone=${zone}`, text), {
      status: 400,
      detail: /^zone: ".*" is not a time zone: use UTC, \+01:00/,
    });
});

t.test(
  'POST captures says what a trustpool holds, takes the JSON of Ansible, and marks forms that are assumed',
  async (t) => {
    const { server, commit } = serving(t);
    const http = await server.build();
    const post = async (path: string, payload: string) => {
      const headers = { 'content-type': 'text/plain' };
      return (await http.inject({ method: 'POST', url: `/api/v1/${path}`, headers, payload })).json();
    };
    await commit(event(observed(T0), { origin: 'sw-press-01' }));
    const pool = await post('captures?dryRun=true&at=2022-02-05T06:00:00Z', `${trustpoolSample}sw-press-01#\n`);
    t.match(pool.taken, [{ trustpool: { newRoot: 'absent', complete: true, next: /Import it/ } }]);
    const history = [
      'sw-press-01#show license history message',
      'Usage Reporting:',
      '==================',
      'RESPONSE: Feb 01 06:00:00 2022 UTC',
      '{"status":"COMPLETE"}',
      'sw-press-01#',
    ].join('\n');
    const result = { inventory_hostname: 'sw-press-01', stdout: [history.split('\n').slice(1, -1).join('\n')] };
    const ansible = { ...result, commands: ['show license history message'] };
    for (const text of [history, JSON.stringify([ansible])]) {
      const { taken } = await post('captures?dryRun=true', text);
      t.match(taken, [{ device: 'sw-press-01', facts: [{ what: 'last success of report', assumed: true }] }]);
    }
    await post('captures', history);
    const { explanation } = (await http.inject('/api/v1/devices/sw-press-01')).json();
    t.match(explanation.captured, [{ what: 'last success of report', assumed: true }]);
  },
);
