/** Pasted trustpools: what is in them, and what a dry run says. */
import t from 'tap';
import { trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { event, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

const text = { 'content-type': 'text/plain' };

t.test('POST trustpool says what is in a paste and of which device it is, and stores nothing', async (t) => {
  const { server, commit, store } = serving(t);
  const http = await server.build();
  const read = (payload: string) => http.inject({ method: 'POST', url: '/api/v1/trustpool', headers: text, payload });
  const paste = `${trustpoolSample}sw-press-01#\n`;
  const unknown = await read(paste);
  t.match(unknown.json(), { hostname: 'sw-press-01', device: null, wouldChange: null, complete: true });
  await commit(
    event(observed(T0, { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' }), { origin: 'sw-press-01' }),
    event(observed(T0 + 1000), { origin: 'sw-press-01' }),
  );
  const before = structuredClone(await store.load(['sw-press-01']));
  const known = (await read(paste)).json();
  t.match(known, {
    newRoot: { name: 'IdenTrust Commercial Root CA 1', presence: 'absent' },
    oldRoot: { name: 'QuoVadis Root CA 2', presence: 'present' },
    certificates: [{ serial: '0509', subject: /QuoVadis Root CA 2/, origin: 'Built-In' }],
    ...{ hostname: 'sw-press-01', device: 'sw-press-01', next: /^The new root is missing/ },
  });
  t.type(known.wouldChange, Array);
  t.strictSame(await store.load(['sw-press-01']), before, 'nothing is stored');
  const cut = (await read(trustpoolSample.split('\n').slice(1, 9).join('\n'))).json();
  t.match([cut.hostname ?? null, cut.device ?? null], [null, null]);
  const other = await read('hello');
  t.equal(other.statusCode, 400);
  t.match(other.json().detail, /^this is not the output of/);
  t.equal((await http.inject({ method: 'POST', url: '/api/v1/trustpool', payload: {} })).statusCode, 415);
});

t.test('POST devices/:key/trustpool?dryRun=true says what would change, and stores nothing', async (t) => {
  const { server, commit, store } = serving(t);
  const http = await server.build();
  await commit(
    event(observed(T0, { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' }), { origin: 'sw-press-01' }),
    event(observed(T0 + 1000), { origin: 'sw-press-01' }),
  );
  const keep = async (query: string) => {
    const url = `/api/v1/devices/sw-press-01/trustpool${query}`;
    const answer = await http.inject({
      method: 'POST',
      url,
      headers: text,
      payload: `${trustpoolSample}sw-press-01#\n`,
    });
    return { status: answer.statusCode, ...answer.json() };
  };
  const before = structuredClone(await store.load(['sw-press-01']));
  const said = await keep('?dryRun=true');
  t.strictSame([said.dryRun, await store.load(['sw-press-01'])], [true, before], 'nothing is stored');
  const done = await keep('');
  t.strictSame({ ...done, dryRun: true }, said, 'and so it comes');
  t.match(done, { dryRun: false, newRoot: 'absent', changed: done.changes.length });
  t.not((await store.load(['sw-press-01'])).get('sw-press-01')?.trustpool, null);
  t.match(await keep('?dryRun=maybe'), { status: 400, detail: /dryRun must be boolean/ });
});
