/**
 * Which alerts fire, as a function of the open incidents. Alertmanager gets states and not events, so it can miss
 * nothing: the next comparison contains everything that happened while Alertmanager could not be reached.
 */

import type { IncidentRecord } from '../diagnose/incident-record.ts';
import { type IncidentState, incidentStates, type Severity, severities } from '../model/incident.ts';
import { type Filter, NO_PLANT } from './filter.ts';

/** An open incident, and the plant of its device. */
export type OpenIncident = { readonly record: IncidentRecord; readonly plant: string | null };

/**
 * An alert that fires, or ended recently. Its identity is device, plant and severity. Times: milliseconds. A subject has
 * one alert for each severity that it was seen to have, all with the same start. They fire until the subject ends, so
 * that the end of an alert always means the end of the incident.
 */
export type Alert = {
  /** The incident's id, or `plant NAME`. */
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

/** Whether an incident may have an alert at all: it is open, not suppressed, and the sink wants its plant. */
export function mayFire({ record: { state }, plant }: OpenIncident, { only }: AlertRule): boolean {
  return FIRING.has(state) && matches(only.plants, plant ?? NO_PLANT);
}

/** Whether an incident begins an alert under a rule. Once it fires, only `mayFire` decides. */
export function fires(openIncident: OpenIncident, rule: AlertRule): boolean {
  const { state, severity } = openIncident.record;
  const { states, severities } = rule.only;
  return mayFire(openIncident, rule) && matches(states, state) && matches(severities, severity);
}

/**
 * Whether an incident counts in the alert of its plant while this alert fires: it has come at least to the first state
 * and to the lowest severity that the sink wants. So an incident that becomes graver does not leave the alert.
 */
export function counts({ record: { state, severity } }: OpenIncident, { only }: AlertRule): boolean {
  return hasReached(incidentStates, only.states, state) && hasReached(severities, only.severities, severity);
}

function matches<T>(wanted: readonly T[], value: T): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

function hasReached<T>(order: readonly T[], wanted: readonly T[], value: T): boolean {
  return wanted.length === 0 || wanted.some((each) => order.indexOf(value) >= order.indexOf(each));
}

/**
 * The alerts of one plant by their keys: those that fire now, and those that ended at most `RESOLVED_RETENTION_MS` ago.
 * An alert that has not changed is the same object. `openIncidents`: the plant's incidents that may fire; `previous`:
 * the plant's alerts of the last comparison.
 */
export function alertsOf(
  plant: string,
  openIncidents: readonly OpenIncident[],
  previous: ReadonlyMap<string, Alert>,
  rule: AlertRule,
  now: number,
): Map<string, Alert> {
  const wanted = openIncidents.filter((openIncident) => fires(openIncident, rule));
  // A plant with one alert for all keeps it until its last device has recovered. One alert for each of the last devices
  // would say nothing new.
  const asPlant = isGrouped(plant, previous)
    ? openIncidents.filter((openIncident) => counts(openIncident, rule))
    : isBurst(wanted, rule.grouping)
      ? wanted
      : [];
  const grouped = asPlant.length > 0;
  const beginning = grouped ? [ofPlant(plant, asPlant)] : wanted.map((openIncident) => ofDevice(plant, openIncident));
  const open = new Set(openIncidents.map(({ record }) => record.id));
  if (grouped) open.add(subjectOf(plant));

  const alerts = new Map<string, Alert>();
  // The alert of a lower severity, or of a device whose plant has an alert now, fires on. Alertmanager mutes it.
  for (const [key, alert] of previous) if (alert.endsAt === null && open.has(alert.subject)) alerts.set(key, alert);
  const starts = startsIn(previous);
  for (const { openedAt, ...alert } of beginning) {
    const key = keyOf(alert);
    if (alerts.has(key)) continue;
    alerts.set(key, { ...alert, startsAt: starts(alert.subject) ?? Date.parse(openedAt), endsAt: null });
  }
  for (const [key, alert] of previous) {
    if (alerts.has(key)) continue;
    const ended = alert.endsAt === null ? { ...alert, endsAt: now } : alert;
    if (now - (ended.endsAt ?? now) < RESOLVED_RETENTION_MS) alerts.set(key, ended);
  }
  return alerts;
}

/** An alert for what is the case now. It begins unless it fires already. */
type FiringAlert = Pick<Alert, 'subject' | 'device' | 'plant' | 'severity'> & { readonly openedAt: string };

function ofDevice(plant: string, { record: { id, device, severity, openedAt } }: OpenIncident): FiringAlert {
  return { subject: id, device, plant, severity, openedAt };
}

function ofPlant(plant: string, openIncidents: readonly OpenIncident[]): FiringAlert {
  let openedAt = openIncidents[0]?.record.openedAt ?? '';
  // Times in ISO 8601 and UTC can be compared as texts.
  for (const { record } of openIncidents) if (record.openedAt < openedAt) openedAt = record.openedAt;
  return { subject: subjectOf(plant), device: null, plant, severity: worstOf(openIncidents), openedAt };
}

function subjectOf(plant: string): string {
  return `plant ${plant}`;
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
