/** The kinds of sinks: a row and a folder for each. CONTRIBUTING.md says how to add one. */
import type { Advisory } from '../core/advisory/advisory.ts';
import type { Route } from '../core/announce/notice.ts';
import { alertmanagerForm } from './alertmanager/settings.ts';
import { openAlertmanager } from './alertmanager/sink.ts';
import { alertmanagerTest } from './alertmanager/test-notice.ts';
import { PAGER_SCHEDULE, WEBHOOK_SCHEDULE } from './backoff.ts';
import { postToPagerDuty } from './pagerduty/deliver.ts';
import { hasPagerDutyEvent } from './pagerduty/payload.ts';
import { pagerDutyForm } from './pagerduty/settings.ts';
import { pagerDutyTest } from './pagerduty/test-notice.ts';
import type { SinkKindRow } from './sink-kind.ts';
import { postToWebhook } from './webhook/deliver.ts';
import { webhookForm } from './webhook/settings.ts';
import { webhookTest } from './webhook/test-notice.ts';

export const sinkKinds = {
  alertmanager: { ...alertmanagerForm, notifies: 'states', open: openAlertmanager, test: alertmanagerTest },
  webhook: {
    ...webhookForm,
    notifies: 'changes',
    deliver: postToWebhook,
    test: webhookTest,
    schedule: WEBHOOK_SCHEDULE,
    // Standard Webhooks: 410 means that the receiver does not exist any more.
    hopeless: new Set([410]),
  },
  pagerduty: {
    ...pagerDutyForm,
    notifies: 'changes',
    wants: hasPagerDutyEvent,
    deliver: postToPagerDuty,
    test: pagerDutyTest,
    schedule: PAGER_SCHEDULE,
    // Events API v2: 400 means that the event is not valid.
    hopeless: new Set([400, 410]),
  },
} satisfies Record<string, SinkKindRow>;

export type SinkKind = keyof typeof sinkKinds;
type SettingsOf = { [K in SinkKind]: ReturnType<(typeof sinkKinds)[K]['settings']> };
/** The settings of one sink, discriminated by `kind`. */
export type SinkSettings = SettingsOf[SinkKind];

/** The sinks that get notices from the outbox. The other sinks get the current state instead. */
export function routesOf(sinks: readonly SinkSettings[], advisory: Advisory): Route[] {
  return sinks.flatMap(({ kind, name: sink, only }) => {
    const row: SinkKindRow = sinkKinds[kind];
    if (row.notifies !== 'changes') return [];
    return [{ sink, only, wants: (announcement) => row.wants?.(announcement, advisory) ?? true }];
  });
}

/** Scheme and host of what a sink posts to: the path may be a secret, too. */
export function addressesOf(settings: SinkSettings): string[] {
  return ('urls' in settings ? settings.urls : [settings.url]).map((url) => new URL(url).origin);
}
