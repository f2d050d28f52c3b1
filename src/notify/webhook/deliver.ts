import { Webhook } from 'standardwebhooks';
import type { NoticeRow } from '../../store/ports/outbox.ts';
import type { Answer } from '../http-post.ts';
import { authorizationHeader } from '../settings-form.ts';
import type { Sending } from '../sink-kind.ts';
import { cloudEvent } from './payload.ts';
import type { WebhookSettings } from './settings.ts';

/** Posts a notice with the headers of Standard Webhooks 1.0, with one signature for each secret. */
export function postToWebhook(
  settings: WebhookSettings,
  { post, publicUrl, advisory, now }: Sending,
): (notice: NoticeRow) => Promise<Answer> {
  const keys = settings.secrets.map((secret) => new Webhook(secret));
  return ({ id, announcement }) => {
    const body = JSON.stringify(cloudEvent(id, announcement, publicUrl, advisory));
    const at = new Date(now());
    return post(settings.url, body, {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
      'webhook-signature': keys.map((key) => key.sign(id, at, body)).join(' '),
      ...authorizationHeader(settings),
    });
  };
}
