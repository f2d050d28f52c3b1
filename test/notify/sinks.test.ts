/** Sinks of notices as the app builds them, on a clock of the test: what an answer means, and when a notice is tried again. */
import t, { type Test } from 'tap';
import type { NoticeSinkSettings } from '../../src/config/sinks.ts';
import type { Announcement } from '../../src/core/announce/notice.ts';
import { PAGER_SCHEDULE, WEBHOOK_SCHEDULE } from '../../src/notify/backoff.ts';
import { Sinks } from '../../src/notify/sinks.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { advisory, T0 } from '../given.ts';
import { answering, receiver } from './receiver.ts';

const announcement: Announcement = {
  ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null },
  ...{ to: 'confirmed', severity: 'major', reason: 'score-reached', by: null, text: null, record: null },
  ...{ pid: null, serial: null, release: null },
};

const common = {
  ...{ name: 'sink', only: { states: [], severities: [], plants: [] }, timeoutMs: 5000, authorization: null },
  allowPrivate: true,
};
const settings: Record<NoticeSinkSettings['kind'], (url: string) => NoticeSinkSettings> = {
  pagerduty: (url) => ({ ...common, kind: 'pagerduty', url, routingKey: 'R0UT1NGK3Y' }),
  webhook: (url) => ({ ...common, kind: 'webhook', url, secrets: [`whsec_${'A'.repeat(32)}`] }),
};

/** `next`: tries the notice when it is due, and gives what is left of it in the outbox; null where nothing is. */
async function telling(t: Test, settings: NoticeSinkSettings) {
  const store = new MemoryStore(projectionOf(advisory));
  let now = T0;
  const sinks = new Sinks({
    ...{ sinks: [settings], store, advisory, publicUrl: 'https://watch.example.net', now: () => now },
    ...{ random: () => 0, isPublic: () => false, counted: () => {} },
    log: { info() {}, warn() {}, error() {}, debug() {} } as unknown as Log,
  });
  t.teardown(() => sinks.stop());
  store.outbox.write([{ announcement, sinks: ['sink'] }], now);
  const left = async () => (await store.outbox.list({ limit: 9 })).rows[0] ?? null;
  const next = async () => {
    const before = await left();
    const wait = (before?.nextAt ?? now) - now;
    now += wait;
    sinks.changed([]);
    let row = before;
    while (row !== null && row.state === 'pending' && row.attempts === before?.attempts) {
      await new Promise((resolve) => setImmediate(resolve));
      row = await left();
    }
    return { row, wait };
  };
  return next;
}

t.test('Sinks gives up, or tries again, by what the receiver of its kind means with an answer', async (t) => {
  const rows = [
    ['pagerduty', 202, {}, 'delivered', 'it was taken'],
    ['pagerduty', 400, {}, 'dead', 'the event is not valid, and will not become so'],
    ['pagerduty', 410, {}, 'dead', 'nobody is there any more'],
    ['pagerduty', 429, {}, 5000, 'too many events'],
    ['pagerduty', 429, { 'retry-after': '90' }, 90_000, 'too many events, and it says for how long'],
    ['pagerduty', 500, {}, 5000, 'it fails'],
    ['pagerduty', 404, {}, 5000, 'somebody repairs it'],
    ['webhook', 400, {}, 5000, 'a receiver of another kind may mean anything with it'],
    ['webhook', 410, {}, 'dead', 'nobody is there any more'],
  ] as const;
  for (const [kind, status, headers, expected, why] of rows) {
    const peer = await receiver(t, answering(status, headers));
    const { row } = await (await telling(t, settings[kind](peer.url)))();
    const found = row === null ? 'delivered' : row.state === 'dead' ? 'dead' : (row.nextAt ?? 0) - T0;
    t.strictSame([found, peer.got.length], [expected, 1], `${kind} ${status}: ${why}`);
    if (kind !== 'pagerduty') continue;
    t.match(JSON.parse(peer.got[0]?.body ?? ''), { routing_key: 'R0UT1NGK3Y', event_action: 'trigger' });
  }
});

t.test('Sinks tries by the schedule of the kind, until that has ended', async (t) => {
  for (const [kind, schedule] of [
    ['pagerduty', PAGER_SCHEDULE],
    ['webhook', WEBHOOK_SCHEDULE],
  ] as const) {
    const peer = await receiver(t, answering(500));
    const next = await telling(t, settings[kind](peer.url));
    const waits: number[] = [];
    let { row } = await next();
    while (row?.state === 'pending') {
      const tried = await next();
      waits.push(tried.wait);
      row = tried.row;
    }
    t.strictSame(waits, schedule, kind);
    t.match(row, { state: 'dead', attempts: schedule.length + 1, error: /^HTTP 500 \(after \d+ tries\)$/ }, kind);
    t.equal(peer.got.length, schedule.length + 1, `${kind}: and no more`);
  }
});
