import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import { limits } from '../../src/core/model/limits.ts';
import { T0 } from '../given.ts';
import { serving } from './served-store.ts';

const change = (device: string): DeviceChange =>
  ({
    ...{ type: 'IncidentSuspected', device, ordinal: 1, at: T0, receivedAt: T0 },
    ...{ from: null, to: 'suspected', severity: 'warning', reason: 'score-reached' },
  }) as DeviceChange;

async function streaming(t: Test) {
  const { server, feed } = serving(t);
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const listen = async (): Promise<IncomingMessage> => {
    const [response] = await once(get(`http://127.0.0.1:${port}/api/v1/stream`, { agent: false }), 'response');
    response.on('error', () => {});
    return response;
  };
  /** Resolves when the feed has this number of listeners. */
  const listeners = async (count: number) => {
    const late = AbortSignal.timeout(10_000);
    while (feed.listeners !== count && !late.aborted) await new Promise((resolve) => setImmediate(resolve));
    t.equal(feed.listeners, count);
  };
  return { feed, port, listen, listeners };
}

t.test('GET stream accepts at most limits.listeners, and a new one after another has left', async (t) => {
  const { feed, listen, listeners } = await streaming(t);
  const all = await Promise.all(Array.from({ length: limits.listeners }, listen));
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
  const late = AbortSignal.timeout(20_000);
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
