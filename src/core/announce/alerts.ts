/**
 * Which alerts fire, as a function of which incidents are open. Alertmanager gets states and not events, so it can miss
 * nothing: what happened while it could not be reached is in the next comparison.
 */

import type { IncidentRecord } from '../diagnose/incident-record.ts';
import { type IncidentState, type Severity, severities } from '../model/incident.ts';
import { type Filter, NO_PLANT } from './filter.ts';

/** An open incident, and the plant that its device is in. */
export type OpenIncident = { readonly record: IncidentRecord; readonly plant: string | null };

/** An alert that fires, or has fired until lately. Its identity is device, plant and severity. Times: milliseconds. */
export type Alert = {
  /** The incident's id, or `plant NAME`: a new severity of it is a new alert that goes on where the old one ended. */
  readonly subject: string;
  /** Null: one alert for the plant. */
  readonly device: string | null;
  readonly plant: string;
  readonly severity: Severity;
  readonly startsAt: number;
  /** Null while it fires. */
  readonly endsAt: number | null;
};

/** More than `above` incidents that opened within so long are one alert of their plant. Null: never. */
export type Grouping = { readonly above: number; readonly withinMs: number } | null;

export type AlertRule = { readonly only: Filter; readonly grouping: Grouping };

/** How long an ended alert is still sent. Prometheus has the same `resolvedRetention`; Alertmanager asks for 5 minutes. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;

/** While it is one of these, an incident of offline licensing or one that is over fires nothing. */
const FIRING: ReadonlySet<IncidentState> = new Set(['suspected', 'confirmed', 'recovering', 'stale']);

/** What two alerts share that are one for Alertmanager. None of the three has a control character. */
export function keyOf({ device, plant, severity }: Pick<Alert, 'device' | 'plant' | 'severity'>): string {
  return `${severity}\t${plant}\t${device ?? ''}`;
}

export function plantOf({ plant }: OpenIncident): string {
  return plant ?? NO_PLANT;
}

/** Whether an incident fires an alert under a rule. */
export function fires({ record: { state, severity }, plant }: OpenIncident, { only }: AlertRule): boolean {
  if (!FIRING.has(state)) return false;
  const wanted = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);
  return wanted(only.states, state) && wanted(only.severities, severity) && wanted(only.plants, plant ?? NO_PLANT);
}

/**
 * The alerts of one plant by their keys: those that fire now, and those that ended at most `RESOLVED_RETENTION_MS` ago. What has
 * not changed is the same object. `openIncidents`: the plant's incidents that fire; `previous`: its alerts so far.
 */
export function alertsOf(
  plant: string,
  openIncidents: readonly OpenIncident[],
  previous: ReadonlyMap<string, Alert>,
  { grouping }: AlertRule,
  now: number,
): Map<string, Alert> {
  const alerts = new Map<string, Alert>();
  const starts = startsIn(previous);
  // A plant that has become one alert stays one until the last of its devices is well. One page for each of the last
  // devices would say nothing new.
  const asOne = openIncidents.length > 0 && (isGrouped(plant, previous) || isBurst(openIncidents, grouping));
  const wanted = asOne
    ? [ofPlant(plant, openIncidents)]
    : openIncidents.map((openIncident) => ofDevice(plant, openIncident));
  for (const { openedAt, ...alert } of wanted) {
    const key = keyOf(alert);
    const before = previous.get(key);
    const same = before !== undefined && before.endsAt === null && before.subject === alert.subject;
    alerts.set(
      key,
      same ? before : { ...alert, startsAt: starts(alert.subject) ?? Date.parse(openedAt), endsAt: null },
    );
  }
  for (const [key, alert] of previous) {
    if (alerts.has(key)) continue;
    const ended = alert.endsAt === null ? { ...alert, endsAt: now } : alert;
    if (now - (ended.endsAt ?? now) < RESOLVED_RETENTION_MS) alerts.set(key, ended);
  }
  return alerts;
}

type Wanted = Pick<Alert, 'subject' | 'device' | 'plant' | 'severity'> & { readonly openedAt: string };

function ofDevice(plant: string, { record: { id, device, severity, openedAt } }: OpenIncident): Wanted {
  return { subject: id, device, plant, severity, openedAt };
}

function ofPlant(plant: string, openIncidents: readonly OpenIncident[]): Wanted {
  let openedAt = openIncidents[0]?.record.openedAt ?? '';
  // Times in ISO 8601 are in their order as texts, too.
  for (const { record } of openIncidents) if (record.openedAt < openedAt) openedAt = record.openedAt;
  return { subject: `plant ${plant}`, device: null, plant, severity: worstOf(openIncidents), openedAt };
}

/** When the first known alert of a subject began. */
function startsIn(previous: ReadonlyMap<string, Alert>): (subject: string) => number | undefined {
  let starts: Map<string, number> | null = null;
  return (subject) => {
    starts ??= new Map([...previous.values()].map((alert) => [alert.subject, alert.startsAt]));
    return starts.get(subject);
  };
}

function isGrouped(plant: string, previous: ReadonlyMap<string, Alert>): boolean {
  return severities.some((severity) => previous.get(keyOf({ device: null, plant, severity }))?.endsAt === null);
}

export function worstOf(openIncidents: readonly OpenIncident[]): Severity {
  const has = (severity: Severity) => openIncidents.some(({ record }) => record.severity === severity);
  return has('critical') ? 'critical' : has('major') ? 'major' : 'warning';
}

/** Whether more than so many of them opened within the window, wherever it lies. */
function isBurst(openIncidents: readonly OpenIncident[], grouping: Grouping): boolean {
  if (grouping === null || openIncidents.length <= grouping.above) return false;
  const opened = Float64Array.from(openIncidents, ({ record }) => Date.parse(record.openedAt)).sort();
  return opened.some((at, index) => at - (opened[index - grouping.above] ?? -Infinity) <= grouping.withinMs);
}
