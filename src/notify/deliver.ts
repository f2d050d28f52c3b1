/** One try to bring one notice to its sink, and what came of it. */
import { Webhook } from 'standardwebhooks';
import type { NoticeSinkSettings, PagerDutySettings, WebhookSettings } from '../config/sinks.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { pagerDutyEvent } from '../core/announce/pagerduty.ts';
import { eventOf } from '../core/announce/webhook.ts';
import type { NoticeRow } from '../store/ports/outbox.ts';
import { PAGER_SCHEDULE, WEBHOOK_SCHEDULE } from './backoff.ts';
import { type Answer, type Post, RefusedAddress, whyOf } from './http-post.ts';

export type Delivery =
  | { readonly kind: 'delivered' }
  /** It may work later. */
  | { readonly kind: 'failed'; readonly why: string; readonly retryAfter: string | null }
  /** It never will, as it is. */
  | { readonly kind: 'hopeless'; readonly why: string };

export type Deliver = (notice: NoticeRow) => Promise<Delivery>;

export type Sending = {
  readonly post: Post;
  readonly publicUrl: string;
  readonly advisory: Advisory;
  readonly now: () => number;
};

export const schedules = { webhook: WEBHOOK_SCHEDULE, pagerduty: PAGER_SCHEDULE } as const;

export function deliverTo(settings: NoticeSinkSettings, sending: Sending): Deliver {
  const send = settings.kind === 'webhook' ? toWebhook(settings, sending) : toPagerDuty(settings, sending);
  const hopeless = HOPELESS[settings.kind];
  return async (notice) => {
    try {
      const answer = await send(notice);
      if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
      const why = `HTTP ${answer.status}${answer.text === '' ? '' : `: ${answer.text.replace(/\s+/g, ' ').slice(0, 300)}`}`;
      return hopeless.has(answer.status)
        ? { kind: 'hopeless', why }
        : { kind: 'failed', why, retryAfter: answer.retryAfter };
    } catch (error) {
      const refused = error instanceof RefusedAddress || (error as Error).cause instanceof RefusedAddress;
      return refused
        ? { kind: 'hopeless', why: whyOf(error) }
        : { kind: 'failed', why: whyOf(error), retryAfter: null };
    }
  };
}

/** Standard Webhooks: 410 says that nobody is there any more. PagerDuty: 400 says that the event is not valid. */
const HOPELESS: Record<NoticeSinkSettings['kind'], ReadonlySet<number>> = {
  webhook: new Set([410]),
  pagerduty: new Set([400, 410]),
};

function toWebhook(
  { url, secrets, authorization }: WebhookSettings,
  { post, publicUrl, advisory, now }: Sending,
): (notice: NoticeRow) => Promise<Answer> {
  const keys = secrets.map((secret) => new Webhook(secret));
  return ({ id, announcement }) => {
    const body = JSON.stringify(eventOf(id, announcement, publicUrl, advisory));
    const at = new Date(now());
    return post(url, body, {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
      'webhook-signature': keys.map((key) => key.sign(id, at, body)).join(' '),
      ...(authorization === null ? {} : { authorization }),
    });
  };
}

function toPagerDuty(
  { url, routingKey, authorization }: PagerDutySettings,
  { post, publicUrl, advisory }: Sending,
): (notice: NoticeRow) => Promise<Answer> {
  return async ({ announcement }) => {
    const event = pagerDutyEvent(announcement, routingKey, publicUrl, advisory);
    // Routes leave such notices out.
    if (event === null) throw new Error(`PagerDuty has no word for ${announcement.type}`);
    return post(url, JSON.stringify(event), {
      'content-type': 'application/json',
      ...(authorization === null ? {} : { authorization }),
    });
  };
}
