/** An alert in the format of Alertmanager's API v2 (`POST /api/v2/alerts`). */
import type { Advisory } from '../../core/advisory/advisory.ts';
import { type Alert, type OpenIncident, worstOf } from '../../core/announce/alerts.ts';
import { NO_PLANT } from '../../core/announce/filter.ts';
import { fixOf, graceText, pageOf } from '../../core/announce/wording.ts';

export type PostableAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
};

export const DEVICE_ALERT = 'QuoVadisTrustFailure';
export const PLANT_ALERT = 'QuoVadisPlantTrustFailure';

/**
 * An alert ends after this many resend intervals unless it is sent again: alerts of a dead service end. As in
 * Prometheus.
 */
const RESENDS_UNTIL_END = 4;

/**
 * `openIncidents`: the current incidents behind the alert; none for an ended alert. `publicUrl`: the address of the
 * service for people, without a slash at its end. `now`, `resendMs`: milliseconds. A value that changes while the alert
 * fires is an annotation, never a label: with another label it would be another alert.
 */
export function postable(
  alert: Alert,
  openIncidents: readonly OpenIncident[],
  { advisory, publicUrl, now, resendMs }: { advisory: Advisory; publicUrl: string; now: number; resendMs: number },
): PostableAlert {
  const { device, plant, severity, startsAt, endsAt } = alert;
  const alertname = device === null ? PLANT_ALERT : DEVICE_ALERT;
  return {
    labels: { alertname, ...(device === null ? {} : { device }), plant, advisory: advisory.id, severity },
    annotations: {
      ...(device === null
        ? plantAnnotations(plant, openIncidents, advisory)
        : deviceAnnotations(device, openIncidents)),
      fix: fixOf(advisory),
      runbook_url: `${publicUrl}/runbook#${alertname.toLowerCase()}`,
    },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt ?? now + RESENDS_UNTIL_END * resendMs).toISOString(),
    generatorURL: device === null ? plantUrl(publicUrl, plant) : pageOf(publicUrl, alert.subject),
  };
}

function deviceAnnotations(device: string, [openIncident]: readonly OpenIncident[]): Record<string, string> {
  if (openIncident === undefined) return { summary: `${device}: the alert has ended` };
  const { state, severity, diagnosis, score, families, evidence, regressions, graceUntil, graceUntilAtMost } =
    openIncident.record;
  return {
    summary: `${device} no longer trusts Cisco's cloud: ${state}, ${severity}`,
    diagnosis,
    state,
    score: `${score}`,
    families: families.join(', '),
    evidence: `${evidence}`,
    regressions: `${regressions}`,
    grace: graceText(graceUntil, graceUntilAtMost),
    ...(graceUntil === null ? {} : { grace_until: graceUntil }),
    ...(graceUntilAtMost === null ? {} : { grace_until_at_most: graceUntilAtMost }),
  };
}

function plantAnnotations(
  plant: string,
  openIncidents: readonly OpenIncident[],
  advisory: Advisory,
): Record<string, string> {
  if (openIncidents.length === 0) return { summary: `plant ${plant}: the alert has ended` };
  const counts = { critical: 0, major: 0, warning: 0 };
  let firstEnd: string | null = null;
  for (const { record } of openIncidents) {
    counts[record.severity]++;
    // ISO 8601 times sort as text.
    if (record.graceUntil !== null && (firstEnd === null || record.graceUntil < firstEnd)) firstEnd = record.graceUntil;
  }
  return {
    summary: `${openIncidents.length} devices of plant ${plant} no longer trust Cisco's cloud (${advisory.notice}): worst severity ${worstOf(openIncidents)}`,
    devices: `${openIncidents.length}`,
    critical: `${counts.critical}`,
    major: `${counts.major}`,
    warning: `${counts.warning}`,
    ...(firstEnd === null ? {} : { grace_until: firstEnd }),
  };
}

function plantUrl(publicUrl: string, plant: string): string {
  return plant === NO_PLANT
    ? `${publicUrl}/api/v1/incidents`
    : `${publicUrl}/api/v1/devices?plant=${encodeURIComponent(plant)}`;
}
