/** An alert in the format of Alertmanager's API v2 (`POST /api/v2/alerts`). */
import type { Advisory } from '../../core/advisory/advisory.ts';
import type { Alert } from '../../core/announce/alerts.ts';
import { NO_PLANT } from '../../core/announce/filter.ts';
import { countPlant, plantDescriptionOf, plantFixOf, plantSummaryOf } from '../../core/announce/plant-wording.ts';
import type { Told } from '../../core/announce/told.ts';
import {
  descriptionOf,
  diagnosisText,
  fixOf,
  graceText,
  hasEnded,
  movedText,
  pageOf,
  reopenedText,
  summaryOf,
  withdrawnText,
} from '../../core/announce/wording.ts';
import { toIso } from '../../core/model/instant.ts';

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
 * `incidents`: those behind the alert; of an ended alert the one that ended, or none. `publicUrl`: the address of the
 * service for people, without a slash at its end. `now`, `resendMs`: milliseconds. A value that changes while the alert
 * fires is an annotation, never a label: with another label it would be another alert.
 */
export function postable(
  alert: Alert,
  incidents: readonly Told[],
  { advisory, publicUrl, now, resendMs }: { advisory: Advisory; publicUrl: string; now: number; resendMs: number },
): PostableAlert {
  const { device, plant, severity, startsAt, endsAt } = alert;
  const alertname = device === null ? PLANT_ALERT : DEVICE_ALERT;
  const annotations =
    device === null
      ? plantAnnotations(alert, incidents, advisory)
      : deviceAnnotations(alert, incidents[0], endsAt ?? now);
  return {
    labels: { alertname, ...(device === null ? {} : { device }), plant, advisory: advisory.id, severity },
    annotations: { ...annotations, runbook_url: `${publicUrl}/runbook#${alertname.toLowerCase()}` },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt ?? now + RESENDS_UNTIL_END * resendMs).toISOString(),
    generatorURL: device === null ? plantUrl(publicUrl, plant) : pageOf(publicUrl, alert.subject),
  };
}

function deviceAnnotations(alert: Alert, told: Told | undefined, at: number): Record<string, string> {
  if (told === undefined) return withdrawnText(alert.device ?? '');
  if ((told.plant ?? NO_PLANT) !== alert.plant) return movedText(told);
  if (alert.endsAt !== null && !hasEnded(told)) return reopenedText(told);
  return {
    summary: summaryOf(told),
    description: descriptionOf(told, at),
    diagnosis: diagnosisText(told),
    state: told.state,
    score: `${told.score}`,
    families: told.families.join(', '),
    evidence: `${told.evidence}`,
    regressions: `${told.regressions}`,
    ...only('release', told.release),
    ...only('product', told.product),
    ...only('address', told.address),
    ...time('last_failure', told.lastFailureAt),
    grace: graceText(told, at),
    ...time('grace_until', told.graceUntil),
    ...time('grace_until_at_most', told.graceUntilAtMost),
    ...only('fix', fixOf(told)),
    ...only('checks', told.checks.length === 0 ? null : told.checks.join('; ')),
  };
}

function plantAnnotations(
  { plant, startsAt }: Alert,
  incidents: readonly Told[],
  advisory: Advisory,
): Record<string, string> {
  if (incidents.length === 0) {
    return {
      summary: `Plant ${plant}: the incidents of all devices have ended`,
      description: 'No device of the plant has an open incident any more that counts in this alert.',
    };
  }
  const counted = countPlant(incidents);
  const { devices, suspected, confirmed, bySeverity, graceUntil } = counted;
  return {
    summary: plantSummaryOf(plant, counted),
    description: plantDescriptionOf(incidents, startsAt, advisory.notice),
    devices: `${devices}`,
    suspected: `${suspected}`,
    confirmed: `${confirmed}`,
    ...Object.fromEntries(Object.entries(bySeverity).map(([severity, count]) => [severity, `${count}`])),
    ...time('grace_until', graceUntil),
    ...only('fix', plantFixOf(incidents)),
  };
}

function only(name: string, value: string | null): Record<string, string> {
  return value === null ? {} : { [name]: value };
}

function time(name: string, instant: number | null): Record<string, string> {
  return only(name, toIso(instant));
}

/** The URL of a plant's page in the console; that of devices without a plant has an empty name. */
function plantUrl(publicUrl: string, plant: string): string {
  return `${publicUrl}/plants/${plant === NO_PLANT ? '' : encodeURIComponent(plant)}`;
}
