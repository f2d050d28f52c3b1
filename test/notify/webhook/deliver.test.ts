import t from 'tap';
import { WEBHOOK_SCHEDULE } from '../../../src/notify/backoff.ts';
import type { WebhookSettings } from '../../../src/notify/webhook/settings.ts';
import { checkAnswers, checkSchedule, common } from '../one-sink.ts';

const settings = (url: string): WebhookSettings => ({
  ...{ ...common, kind: 'webhook', url, secrets: [`whsec_${'A'.repeat(32)}`] },
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
