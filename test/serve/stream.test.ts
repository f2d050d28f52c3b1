import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Access } from '../../src/serve/auth.ts';
import { ChangeFeed } from '../../src/serve/change-feed.ts';
import { DeviceNews } from '../../src/serve/device-news.ts';
import { cookieNames, sealed } from '../../src/serve/session.ts';
import { T0 } from '../given.ts';
import { eventsOf, take } from './event-stream.ts';
import { serving } from './served-store.ts';

const change = (device: string): DeviceChange =>
  ({
    ...{ type: 'IncidentSuspected', device, ordinal: 1, at: T0, receivedAt: T0 },
    ...{ from: null, to: 'suspected', severity: 'warning', reason: 'score-reached' },
  }) as DeviceChange;

async function streaming(t: Test, over: Parameters<typeof serving>[1] = {}) {
  const news = new DeviceNews();
  const { server, feed } = serving(t, { news, ...over });
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const listen = async (
    lastId?: string,
    more: Record<string, string> = {},
    localAddress = '127.0.0.1',
  ): Promise<IncomingMessage> => {
    const headers = { ...more, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    const [response] = await once(
      get(`http://127.0.0.1:${port}/api/v1/stream`, { agent: false, headers, localAddress }),
      'response',
    );
    response.on('error', () => {});
    return response;
  };
  /** Resolves when the feed has this number of listeners. */
  const listeners = async (count: number) => {
    const late = AbortSignal.timeout(120_000);
    while (feed.listeners !== count && !late.aborted) await new Promise((resolve) => setImmediate(resolve));
    t.equal(feed.listeners, count);
  };
  return { feed, news, port, listen, listeners };
}

t.test('GET stream accepts at most limits.listeners, and a new one after another has left', async (t) => {
  const { feed, listen, listeners } = await streaming(t);
  const all = await Promise.all(Array.from({ length: limits.listeners }, () => listen()));
  t.strictSame([...new Set(all.map(({ statusCode }) => statusCode))], [200]);
  const refused = await listen();
  t.strictSame([refused.statusCode, feed.listeners], [503, limits.listeners]);
  t.match(refused.headers['content-type'], /^application\/problem\+json/);
  all[0]?.destroy();
  await listeners(limits.listeners - 1);
  const next = await listen();
  t.equal(next.statusCode, 200, 'there is room again');
  for (const response of [...all, next]) response.destroy();
  await listeners(0);
});

t.test('a client that takes all streams keeps no other one from listening', async (t) => {
  const { listen, listeners } = await streaming(t);
  const all = await Promise.all(Array.from({ length: limits.listeners }, () => listen()));
  const ended = Promise.race(all.map((response) => new Promise((resolve) => response.on('close', resolve))));
  const others = await Promise.all(Array.from({ length: 3 }, () => listen(undefined, {}, '127.0.0.2')));
  t.strictSame(
    others.map(({ statusCode }) => statusCode),
    [200, 200, 200],
  );
  await ended;
  await listeners(limits.listeners);
  t.equal((await listen()).statusCode, 503, 'who has most takes no place of others');
  for (const response of [...all, ...others]) response.destroy();
  await listeners(0);
});

t.test('GET stream disconnects a listener that does not read, and no other', async (t) => {
  const { feed, port, listen, listeners } = await streaming(t);
  const reader = await listen();
  const silent = connect(port, '127.0.0.1').on('error', () => {});
  silent.write('GET /api/v1/stream HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  await listeners(2);
  let heard = 0;
  reader.on('data', (part: Buffer) => {
    heard += part.length;
  });
  // The kernel buffers an unknown part of a connection; `most` messages are more than that.
  const [bytes, most] = [limits.listenerBytes / 8, 512];
  const late = AbortSignal.timeout(120_000);
  let published = 0;
  while (feed.listeners === 2 && published < most) {
    feed.publish([change('x'.repeat(bytes))]);
    for (published++; heard < published * bytes; ) await once(reader, 'data', { signal: late });
  }
  t.equal(feed.listeners, 1, `after ${published} changes`);
  t.ok(published * bytes > limits.listenerBytes, 'not before limits.listenerBytes are unread');
  feed.publish([change('x'.repeat(bytes))]);
  for (published++; heard < published * bytes; ) await once(reader, 'data', { signal: late });
  t.pass('the listener that reads gets every change');
  silent.destroy();
});

t.test('answers and hello tell the same position, until something is published', async (t) => {
  const { feed, port, listen, listeners } = await streaming(t);
  const asked = async (headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/incidents`, { headers });
    await answer.arrayBuffer();
    return answer;
  };
  const first = await asked();
  const hello = async () => {
    const response = await listen();
    const [said] = await take(eventsOf(response), 1, 'hello');
    response.destroy();
    await listeners(0);
    return said?.data['position'];
  };
  t.equal(await hello(), first.headers.get('feed-position'));
  feed.publish([change('sw-a')]);
  const etag = `${first.headers.get('etag')}`;
  const unchanged = await asked({ 'if-none-match': etag });
  t.equal(unchanged.status, 304);
  t.not(
    unchanged.headers.get('feed-position'),
    first.headers.get('feed-position'),
    'an answer that is the same, later',
  );
  t.equal(await hello(), unchanged.headers.get('feed-position'));
});

t.test('GET stream says hello, then counts and health', async (t) => {
  const { listen } = await streaming(t);
  const response = await listen();
  const [hello, counts, health] = await take(eventsOf(response), 3, 'hello', 'counts', 'health', 'reset', 'change');
  t.match(hello, {
    event: 'hello',
    id: String,
    data: { version: '1.2.3', time: new Date(T0).toISOString(), console: /^[\w-]{12}$/ },
  });
  t.match(counts, { event: 'counts', id: undefined, data: { incidents: [], devices: [], recoveryHidden: 0 } });
  t.strictSame(health, { event: 'health', data: { ready: true, detail: null, noticesWaitSince: null } });
  response.destroy();
});

t.test('GET stream sends what a client has missed, by the id of any event that it got', async (t) => {
  const { feed, listen, listeners } = await streaming(t);
  const first = await listen();
  const events = eventsOf(first);
  const [hello] = await take(events, 1, 'hello');
  feed.publish([change('sw-a'), change('sw-b')]);
  const [a, b] = await take(events, 2, 'change');
  t.match([a, b], [{ data: { device: 'sw-a', incident: 'qv-sw-a-1' } }, { data: { device: 'sw-b' } }]);
  t.strictSame(Object.keys(a?.data ?? {}), ['incident', 'device', 'type', 'at', 'from', 'to', 'severity', 'reason']);
  t.not(a?.id, b?.id, 'each change has an id');
  first.destroy();
  await listeners(0);
  feed.publish([change('sw-c')]);
  let more: string[] = [];
  for (const [lastId, known] of [
    [hello?.id, ['sw-a', 'sw-b', 'sw-c']],
    [a?.id, ['sw-b', 'sw-c']],
    [b?.id, ['sw-c']],
  ] as const) {
    const missed = [...known, ...more];
    const again = await listen(lastId);
    const since = eventsOf(again);
    const [second] = await take(since, 1, 'hello', 'reset', 'change');
    t.match(second, { event: 'hello', id: undefined }, 'hello does not move the position past what was missed');
    const got = await take(since, missed.length, 'change', 'reset');
    t.strictSame(
      got.map(({ data }) => data['device']),
      missed,
    );
    feed.publish([change('sw-next')]);
    t.match(await take(since, 1, 'change', 'reset'), [{ data: { device: 'sw-next' } }], 'and what comes then, once');
    more = [...more, 'sw-next'];
    again.destroy();
    await listeners(0);
  }
  const upToDate = await listen(feed.position);
  const [hi, next] = await take(eventsOf(upToDate), 2, 'hello', 'reset', 'change', 'counts');
  t.strictSame([hi?.event, hi?.id, next?.event], ['hello', feed.position, 'counts']);
  upToDate.destroy();
});

t.test(
  'GET stream tells what people did, with an id as a change, and names no more devices than a line takes',
  async (t) => {
    const { feed, listen } = await streaming(t);
    const response = await listen();
    const events = eventsOf(response);
    await take(events, 1, 'hello');
    const of = (device: string) => ({ device, ordinal: 1 });
    const common = { by: 'kim', at: T0 };
    feed.publish([change('sw-a')], { ...common, kind: 'closed', incidents: [of('sw-a')], devices: ['sw-a'] });
    const keys = Array.from({ length: 500 }, (_, index) => `sw-${index}`);
    feed.publish([], { ...common, by: null, kind: 'devices', incidents: [], devices: keys });
    const [changed, closed, imported] = await take(events, 3, 'change', 'act');
    t.equal(changed?.event, 'change');
    t.strictSame(closed, {
      ...{ id: closed?.id, event: 'act' },
      data: { kind: 'closed', by: 'kim', at: new Date(T0).toISOString(), incidents: ['qv-sw-a-1'], devices: ['sw-a'] },
    });
    t.strictSame(
      [imported?.data['kind'], imported?.data['by'], imported?.data['devices']],
      ['devices', null, keys.slice(0, 50)],
    );
    response.destroy();
    const again = await listen(changed?.id);
    t.strictSame(await take(eventsOf(again), 2, 'change', 'act', 'reset'), [closed, imported], 'also later, by the id');
    again.destroy();
  },
);

t.test('GET stream tells of which devices something is new, without an id: it is not told again', async (t) => {
  const { news, listen } = await streaming(t);
  const response = await listen();
  const events = eventsOf(response);
  await take(events, 1, 'hello');
  news.note(['sw-a']);
  t.strictSame(await take(events, 1, 'news'), [
    { event: 'news', data: { devices: ['sw-a'], senders: [], all: false, notices: false } },
  ]);
  response.destroy();
});

t.test('GET stream answers reset to an id of another run, an old one and nonsense', async (t) => {
  const { feed, listen, listeners } = await streaming(t);
  const old = feed.position;
  feed.publish(Array.from({ length: limits.streamChanges + 1 }, (_, index) => change(`sw-${index}`)));
  for (const lastId of [old, new ChangeFeed().position, 'x', '%00', '9'.repeat(500)]) {
    const response = await listen(lastId);
    const [hello, reset] = await take(eventsOf(response), 2, 'hello', 'reset', 'change');
    t.strictSame([hello?.event, hello?.id, reset?.event], ['hello', feed.position, 'reset'], lastId.slice(0, 20));
    response.destroy();
    await listeners(0);
  }
});

const ACCESS: Access = { readTokens: ['r'], writeTokens: [], publicUrl: null, metrics: 'open', insecure: false };

t.test('GET stream tells each 15 s that it is alive, and ends with the session of the listener', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  let now = T0;
  const { listen, listeners, port } = await streaming(t, { access: () => ACCESS, now: () => now });
  const session = sealed({ role: 'read', name: 'kim', until: T0 + 20_000 }, 'r');
  const { plain } = cookieNames(`127.0.0.1:${port}`, null);
  const response = await listen(undefined, { cookie: `${plain}=${session}` });
  now += 15_000;
  mock.timers.tick(15_000);
  const [alive] = await take(eventsOf(response), 1, 'alive');
  t.strictSame(alive, { event: 'alive', data: { time: new Date(now).toISOString() } });
  now += 15_000;
  mock.timers.tick(15_000);
  await listeners(0);
});

t.test('GET stream tells nothing more to whose token is not configured any more, and goes on for others', async (t) => {
  let access: Access = { ...ACCESS, readTokens: ['old', 'kept'] };
  const { feed, listen, listeners } = await streaming(t, { access: () => access });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const [gone, kept] = [await listen(undefined, bearer('old')), await listen(undefined, bearer('kept'))];
  let told = '';
  gone.on('data', (part: Buffer) => {
    told += part;
  });
  access = { ...ACCESS, readTokens: ['kept'] };
  feed.publish([change('sw-secret')]);
  const events = eventsOf(kept);
  t.match(await take(events, 1, 'change'), [{ data: { device: 'sw-secret' } }]);
  await listeners(1);
  t.notMatch(told, 'sw-secret');
  feed.publish([change('sw-next')]);
  t.match(await take(events, 1, 'change'), [{ data: { device: 'sw-next' } }]);
  kept.destroy();
  await listeners(0);
});
