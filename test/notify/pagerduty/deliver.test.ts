/** The answers of PagerDuty and their results. The tests change nothing but the address of PagerDuty. */

import t from 'tap';
import { PAGER_SCHEDULE, WEBHOOK_SCHEDULE } from '../../../src/notify/backoff.ts';
import { makeDeliver } from '../../../src/notify/delivery.ts';
import { makePost } from '../../../src/notify/http-post.ts';
import type { PagerDutySettings } from '../../../src/notify/pagerduty/settings.ts';
import { sinkKinds } from '../../../src/notify/sinks.ts';
import type { NoticeRow } from '../../../src/store/ports/outbox.ts';
import { advisory, T0 } from '../../given.ts';
import { checkAnswers, checkSchedule, common } from '../one-sink.ts';
import { answering, receiver } from '../receiver.ts';

const { pagerduty } = sinkKinds;

const settings = (url: string): PagerDutySettings => ({
  ...{ ...common, kind: 'pagerduty', url, routingKey: 'R0UT1NGK3Y' },
});

const notice: NoticeRow = {
  ...{ seq: 1, id: 'notice-1', sink: 'pager', createdAt: T0, attempts: 0, state: 'pending', nextAt: T0, error: null },
  announcement: {
    ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: null, record: null },
    ...{ disposition: null, pid: null, serial: null, release: null },
  },
};

t.test(
  'makeDeliver() gives a failed delivery to PagerDuty if a later try may succeed, else a hopeless one',
  async (t) => {
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
      const { post, close } = makePost({ timeoutMs: 5000 });
      const sending = { post, publicUrl: 'https://watch.example.net', advisory, now: () => T0 };
      const send = pagerduty.deliver({ ...settings(`${peer.url}/v2/enqueue`), routingKey: 'R0UT1NG' }, sending);
      t.strictSame(await makeDeliver(send, pagerduty)(notice), expected, `${status}`);
      const sent = JSON.parse(peer.requests[0]?.body ?? '{}');
      t.match(sent, { routing_key: 'R0UT1NG', event_action: 'trigger', dedup_key: 'qv-sw-a-1' });
      t.equal(peer.requests.length, 1, 'one request, and no redirect is followed');
      await close();
    }
  },
);

t.test('Notifier gives up PagerDuty or tries again, depending on the answer', async (t) => {
  const requests = await checkAnswers(t, settings, [
    [202, {}, 'delivered', 'PagerDuty has accepted the event'],
    [400, {}, 'dead', 'the event is not valid, and a further try does not change it'],
    [410, {}, 'dead', 'the receiver does not exist any more'],
    [429, {}, 5000, 'too many events'],
    [429, { 'retry-after': '90' }, 90_000, 'too many events, with Retry-After'],
    [500, {}, 5000, 'PagerDuty fails'],
    [404, {}, 5000, 'the address may be repaired'],
  ]);
  for (const { body } of requests) t.match(JSON.parse(body), { routing_key: 'R0UT1NGK3Y', event_action: 'trigger' });
});

t.test('Notifier tries PagerDuty until the schedule of pagers ends', async (t) => {
  await checkSchedule(t, settings, PAGER_SCHEDULE);
});

t.test('sinkKinds has shorter pauses and a shorter schedule for PagerDuty than for a webhook', async (t) => {
  const sum = (list: readonly number[]) => list.reduce((all, one) => all + one, 0);
  const { webhook } = sinkKinds;
  t.strictSame(webhook.schedule, WEBHOOK_SCHEDULE);
  t.ok(sum(pagerduty.schedule.slice(0, 4)) < sum(webhook.schedule.slice(0, 2)));
  t.ok(sum(pagerduty.schedule) < sum(webhook.schedule));
});
