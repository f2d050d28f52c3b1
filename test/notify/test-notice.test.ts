/** Test notices of every kind of sink, to real receivers. */
import { Webhook } from 'standardwebhooks';
import t, { type Test } from 'tap';
import { Notifier } from '../../src/notify/notifier.ts';
import type { SinkSettings } from '../../src/notify/sinks.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { advisory, T0 } from '../given.ts';
import { common } from './one-sink.ts';
import { answering, garbage, receiver } from './receiver.ts';

const SECRET = `whsec_${'A'.repeat(32)}`;

/** The sinks of a configuration, not started: a test notice goes at once. */
function notifier(t: Test, ...sinks: SinkSettings[]) {
  const counted: string[] = [];
  const store = new MemoryStore(projectionOf(advisory));
  const log = { info() {}, warn() {}, error() {} } as unknown as Log;
  const made = new Notifier({
    ...{ sinks, store, advisory, log, publicUrl: 'http://qv.example', now: () => T0, random: () => 0 },
    isPublicAddress: (address) => !address.startsWith('127.'),
    onResult: (sink) => void counted.push(sink),
    fleetDiagnosisOf: async () => null,
  });
  t.teardown(() => made.stop());
  return { test: (name: string) => made.test(name), counted, store };
}

const webhook = (url: string, name = 'hook'): SinkSettings => ({
  ...{ ...common, name, kind: 'webhook', url, secrets: [SECRET], headers: {} },
});

t.test('Notifier.test() sends a webhook a signed event of its own type, and tells the answer', async (t) => {
  const peer = await receiver(t, answering(202));
  const { test, counted, store } = notifier(t, webhook(`${peer.url}/path-is-a-secret`));
  t.strictSame(await test('hook'), { delivered: true, answers: [{ url: peer.url, status: 202, error: null }] });
  const [request] = peer.requests;
  t.match(
    new Webhook(SECRET).sign(String(request?.headers['webhook-id']), new Date(T0), request?.body ?? ''),
    String(request?.headers['webhook-signature']),
  );
  t.match(JSON.parse(request?.body ?? ''), {
    ...{ specversion: '1.0', type: 'quovadis.test', subject: 'test', time: new Date(T0).toISOString() },
    data: { summary: 'Test notice of quovadis-watch: nothing is wrong' },
  });
  await test('hook');
  t.not(peer.requests[1]?.headers['webhook-id'], request?.headers['webhook-id'], 'each test has an id of its own');
  t.strictSame([counted, (await store.outbox.delivered({ limit: 9 })).rows], [[], []], 'nothing counts or stores it');
  t.equal(await test('other'), null, 'there is no such sink');
});

t.test('Notifier.test() resolves at once what it triggers in PagerDuty', async (t) => {
  const peer = await receiver(t, answering(202));
  const { test } = notifier(t, {
    ...common,
    name: 'pager',
    kind: 'pagerduty',
    url: peer.url,
    routingKey: 'r'.repeat(32),
  });
  t.match(await test('pager'), { delivered: true, answers: [{ status: 202 }, { status: 202 }] });
  const [trigger, resolve] = peer.requests.map(({ body }) => JSON.parse(body));
  t.match(trigger, { event_action: 'trigger', payload: { severity: 'info', source: 'quovadis-watch' } });
  t.strictSame(resolve, { routing_key: 'r'.repeat(32), dedup_key: trigger.dedup_key, event_action: 'resolve' });
});

t.test('Notifier.test() asks every peer of an Alertmanager, and says which one did not take it', async (t) => {
  const [well, ill] = [await receiver(t, answering(200)), await receiver(t, answering(503, {}, 'no\nquorum'))];
  const { test } = notifier(t, {
    ...{ ...common, name: 'am', kind: 'alertmanager', urls: [ill.url, well.url], resendMs: 60_000, grouping: null },
  });
  t.strictSame(await test('am'), {
    delivered: false,
    answers: [
      { url: ill.url, status: 503, error: 'HTTP 503: no quorum' },
      { url: well.url, status: 200, error: null },
    ],
  });
  t.equal(well.requests[0]?.url, '/api/v2/alerts');
  const [alert] = JSON.parse(well.requests[0]?.body ?? '[]');
  t.match(alert, { labels: { alertname: 'QuoVadisTest', severity: 'info' } });
  t.equal(Date.parse(alert.endsAt) - Date.parse(alert.startsAt), 60_000, 'it ends by itself');
});

t.test('Notifier.test() tells why there is no answer', async (t) => {
  const broken = await receiver(t, garbage);
  const closed = await receiver(t, answering(200));
  await closed.close();
  const { test } = notifier(t, webhook(broken.url, 'broken'), webhook(closed.url, 'closed'), {
    ...webhook('http://127.0.0.1:9/', 'private'),
    allowPrivate: false,
  } as SinkSettings);
  for (const [name, why] of [
    ['broken', /./],
    ['closed', /ECONNREFUSED/],
    ['private', /not a public address/],
  ] as const) {
    const found = await test(name);
    t.match(found, { delivered: false, answers: [{ status: null, error: why }] }, name);
  }
});
