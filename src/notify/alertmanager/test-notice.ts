import { authorizationHeader } from '../settings-form.ts';
import type { Sending } from '../sink-kind.ts';
import { TEST_DESCRIPTION, TEST_SUMMARY, type TestPost } from '../test-notice.ts';
import type { AlertmanagerSettings } from './settings.ts';

export const TEST_ALERT = 'QuoVadisTest';
/** When the alert ends by itself. */
const LASTS_MS = 60_000;

/** An alert to each peer of the cluster, which ends after a minute. */
export function alertmanagerTest(settings: AlertmanagerSettings, { publicUrl, now }: Sending, id: string): TestPost[] {
  const alert = {
    labels: { alertname: TEST_ALERT, severity: 'info', test: id },
    annotations: { summary: TEST_SUMMARY, description: TEST_DESCRIPTION },
    startsAt: new Date(now()).toISOString(),
    endsAt: new Date(now() + LASTS_MS).toISOString(),
    generatorURL: publicUrl,
  };
  const headers = { 'content-type': 'application/json', ...authorizationHeader(settings) };
  return settings.urls.map((url) => ({ url: `${url}/api/v2/alerts`, body: JSON.stringify([alert]), headers }));
}
