import { authorizationHeader } from '../settings-form.ts';
import type { Sending } from '../sink-kind.ts';
import { TEST_DESCRIPTION, TEST_SUMMARY, type TestPost } from '../test-notice.ts';
import type { PagerDutySettings } from './settings.ts';

/** An event of the lowest severity, which is resolved at once: PagerDuty shows it as its rules for `info` say. */
export function pagerDutyTest(settings: PagerDutySettings, { publicUrl, now }: Sending, id: string): TestPost[] {
  const headers = { 'content-type': 'application/json', ...authorizationHeader(settings) };
  const keys = { routing_key: settings.routingKey, dedup_key: `quovadis-watch-test-${id}` };
  const payload = {
    ...{ summary: TEST_SUMMARY, source: 'quovadis-watch', severity: 'info', component: 'Smart Licensing' },
    ...{ timestamp: new Date(now()).toISOString(), custom_details: { description: TEST_DESCRIPTION } },
  };
  const trigger = { ...keys, event_action: 'trigger', payload, client: 'quovadis-watch', client_url: publicUrl };
  return [trigger, { ...keys, event_action: 'resolve' }].map((event) => ({
    ...{ url: settings.url, headers },
    body: JSON.stringify(event),
  }));
}
