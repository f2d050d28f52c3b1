import t from 'tap';
import { WEBHOOK_SCHEDULE } from '../../../src/notify/backoff.ts';
import type { WebhookSettings } from '../../../src/notify/webhook/settings.ts';
import { checkAnswers, checkSchedule, common } from '../one-sink.ts';

const settings = (url: string): WebhookSettings => ({
  ...{ ...common, kind: 'webhook', url, secrets: [`whsec_${'A'.repeat(32)}`], headers: {} },
});

t.test('Notifier gives up a webhook or tries again, depending on the answer', async (t) => {
  await checkAnswers(t, settings, [
    [400, {}, 5000, 'the status can have any meaning at an unknown receiver'],
    [410, {}, 'dead', 'the receiver does not exist any more'],
  ]);
});

t.test('Notifier tries a webhook until the schedule of Standard Webhooks ends', async (t) => {
  await checkSchedule(t, settings, WEBHOOK_SCHEDULE);
});

t.test('a webhook gets the headers of its owner, beside those of Standard Webhooks', async (t) => {
  const headers = { 'x-key': 'a b', 'content-type': 'application/json', 'user-agent': 'plant' };
  const withHeaders = (url: string) => ({ ...settings(url), headers, authorization: 'Basic a2lt' });
  const [request] = await checkAnswers(t, withHeaders, [[204, {}, 'delivered', 'it is taken']]);
  t.match(request?.headers, { ...headers, authorization: 'Basic a2lt', 'webhook-signature': /^v1,/ });
  t.match((await checkAnswers(t, settings, [[204, {}, 'delivered', 'without them']]))[0]?.headers, {
    'content-type': 'application/cloudevents+json; charset=utf-8',
  });
});
