/** What people say that incidents really were, over HTTP, and how often the diagnosis agrees. */
import t, { type Test } from 'tap';
import { hypotheses } from '../../src/core/model/hypothesis.ts';
import { limits } from '../../src/core/model/limits.ts';
import { event, HOUR, observed, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { serving } from './served-store.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const release = { kind: 'hint', family: null, cause: null, weight: 0, facts: { release: '17.3.3' } } as const;

/** A server with an open incident of each of these devices, the first with a known release. */
async function failing(t: Test, ...devices: readonly string[]) {
  const { server, commit } = serving(t);
  for (const origin of devices) {
    const signals = [observed(T0 - 3 * HOUR, callHome), observed(T0 - 2 * HOUR)];
    if (origin === devices[0]) signals.push(observed(T0 - HOUR, release));
    await commit(...signals.map((signal) => event(signal, { origin })));
  }
  const http = await server.build();
  const post = async (path: string, payload: object) => {
    const response = await http.inject({ method: 'POST', url: `/api/v1/incidents/${path}`, payload });
    return { status: response.statusCode, body: response.json() };
  };
  const get = async (path: string) => (await http.inject(`/api/v1/${path}`)).json();
  return { post, get, http };
}

t.test('POST incidents/:id/{notes,close} take a disposition; the incident shows all, and the last one', async (t) => {
  const { post, get } = await failing(t, 'sw-a');
  matchWhole(t, await get('incidents/qv-sw-a-1'), { disposition: null, notes: [] });
  const { diagnosis } = await get('incidents/qv-sw-a-1');
  const proxy = { hypothesis: 'interception', text: 'the proxy opens TLS' };
  const seen = { diagnosis, release: '17.3.3' };
  const noted = await post('qv-sw-a-1/notes', { by: 'kim', text: 'I looked', disposition: proxy });
  t.equal(noted.status, 200);
  t.strictSame(noted.body.disposition, { ...proxy, ...seen });
  t.match(await post('qv-sw-a-1/notes', { text: 'and went home' }), { body: { disposition: proxy } });
  const closed = await post('qv-sw-a-1/close', { text: 'done', disposition: { hypothesis: diagnosis } });
  t.match(closed, { status: 200, body: { state: 'closed' } });
  const incident = await get('incidents/qv-sw-a-1');
  t.strictSame(incident, { ...closed.body, explanation: incident.explanation });
  t.strictSame(incident.disposition, { hypothesis: diagnosis, text: '', ...seen });
  t.strictSame(
    incident.notes.map(({ kind, disposition }: { kind: string; disposition: unknown }) => [kind, disposition]),
    [
      ['note', { ...proxy, ...seen }],
      ['note', null],
      ['closed', { hypothesis: diagnosis, text: '', ...seen }],
    ],
  );
});

t.test('POST incidents/:id/{notes,close} refuse a wrong disposition, and name the nearest hypothesis', async (t) => {
  const { post, get } = await failing(t, 'sw-a');
  const all = hypotheses.join(', ');
  const rows: readonly (readonly [unknown, RegExp])[] = [
    [{ hypothesis: 'intersection' }, /"intersection" is unknown, did you mean "interception"\?/],
    [{ hypothesis: 'Trust' }, /"Trust" is unknown, did you mean "trust"\?/],
    [{ hypothesis: 'own server' }, new RegExp(`did you mean "own-server"\\? It must be one of ${all}$`)],
    [{ hypothesis: '' }, /"" is unknown/],
    [{ hypothesis: 'x'.repeat(100_000) }, /^disposition\.hypothesis: "x{40}" is unknown/],
    [{ hypothesis: 7 }, /hypothesis/],
    [{ text: 'no hypothesis' }, /hypothesis/],
    [{ hypothesis: 'dns', text: 'x'.repeat(limits.noteCharacters + 1) }, /disposition\/text must NOT have more than/],
    [{ hypothesis: 'dns', sure: true }, /must NOT have additional properties/],
    ['dns', /disposition must be object/],
    [null, /disposition must be object/],
  ];
  for (const action of ['notes', 'close']) {
    for (const [disposition, detail] of rows) {
      const answer = await post(`qv-sw-a-1/${action}`, { text: 'I looked', disposition });
      t.match(
        answer,
        { status: 400, body: { status: 400, title: 'Bad Request', detail } },
        JSON.stringify(disposition)?.slice(0, 80),
      );
    }
  }
  const long = { hypothesis: 'dns', text: 'x'.repeat(limits.noteCharacters) };
  for (const action of ['acknowledge', 'reopen']) {
    t.match(await post(`qv-sw-a-1/${action}`, { disposition: long }), { status: 400 }, `${action} takes none`);
  }
  matchWhole(t, await get('incidents/qv-sw-a-1'), { state: 'suspected', notes: [], disposition: null });
  t.match(await get('fleet/accuracy'), { total: 0 });
  t.match(await post('qv-sw-a-1/notes', { text: 'I looked', disposition: long }), { status: 200 });
});

t.test('GET fleet/accuracy counts the last disposition of each incident by diagnosis and release', async (t) => {
  const { post, get } = await failing(t, 'sw-a', 'sw-b', 'sw-c');
  const { diagnosis } = await get('incidents/qv-sw-a-1');
  const say = (device: string, hypothesis: string) =>
    post(`qv-${device}-1/notes`, { text: 'I looked', disposition: { hypothesis } });
  t.strictSame(await get('fleet/accuracy'), { total: 0, agreed: 0, byDiagnosis: [], byRelease: [] });
  await say('sw-a', 'dns');
  await say('sw-a', diagnosis);
  await say('sw-b', diagnosis);
  await say('sw-c', 'interception');
  const all = {
    total: 3,
    agreed: 2,
    byDiagnosis: [
      {
        diagnosis,
        total: 3,
        agreed: 2,
        dispositions: [
          { hypothesis: diagnosis, count: 2 },
          { hypothesis: 'interception', count: 1 },
        ],
      },
    ],
    byRelease: [
      { release: 'unknown', total: 2, agreed: 1 },
      { release: '17.3.3', total: 1, agreed: 1 },
    ],
  };
  t.strictSame(await get('fleet/accuracy'), all);
  // The server's clock stands at T0, 2022-02-05T06:00:00Z.
  t.strictSame(await get('fleet/accuracy?since=2022-02-05T06:00:00Z'), all);
  t.strictSame(await get('fleet/accuracy?since=2022-02-05T00:00:00-05:00&until=2022-02-05T06:00:00.001Z'), all);
  t.match(await get('fleet/accuracy?until=2022-02-05T06:00:00Z'), { total: 0 });
  t.match(await get('fleet/accuracy?since=2022-02-05T06:00:00.001Z'), { total: 0 });
  for (const query of [
    'since=yesterday',
    'until=2022-02-05',
    'since=2022-02-05T23:59:60Z',
    'from=2022-02-05T06:00:00Z',
  ]) {
    t.match(await get(`fleet/accuracy?${query}`), { status: 400, title: 'Bad Request' }, query);
  }
});

t.test('GET fleet/accuracy asks for a token where reading does', async (t) => {
  const { server } = serving(t, {
    access: () => ({ readTokens: ['r'], writeTokens: ['w'], publicUrl: null, metrics: 'open', insecure: false }),
  });
  const http = await server.build();
  const ask = async (headers = {}) => (await http.inject({ url: '/api/v1/fleet/accuracy', headers })).statusCode;
  t.same(
    [await ask(), await ask({ authorization: 'Bearer x' }), await ask({ authorization: 'Bearer r' })],
    [401, 401, 200],
  );
});

t.test('A note needs a text or a disposition', async (t) => {
  const { post } = await failing(t, 'sw-a');
  const noted = await post('qv-sw-a-1/notes', { disposition: { hypothesis: 'dns', text: 'the resolver was down' } });
  t.match(noted, { status: 200, body: { notes: [{ text: 'the resolver was down', by: 'operator' }] } });
  const { status, body } = await post('qv-sw-a-1/close', { disposition: { hypothesis: 'network' } });
  t.equal(status, 200);
  t.match(body, { state: 'closed', notes: [{}, { text: 'network' }] });
  for (const empty of [{}, { text: '' }, { by: 'kim' }])
    t.match(await post('qv-sw-a-1/notes', empty), { status: 400, body: { detail: /text, or a disposition/ } });
});

t.test('The OpenAPI document lists the hypotheses of a disposition', async (t) => {
  const { http } = await failing(t);
  const { paths } = (await http.inject('/openapi.json')).json();
  for (const action of ['notes', 'close']) {
    const { schema } = paths[`/api/v1/incidents/{id}/${action}`].post.requestBody.content['application/json'];
    t.strictSame(schema.properties.disposition.properties.hypothesis.enum, [...hypotheses], action);
    t.notOk(schema.required, 'neither is required; a request without both is refused');
  }
});
