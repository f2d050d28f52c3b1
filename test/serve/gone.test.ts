/** Where moved and withdrawn incidents went, over HTTP. */
import t, { type Test } from 'tap';
import { HOUR, T0 } from '../given.ts';
import { callHome, observation, restored } from '../store/written.ts';
import { serving } from './served-store.ts';

const at = (hours: number) => new Date(T0 + hours * HOUR).toISOString();

/** A server whose incident of an address was moved to `sw-a`, and whose incident of `sw-b` was withdrawn. */
async function withGone(t: Test) {
  const { server, commit } = serving(t);
  const unnamed = { peer: '192.0.2.8' };
  await commit(observation(null, -9, callHome, unnamed), observation(null, -8, {}, unnamed));
  await commit(observation('sw-a', -7, {}, unnamed));
  const own = { peer: '192.0.2.9' };
  await commit(observation('sw-b', -6, callHome, own), observation('sw-b', -4, {}, own));
  await commit(observation('sw-b', -5, restored, own));
  const http = await server.build();
  const ask = async (method: 'GET' | 'POST', path: string, payload?: object) => {
    const response = await http.inject({ method, url: path, ...(payload === undefined ? {} : { payload }) });
    return { status: response.statusCode, body: response.json() };
  };
  return { ask, http, commit };
}

t.test('GET incidents/:id says where a moved or withdrawn incident went', async (t) => {
  const { ask, commit } = await withGone(t);
  t.strictSame(await ask('GET', '/api/v1/incidents/qv-192.0.2.8-1'), {
    status: 200,
    body: { id: 'qv-192.0.2.8-1', movedTo: 'qv-sw-a-1' },
  });
  t.strictSame(await ask('GET', '/api/v1/incidents/qv-sw-b-1'), {
    status: 200,
    body: { id: 'qv-sw-b-1', withdrawn: at(-5) },
  });
  for (const id of ['qv-192.0.2.8-2', 'qv-sw-c-1', 'xx-sw-b-1', 'sw-b']) {
    const { status, body } = await ask('GET', `/api/v1/incidents/${id}`);
    t.match([status, body], [404, { status: 404, detail: `there is no incident ${id}` }], id);
  }
  const own = { peer: '192.0.2.9' };
  await commit(observation('sw-b', -3, restored, own), observation('sw-b', -2, callHome, own));
  await commit(observation('sw-b', -1, {}, own));
  const { body } = await ask('GET', '/api/v1/incidents/qv-sw-b-1');
  t.match(body, { id: 'qv-sw-b-1', state: 'suspected', notes: [], explanation: { device: 'sw-b' } }, 'it exists again');
  t.notHas(body, { withdrawn: String });
  const { body: whole } = await ask('GET', '/api/v1/incidents/qv-sw-a-1');
  t.match(whole, { id: 'qv-sw-a-1', changes: Array, lines: Array, explanation: { device: 'sw-a' } });
  t.notHas(whole, { movedTo: String });
});

t.test('POST incidents/:id/ACTION refuses a moved or withdrawn incident, and says where it went', async (t) => {
  const { ask } = await withGone(t);
  const post = (id: string, action: string) =>
    ask('POST', `/api/v1/incidents/${id}/${action}`, { by: 'kim', text: 'x' });
  for (const action of ['acknowledge', 'notes', 'close', 'reopen']) {
    t.match(await post('qv-192.0.2.8-1', action), {
      status: 409,
      body: { detail: 'qv-192.0.2.8-1 is qv-sw-a-1 now: two names turned out to be one device' },
    });
    t.match(await post('qv-sw-b-1', action), { status: 409, body: { detail: /^qv-sw-b-1 was withdrawn/ } });
    t.match(await post('qv-sw-c-1', action), { status: 404 });
  }
  t.match(await ask('GET', '/api/v1/incidents/qv-sw-a-1'), { body: { notes: [] } });
  t.match(await post('qv-sw-a-1', 'notes'), { status: 200, body: { notes: [{ text: 'x' }] } });
});

t.test('The OpenAPI document says that an incident may be gone', async (t) => {
  const { ask } = await withGone(t);
  const { paths } = (await ask('GET', '/openapi.json')).body;
  const answer = paths['/api/v1/incidents/{id}'].get.responses['200'].content['application/json'].schema;
  t.same(Object.keys(answer), ['oneOf']);
  const [whole, moved, withdrawn] = answer.oneOf;
  t.equal(answer.oneOf.length, 3);
  const acted = paths['/api/v1/incidents/{id}/close'].post.responses['200'].content['application/json'].schema;
  t.strictSame(whole, acted, 'an action answers with the whole incident');
  t.match(moved, { type: 'object', required: ['id', 'movedTo'], properties: { movedTo: { type: 'string' } } });
  t.match(withdrawn, { required: ['id', 'withdrawn'], properties: { withdrawn: { format: 'date-time' } } });
});
