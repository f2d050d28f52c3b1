import t from 'tap';
import { WEBHOOK_SCHEDULE } from '../../../src/notify/backoff.ts';
import type { WebhookSettings } from '../../../src/notify/webhook/settings.ts';
import { checkAnswers, checkSchedule, common } from '../one-sink.ts';

const settings = (url: string): WebhookSettings => ({
  ...{ ...common, kind: 'webhook', url, secrets: [`whsec_${'A'.repeat(32)}`] },
});

t.test('Notifier gives up a webhook, or tries again, by what its answer means', async (t) => {
  await checkAnswers(t, settings, [
    [400, {}, 5000, 'a receiver of another kind may mean anything with it'],
    [410, {}, 'dead', 'nobody is there any more'],
  ]);
});

t.test('Notifier tries a webhook by the schedule of Standard Webhooks, until that has ended', async (t) => {
  await checkSchedule(t, settings, WEBHOOK_SCHEDULE);
});
