/** A notice in the format of PagerDuty's Events API v2. */
import type { Advisory } from '../../core/advisory/advisory.ts';
import { type Announcement, type NoticeType, toldIn } from '../../core/announce/notice.ts';
import type { Told } from '../../core/announce/told.ts';
import {
  descriptionOf,
  fixOf,
  graceText,
  leadOf,
  pageOf,
  summaryOf,
  withdrawnText,
} from '../../core/announce/wording.ts';
import type { Severity } from '../../core/model/incident.ts';
import { beginning } from '../../core/model/shortened.ts';

export type PagerDutyEvent = {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'error' | 'warning';
    readonly timestamp: string;
    readonly component: string;
    readonly group: string;
    readonly class: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
  readonly client?: string;
  readonly client_url?: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
};

/** Null: the Events API has no action for this type. */
const ACTIONS: Record<NoticeType, PagerDutyEvent['event_action'] | null> = {
  'incident.opened': 'trigger',
  'incident.updated': 'trigger',
  'incident.reopened': 'trigger',
  'incident.acknowledged': 'acknowledge',
  'incident.noted': null,
  'incident.resolved': 'resolve',
  'incident.closed': 'resolve',
};

const SEVERITIES: Record<Severity, 'critical' | 'error' | 'warning'> = {
  critical: 'critical',
  major: 'error',
  warning: 'warning',
};

const SUMMARY_CHARACTERS = 1024;
const DEDUP_CHARACTERS = 255;

/**
 * Whether PagerDuty gets an event for an announcement: none for a note, and none for an incident on offline licensing.
 */
export function hasPagerDutyEvent(announcement: Announcement, advisory: Advisory): boolean {
  return pagerDutyEvent(announcement, '', '', advisory) !== null;
}

/**
 * The event; null if there is none to send. An incident that becomes suppressed gets a `resolve`. A second `trigger` of
 * the same incident updates the alert in PagerDuty and pages nobody.
 */
export function pagerDutyEvent(
  announcement: Announcement,
  routingKey: string,
  publicUrl: string,
  advisory: Advisory,
): PagerDutyEvent | null {
  const { type, incident, device, to, from, severity, at, plant, reason } = announcement;
  const action = to === 'suppressed' ? (from === null ? null : 'resolve') : ACTIONS[type];
  if (action === null) return null;
  const keys = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: incident.slice(-DEDUP_CHARACTERS).replace(/^[\uDC00-\uDFFF]/, ''),
  };
  if (action !== 'trigger') return keys;
  const told = toldIn(announcement, advisory);
  const { summary, description } =
    told === null ? withdrawnText(device) : { summary: summaryOf(told), description: descriptionOf(told, at) };
  return {
    ...keys,
    payload: {
      summary: beginning(summary, SUMMARY_CHARACTERS),
      source: device,
      severity: SEVERITIES[severity],
      timestamp: new Date(at).toISOString(),
      component: 'Smart Licensing',
      group: plant ?? 'unknown',
      class: advisory.id,
      custom_details: {
        reason,
        description,
        ...(told === null ? {} : detailsOf(told, at)),
      },
    },
    client: 'quovadis-watch',
    client_url: pageOf(publicUrl, incident),
    links: [{ href: `${publicUrl}/runbook#quovadistrustfailure`, text: 'runbook' }],
  };
}

function detailsOf(told: Told, at: number): Readonly<Record<string, unknown>> {
  const { diagnosis, product, release, status, address, families, evidence, checks } = told;
  return {
    hypothesis: leadOf(told),
    ...{ diagnosis, product, release, status, address, families, evidence },
    grace: graceText(told, at),
    fix: fixOf(told),
    checks,
  };
}
