import { Webhook } from 'standardwebhooks';
import type { Sending } from '../sink-kind.ts';
import { TEST_DESCRIPTION, TEST_SUMMARY, type TestPost } from '../test-notice.ts';
import { headersOf } from './headers.ts';
import type { WebhookSettings } from './settings.ts';

/** A CloudEvent of the type `quovadis.test`, signed as a notice is. */
export function webhookTest(settings: WebhookSettings, { publicUrl, now }: Sending, id: string): TestPost[] {
  const at = new Date(now());
  const time = at.toISOString();
  const body = JSON.stringify({
    ...{ specversion: '1.0', id, source: publicUrl, type: 'quovadis.test', subject: 'test', time, timestamp: time },
    datacontenttype: 'application/json',
    data: { summary: TEST_SUMMARY, description: TEST_DESCRIPTION },
  });
  const keys = settings.secrets.map((secret) => new Webhook(secret));
  return [{ url: settings.url, body, headers: headersOf(settings, keys, id, at, body) }];
}
