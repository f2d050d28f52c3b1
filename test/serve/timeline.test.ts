/** Timelines over HTTP. */
import t from 'tap';
import { event, HOUR, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };

t.test('GET timeline of a device and of an incident, in pages and as CSV', async (t) => {
  const { server, commit } = serving(t);
  const say = (origin: string, hours: number, over = {}) =>
    event(observed(T0 - 9 * HOUR + hours * HOUR, over), { origin, peer: '192.0.2.1' }, `=1+1 of ${origin}`);
  await commit(say('sw-a', 0, callHome), say('sw-a', 1), say('sw-b', 0, callHome), say('sw-b', 1));
  const http = await server.build();
  const get = async (path: string) => {
    const answer = await http.inject(`/api/v1/${path}`);
    return { status: answer.statusCode, ...answer.json() };
  };
  await http.inject({
    method: 'POST',
    url: '/api/v1/incidents/qv-sw-a-1/notes',
    payload: { by: 'kim', text: 'a fuse' },
  });
  const kinds = ({ timeline }: { timeline: { kind: string }[] }) => timeline.map(({ kind }) => kind);
  const whole = await get('devices/sw-a/timeline');
  t.strictSame(kinds(whole), ['note', 'change', 'message', 'message']);
  t.match(whole.timeline[0], {
    incident: 'qv-sw-a-1',
    text: 'kim, note: a fuse',
    note: { by: 'kim', kind: 'note' },
    change: null,
  });
  t.match(whole.timeline[1], {
    text: 'nothing → suspected (score-reached)',
    change: { to: 'suspected' },
    message: null,
  });
  t.match(whole.timeline[2], { at: new Date(T0 - 8 * HOUR).toISOString(), message: { mnemonic: 'COMM_FAILED' } });
  t.strictSame(kinds(await get('incidents/qv-sw-a-1/timeline?kinds=change,note')), ['note', 'change']);
  const first = await get('devices/sw-a/timeline?limit=3');
  t.strictSame(kinds(await get(`devices/sw-a/timeline?limit=3&cursor=${first.next}`)), ['message']);
  for (const [path, status, detail] of [
    [`devices/sw-b/timeline?cursor=${first.next}`, 400, /other filters/],
    [`incidents/qv-sw-a-1/timeline?cursor=${first.next}`, 400, /other filters/],
    [`devices/sw-a/timeline?kinds=note&cursor=${first.next}`, 400, /other filters/],
    [
      'devices/sw-a/timeline?kinds=loss',
      400,
      /^the parameter kinds must be one of message, change, notice, note, repair/,
    ],
    ['devices/sw-none/timeline', 404, /no device sw-none/],
    ['incidents/qv-sw-none-1/timeline', 404, /no incident/],
    ['incidents/x/timeline', 404, /no incident/],
  ] as const)
    t.match(await get(path), { status, detail }, path);
  const csv = await http.inject('/api/v1/devices/sw-a/timeline?format=csv&kinds=message');
  t.match(csv.headers['content-disposition'], 'timeline.csv');
  t.strictSame(csv.body.split('\r\n').slice(0, 2), [
    'at,kind,incident,text',
    `${new Date(T0 - 8 * HOUR).toISOString()},message,qv-sw-a-1,'=1+1 of sw-a`,
  ]);
});
