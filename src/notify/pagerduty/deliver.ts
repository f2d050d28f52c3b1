import type { NoticeRow } from '../../store/ports/outbox.ts';
import type { Answer } from '../http-post.ts';
import { authorizationHeader } from '../settings-form.ts';
import type { Sending } from '../sink-kind.ts';
import { pagerDutyEvent } from './payload.ts';
import type { PagerDutySettings } from './settings.ts';

/** Posts a notice to PagerDuty's Events API v2. */
export function postToPagerDuty(
  settings: PagerDutySettings,
  { post, publicUrl, advisory }: Sending,
): (notice: NoticeRow) => Promise<Answer> {
  return async ({ announcement }) => {
    const event = pagerDutyEvent(announcement, settings.routingKey, publicUrl, advisory);
    // Never for a stored notice: `hasPagerDutyEvent` has filtered such announcements.
    if (event === null) throw new Error(`PagerDuty has no event for ${announcement.type}`);
    return post(settings.url, JSON.stringify(event), {
      'content-type': 'application/json',
      ...authorizationHeader(settings),
    });
  };
}
