import { Webhook } from 'standardwebhooks';
import type { NoticeRow } from '../../store/ports/outbox.ts';
import type { Answer } from '../http-post.ts';
import type { Sending } from '../sink-kind.ts';
import { headersOf } from './headers.ts';
import { cloudEvent } from './payload.ts';
import type { WebhookSettings } from './settings.ts';

/** Posts a notice as a CloudEvent. */
export function postToWebhook(
  settings: WebhookSettings,
  { post, publicUrl, advisory, now }: Sending,
): (notice: NoticeRow) => Promise<Answer> {
  const keys = settings.secrets.map((secret) => new Webhook(secret));
  return ({ id, announcement }) => {
    const body = JSON.stringify(cloudEvent(id, announcement, publicUrl, advisory));
    return post(settings.url, body, headersOf(settings, keys, id, new Date(now()), body));
  };
}
