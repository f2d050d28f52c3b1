/** A browser's session: what its cookie may do, and from where. */
import t, { type Test } from 'tap';
import { cookieNames, opened, SESSION_MS, type Session, sealed } from '../../src/serve/session.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { advisory } from '../given.ts';
import { callHome, commit, observation } from '../store/written.ts';
import { serving } from './served-store.ts';
import { serverOf } from './serving.ts';

const HOST = '192.0.2.1';
const AT = 'monitor.example.net:9514';
const ORIGIN = `http://${AT}`;

/** A server on an address that is not loopback, and one request to it as a browser sends it. */
async function served(
  t: Test,
  given: { readTokens?: string[]; writeTokens?: string[]; publicUrl?: string | null } = {},
) {
  const access = {
    readTokens: ['r'],
    writeTokens: ['w'],
    publicUrl: null as string | null,
    metrics: 'open',
    insecure: false,
    ...given,
  } as const;
  const logins: string[] = [];
  const clock = { now: 1_700_000_000_000 };
  const metrics = { onLogin: (result: string) => logins.push(result), onHttpClosed: () => {} } as unknown as Metrics;
  const { server, logged } = serverOf({ access: () => access, now: () => clock.now, metrics });
  const http = await server.build(HOST);
  t.teardown(() => http.close());
  const ask = (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    headers: Record<string, string> = {},
    payload?: object | string,
  ) =>
    http.inject({
      method,
      url: `/api/v1/${path}`,
      headers: { host: AT, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  const logIn = async (token: string, more: object = {}, headers: Record<string, string> = {}) => {
    const answer = await ask('POST', 'session', { origin: ORIGIN, ...headers }, { token, name: 'kim', ...more });
    const cookie = `${answer.headers['set-cookie'] ?? ''}`;
    return { answer, cookie, sent: { cookie: cookie.split(';')[0] ?? '' } };
  };
  return { access, ask, logIn, logins, logged, clock };
}

const write = ['POST', 'incidents/none/acknowledge'] as const;
/** An incident that there is not: 404 says that the request was let through. */
const LET_THROUGH = 404;

t.test('a cookie reads and writes as its token does, and says nothing to scripts and other sites', async (t) => {
  const { ask, logIn, logins } = await served(t);
  t.equal((await ask('GET', 'incidents')).statusCode, 401);
  const { answer, cookie, sent } = await logIn('w');
  t.same([answer.statusCode, answer.json().role, answer.json().name], [200, 'write', 'kim']);
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${SESSION_MS.write / 1000}`])
    t.match(cookie, part);
  t.notMatch(cookie, /\bw\b/, 'the token is not in it');
  t.equal((await ask('GET', 'incidents', sent)).statusCode, 200);
  t.equal((await ask(...write, { ...sent, origin: ORIGIN }, {})).statusCode, LET_THROUGH);
  t.match((await ask('GET', 'session', sent)).json(), { role: 'write', name: 'kim', loginHelps: false });
  t.same(logins, ['ok']);
});

t.test('a session that reads may not write', async (t) => {
  const { ask, logIn } = await served(t);
  for (const [token, more] of [
    ['r', {}],
    ['w', { readOnly: true }],
  ] as const) {
    const { cookie, sent } = await logIn(token, more);
    t.match(cookie, `Max-Age=${SESSION_MS.read / 1000}`);
    t.equal((await ask('GET', 'incidents', sent)).statusCode, 200);
    const refused = await ask(...write, { ...sent, origin: ORIGIN }, {});
    t.equal(refused.statusCode, 403);
    t.match(refused.json().detail, /may only read/);
    t.match((await ask('GET', 'session', sent)).json(), { role: 'read', loginHelps: true });
  }
});

t.test('with a cookie, only a page of this service writes', async (t) => {
  const { ask, logIn } = await served(t, { publicUrl: 'https://qv.example.net/quovadis' });
  const { sent } = await logIn('w');
  const rows: [why: string, headers: Record<string, string>, status: number][] = [
    ['this page', { origin: ORIGIN }, LET_THROUGH],
    ['this page, by a browser that says so', { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }, LET_THROUGH],
    ['the public URL', { origin: 'https://qv.example.net' }, LET_THROUGH],
    ['another origin', { origin: 'http://evil.example' }, 403],
    ['another port', { origin: 'http://monitor.example.net:8080' }, 403],
    ['another host of the site', { origin: 'http://a.monitor.example.net:9514' }, 403],
    ['no origin', {}, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a browser that says it is another site', { origin: ORIGIN, 'sec-fetch-site': 'same-site' }, 403],
  ];
  for (const [why, headers, status] of rows) {
    t.equal((await ask(...write, { ...sent, ...headers }, {})).statusCode, status, why);
    const text = await ask(
      'POST',
      'inventory',
      { ...sent, ...headers, 'content-type': 'text/csv' },
      'hostname\nsw-a\n',
    );
    t.equal(text.statusCode === 403, status === 403, `${why}, a body that needs no preflight`);
    const logOut = await ask('DELETE', 'session', { ...sent, ...headers });
    t.equal(logOut.statusCode, status === 403 && headers['origin'] !== undefined ? 403 : 200, `${why}: log out`);
  }
});

t.test('a bearer token needs no origin, and counts instead of a cookie', async (t) => {
  const { ask, logIn } = await served(t);
  const { sent } = await logIn('w');
  t.equal((await ask(...write, { authorization: 'Bearer w' }, {})).statusCode, LET_THROUGH);
  t.equal((await ask(...write, { ...sent, origin: ORIGIN, authorization: 'Bearer no' }, {})).statusCode, 401);
});

t.test('a session dies with its token and at its end, and survives another process', async (t) => {
  const { ask, logIn, access, clock } = await served(t);
  const { sent } = await logIn('w');
  const same = await served(t);
  t.equal((await same.ask('GET', 'incidents', sent)).statusCode, 200, 'another process with the same token');
  const other = await served(t, { writeTokens: ['w2'] });
  t.equal((await other.ask('GET', 'incidents', sent)).statusCode, 401, 'the token is gone');
  t.equal((await other.ask(...write, { ...sent, origin: ORIGIN }, {})).statusCode, 401);
  const demoted = await served(t, { readTokens: ['r', 'w'], writeTokens: ['w2'] });
  t.equal((await demoted.ask('GET', 'incidents', sent)).statusCode, 401, 'the token may not write any more');
  clock.now += SESSION_MS.write;
  t.equal((await ask('GET', 'incidents', sent)).statusCode, 401, 'it has ended');
  t.ok(access);
});

t.test('a cookie that was changed is no session', async (t) => {
  const tokens = { readTokens: ['r'], writeTokens: ['w'] };
  const session: Session = { role: 'read', name: 'kim', until: 10 };
  const good = sealed(session, 'r');
  t.same(opened(good, tokens, 9), session);
  t.equal(opened(good, tokens, 10), null);
  const [body = '', signature = ''] = good.split('.');
  const forged = Buffer.from(JSON.stringify({ ...session, role: 'write' })).toString('base64url');
  t.equal(
    opened(sealed({ ...session, role: 'write' }, 'r'), tokens, 0),
    null,
    'a token that reads signs no right to write',
  );
  for (const bad of [
    '',
    '.',
    '..',
    body,
    `${body}.`,
    `${forged}.${signature}`,
    `${body}.${signature.slice(1)}`,
    `${good}.x`,
    '%',
    '\u0000.\u0000',
  ])
    t.equal(opened(bad, tokens, 0), null, JSON.stringify(bad));
});

t.test('what is sealed with a token, but is no session, gives no session', (t) => {
  const tokens = { readTokens: ['r'], writeTokens: ['w'] };
  const whole = { role: 'write', name: 'kim', until: 9 };
  for (const value of [
    null,
    1,
    'x',
    [],
    {},
    { ...whole, role: 'root' },
    { ...whole, name: 1 },
    { ...whole, until: '9' },
  ])
    t.equal(opened(sealed(value as unknown as Session, 'w'), tokens, 0), null, JSON.stringify(value));
  t.end();
});

t.test('pages of other origins and requests that are no log-in take none of the tries', async (t) => {
  const { ask, logIn, logins } = await served(t);
  const foreign = { origin: 'http://evil.example' };
  for (let tries = 0; tries < 20; tries++) {
    t.equal((await ask('POST', 'session', foreign, { token: 'wrong', name: 'kim' })).statusCode, 403);
    const text = { origin: ORIGIN, 'content-type': 'text/plain' };
    t.equal((await ask('POST', 'session', text, '{"token":"wrong","name":"kim"}')).statusCode, 415);
    t.equal((await ask('POST', 'session', { origin: ORIGIN }, { token: 'wrong' })).statusCode, 400);
  }
  t.equal((await logIn('w')).answer.statusCode, 200);
  t.same(logins, ['ok']);
});

t.test('log-ins are limited by address, logged and counted', async (t) => {
  const { logIn, logins, logged, ask } = await served(t);
  for (let tries = 0; tries < 5; tries++) t.equal((await logIn('wrong')).answer.statusCode, 401);
  const { answer, cookie } = await logIn('w');
  t.equal(answer.statusCode, 429);
  t.match(answer.headers['content-type'], 'application/problem+json');
  t.match(answer.json().detail, /try again/);
  t.equal(cookie, '');
  t.same(logins, [...Array(5).fill('refused'), 'limited']);
  for (let tries = 0; tries < 20; tries++) await logIn('wrong');
  t.equal(logged.filter((line) => /log-in .* refused/.test(line)).length, 2, 'once a minute of each kind');
  t.equal((await ask('GET', 'incidents', { authorization: 'Bearer r' })).statusCode, 200, 'nothing else is limited');
});

t.test('another page cannot log a browser in', async (t) => {
  const { logIn, ask } = await served(t);
  t.equal((await logIn('w', {}, { origin: 'http://evil.example' })).answer.statusCode, 403);
  const form = await ask('POST', 'session', { 'content-type': 'application/x-www-form-urlencoded' }, 'token=w&name=x');
  t.equal(form.statusCode, 415);
});

t.test('under https the cookie is bound to this host', async (t) => {
  const { logIn, ask } = await served(t, { publicUrl: `https://${AT}` });
  const { cookie, sent } = await logIn('w', {}, { origin: `https://${AT}` });
  t.match(cookie, /^__Host-quovadis-9514=/);
  t.match(cookie, 'Secure');
  t.equal((await ask(...write, { ...sent, origin: `https://${AT}` }, {})).statusCode, LET_THROUGH);
  t.equal((await ask(...write, { ...sent, origin: ORIGIN }, {})).statusCode, 403, 'a page that came without TLS');
});

t.test('the sessions of two services on one host do not end each other', async (t) => {
  const [first, second] = [await served(t), await served(t, { readTokens: ['r2'], writeTokens: ['w2'] })];
  const other = 'monitor.example.net:9515';
  const jar = new Map<string, string>();
  const take = (cookie: string) => {
    const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
    jar.set(name, value);
  };
  take((await first.logIn('w')).cookie);
  take((await second.logIn('w2', { name: 'lee' }, { host: other, origin: `http://${other}` })).cookie);
  const sent = { cookie: [...jar].map((each) => each.join('=')).join('; ') };
  t.equal(jar.size, 2);
  t.match((await first.ask('GET', 'session', sent)).json(), { role: 'write', name: 'kim' });
  t.match((await second.ask('GET', 'session', { ...sent, host: other })).json(), { role: 'write', name: 'lee' });
  const left = await second.ask('DELETE', 'session', { ...sent, host: other, origin: `http://${other}` });
  const cleared = [left.headers['set-cookie']].flat().map((cookie) => `${cookie}`.split('=')[0]);
  t.strictSame(cleared.sort(), ['__Host-quovadis-9515', 'quovadis-9515']);
});

t.test('cookieNames() says where a service is, and has no character that a cookie may not have', async (t) => {
  const rows: [host: string | undefined, publicUrl: string | null, place: string][] = [
    ['monitor.example.net', null, ''],
    ['monitor.example.net:80', null, ''],
    ['monitor.example.net:9514', null, '-9514'],
    ['[::1]:9514', null, '-9514'],
    [undefined, null, ''],
    ['monitor.example.net:x', null, ''],
    ['127.0.0.1:9514', 'https://qv.example.net', ''],
    ['127.0.0.1:9514', 'https://qv.example.net:8443/', '-8443'],
    ['127.0.0.1:9514', 'https://qv.example.net/plants/north/', '-plants-north'],
    ['127.0.0.1:9514', 'https://qv.example.net/a;b=(ü)', '-a_b___C3_BC_'],
  ];
  for (const [host, publicUrl, place] of rows)
    t.strictSame(
      cookieNames(host, publicUrl),
      { secure: `__Host-quovadis${place}`, plain: `quovadis${place}` },
      `${host} ${publicUrl}`,
    );
});

t.test('blanks, and marks that nobody sees, are no name', async (t) => {
  const { ask, logIn } = await served(t);
  for (const name of ['', ' ', '\u3000\t', '\u200b\u202e']) {
    const { answer, cookie } = await logIn('w', { name });
    t.equal(answer.statusCode, 400, JSON.stringify(name));
    t.match(
      answer.json().detail,
      name === '' ? /^body\/name must NOT have fewer/ : /^body\/name must be a name that can be seen/,
    );
    t.equal(cookie, '');
    const noted = await ask('POST', 'incidents/none/notes', { authorization: 'Bearer w' }, { by: name, text: 'x' });
    t.equal(noted.statusCode, 400, 'nor is one of a program');
  }
  t.match((await logIn('w', { name: ' kim\u3000' })).answer.json(), { name: 'kim' });
});

t.test('without tokens a program on this machine may do all, and is told so', async (t) => {
  const { server } = serverOf();
  const http = await server.build();
  t.match((await http.inject('/api/v1/session')).json(), { role: 'write', name: null, until: null, loginHelps: false });
});

t.test('log-ins are a metric', async (t) => {
  const metrics = new Metrics(advisory, {} as never);
  metrics.onLogin('refused');
  t.match(await metrics.registry.getSingleMetricAsString('quovadis_logins_total'), /result="refused"\} 1/);
});

t.test('what a browser writes is signed by whoever is logged in there, whatever its page says', async (t) => {
  const { store, server } = serving(t, {
    access: () => ({ readTokens: [], writeTokens: ['w'], publicUrl: null, metrics: 'open', insecure: false }),
  });
  await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
  const http = await server.build(HOST);
  t.teardown(() => http.close());
  const ask = (method: 'POST' | 'DELETE', path: string, headers: Record<string, string>, payload: object = {}) =>
    http.inject({ method, url: `/api/v1/${path}`, headers: { host: AT, ...headers }, payload });
  const loggedIn = await ask('POST', 'session', { origin: ORIGIN }, { token: 'w', name: 'lee' });
  const lee = { origin: ORIGIN, cookie: `${loggedIn.headers['set-cookie']}`.split(';')[0] ?? '' };
  const notes = async () => (await store.notes('sw-a', 1)).map(({ by, text }) => `${by}: ${text}`);
  const note = (headers: Record<string, string>, body: object) =>
    ask('POST', 'incidents/qv-sw-a-1/notes', headers, { text: 'on it', ...body });
  t.equal((await note(lee, { by: 'kim' })).statusCode, 200);
  t.equal((await note(lee, {})).statusCode, 200);
  t.equal((await note({ authorization: 'Bearer w' }, { by: 'kim' })).statusCode, 200);
  t.equal((await note({ ...lee, authorization: 'Bearer w' }, { by: 'kim' })).statusCode, 200);
  t.same(await notes(), ['lee: on it', 'lee: on it', 'kim: on it', 'kim: on it'], 'a program names the author');
  const bulk = { action: 'acknowledge', ids: ['qv-sw-a-1'], by: 'kim', text: '' };
  t.equal((await ask('POST', 'incidents/bulk', lee, bulk)).statusCode, 200);
  t.match(await store.incident('qv-sw-a-1'), { acknowledged: { by: 'lee' } });
});
