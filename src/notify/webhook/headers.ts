/** The headers of a notice: those of Standard Webhooks, and what the owner of the receiver wants beside them. */
import type { Webhook } from 'standardwebhooks';
import { authorizationHeader } from '../settings-form.ts';
import type { WebhookSettings } from './settings.ts';

/** `webhook-*` are those of Standard Webhooks 1.0, with one signature for each secret. */
export function headersOf(
  settings: WebhookSettings,
  keys: readonly Webhook[],
  id: string,
  at: Date,
  body: string,
): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    ...settings.headers,
    'webhook-id': id,
    'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
    'webhook-signature': keys.map((key) => key.sign(id, at, body)).join(' '),
    ...authorizationHeader(settings),
  };
}
