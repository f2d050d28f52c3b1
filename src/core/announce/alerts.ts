/**
 * Which alerts fire, as a function of the open incidents. Alertmanager gets states and not events, so it can miss
 * nothing: the next comparison contains everything that happened while Alertmanager could not be reached.
 */

import type { IncidentRecord } from '../diagnose/incident-record.ts';
import { type IncidentState, type Severity, severities } from '../model/incident.ts';
import { type Filter, NO_PLANT } from './filter.ts';

/** An open incident, and the plant of its device. */
export type OpenIncident = { readonly record: IncidentRecord; readonly plant: string | null };

/** An alert that fires, or ended recently. Its identity is device, plant and severity. Times: milliseconds. */
export type Alert = {
  /** The incident's id, or `plant NAME`. A new severity of a subject is a new alert with the start of the old alert. */
  readonly subject: string;
  /** Null for an alert of a whole plant. */
  readonly device: string | null;
  readonly plant: string;
  readonly severity: Severity;
  readonly startsAt: number;
  /** Null while the alert fires. */
  readonly endsAt: number | null;
};

/** More than `above` incidents of a plant that opened within `withinMs` become one alert of the plant. Null: never. */
export type Grouping = { readonly above: number; readonly withinMs: number } | null;

export type AlertRule = { readonly only: Filter; readonly grouping: Grouping };

/** How long an ended alert is sent. Prometheus has the same `resolvedRetention`; Alertmanager asks for 5 minutes. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;

/** The states in which an incident fires an alert; a suppressed (offline licensing) or finished incident does not. */
const FIRING: ReadonlySet<IncidentState> = new Set(['suspected', 'confirmed', 'recovering', 'stale']);

/** The identity of an alert for Alertmanager. None of the three parts contains a control character. */
export function keyOf({ device, plant, severity }: Pick<Alert, 'device' | 'plant' | 'severity'>): string {
  return `${severity}\t${plant}\t${device ?? ''}`;
}

export function plantOf({ plant }: OpenIncident): string {
  return plant ?? NO_PLANT;
}

/** Whether an incident fires an alert under a rule. */
export function fires({ record: { state, severity }, plant }: OpenIncident, { only }: AlertRule): boolean {
  if (!FIRING.has(state)) return false;
  const matches = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);
  return matches(only.states, state) && matches(only.severities, severity) && matches(only.plants, plant ?? NO_PLANT);
}

/**
 * The alerts of one plant by their keys: those that fire now, and those that ended at most `RESOLVED_RETENTION_MS` ago.
 * An alert that has not changed is the same object. `openIncidents`: the plant's incidents that fire; `previous`: the
 * plant's alerts of the last comparison.
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
  // A plant with one alert for all keeps it until its last device has recovered. One alert for each of the last devices
  // would say nothing new.
  const grouped = openIncidents.length > 0 && (isGrouped(plant, previous) || isBurst(openIncidents, grouping));
  const firing = grouped
    ? [ofPlant(plant, openIncidents)]
    : openIncidents.map((openIncident) => ofDevice(plant, openIncident));
  for (const { openedAt, ...alert } of firing) {
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

type FiringAlert = Pick<Alert, 'subject' | 'device' | 'plant' | 'severity'> & { readonly openedAt: string };

function ofDevice(plant: string, { record: { id, device, severity, openedAt } }: OpenIncident): FiringAlert {
  return { subject: id, device, plant, severity, openedAt };
}

function ofPlant(plant: string, openIncidents: readonly OpenIncident[]): FiringAlert {
  let openedAt = openIncidents[0]?.record.openedAt ?? '';
  // Times in ISO 8601 and UTC can be compared as texts.
  for (const { record } of openIncidents) if (record.openedAt < openedAt) openedAt = record.openedAt;
  return { subject: `plant ${plant}`, device: null, plant, severity: worstOf(openIncidents), openedAt };
}

/** The start of the first known alert of a subject. */
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

/** Whether more than `above` incidents opened within any window of `withinMs`. */
function isBurst(openIncidents: readonly OpenIncident[], grouping: Grouping): boolean {
  if (grouping === null || openIncidents.length <= grouping.above) return false;
  const opened = Float64Array.from(openIncidents, ({ record }) => Date.parse(record.openedAt)).sort();
  return opened.some((at, index) => at - (opened[index - grouping.above] ?? -Infinity) <= grouping.withinMs);
}
