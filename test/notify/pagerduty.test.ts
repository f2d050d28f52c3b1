/** PagerDuty's answers, and what is made of them: its address is the only thing that a test changes. */
import t from 'tap';
import type { PagerDutySettings } from '../../src/config/sinks.ts';
import { deliverTo, schedules } from '../../src/notify/deliver.ts';
import { makePost } from '../../src/notify/http-post.ts';
import type { NoticeRow } from '../../src/store/ports/outbox.ts';
import { advisory, T0 } from '../given.ts';
import { answering, receiver } from './receiver.ts';

const notice: NoticeRow = {
  ...{ seq: 1, id: 'notice-1', sink: 'pager', createdAt: T0, attempts: 0, state: 'pending', nextAt: T0, error: null },
  announcement: {
    ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: null, record: null },
    ...{ pid: null, serial: null, release: null },
  },
};

t.test('deliverTo() tries PagerDuty again where that may help, and only there', async (t) => {
  const rows = [
    [202, {}, { kind: 'delivered' }],
    [400, {}, { kind: 'hopeless', why: 'HTTP 400: invalid routing key' }],
    [429, { 'retry-after': '30' }, { kind: 'failed', why: 'HTTP 429: invalid routing key', retryAfter: '30' }],
    [500, {}, { kind: 'failed', why: 'HTTP 500: invalid routing key', retryAfter: null }],
    [
      302,
      { location: 'http://127.0.0.1:1/' },
      { kind: 'failed', why: 'HTTP 302: invalid routing key', retryAfter: null },
    ],
  ] as const;
  for (const [status, headers, expected] of rows) {
    const peer = await receiver(t, answering(status, headers, 'invalid routing key'));
    const settings: PagerDutySettings = {
      ...{ kind: 'pagerduty', name: 'pager', routingKey: 'R0UT1NG', url: `${peer.url}/v2/enqueue`, timeoutMs: 5000 },
      ...{ allowPrivate: true, authorization: null, only: { states: [], severities: [], plants: [] } },
    };
    const { post, close } = makePost({ timeoutMs: 5000 });
    const deliver = deliverTo(settings, { post, publicUrl: 'https://watch.example.net', advisory, now: () => T0 });
    t.strictSame(await deliver(notice), expected, `${status}`);
    const sent = JSON.parse(peer.got[0]?.body ?? '{}');
    t.match(sent, { routing_key: 'R0UT1NG', event_action: 'trigger', dedup_key: 'qv-sw-a-1' });
    t.equal(peer.got.length, 1, 'once, and nowhere else');
    await close();
  }
});

t.test('somebody waits to be paged: PagerDuty is tried again sooner than a webhook, and given up sooner', async (t) => {
  const sum = (list: readonly number[]) => list.reduce((all, one) => all + one, 0);
  t.ok(sum(schedules.pagerduty.slice(0, 4)) < sum(schedules.webhook.slice(0, 2)));
  t.ok(sum(schedules.pagerduty) < sum(schedules.webhook));
});
