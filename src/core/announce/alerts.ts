/**
 * Which alerts fire, as a function of which incidents are open. Alertmanager is told states and not events, so nothing
 * can be missed: whatever happened while it was not reached is in the next comparison.
 */
import type { IncidentState, Severity } from '../incident.ts';
import type { IncidentRecord } from '../incident-record.ts';
import { type Filter, NO_PLANT } from './filter.ts';

/** An open incident, and the plant that its device is in. */
export type Standing = { readonly record: IncidentRecord; readonly plant: string | null };

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

/** More than `above` incidents that opened within so long are told as one alert of their plant. Null: never. */
export type Grouping = { readonly above: number; readonly withinMs: number } | null;

export type AlertRule = { readonly only: Filter; readonly grouping: Grouping };

/** How long an end is told: Prometheus does so for as long, and Alertmanager's contract asks for 5 minutes. */
export const TELL_END_MS = 15 * 60_000;

/** While it is one of these, an incident of offline licensing or one that is over fires nothing. */
const FIRING: ReadonlySet<IncidentState> = new Set(['suspected', 'confirmed', 'recovering', 'stale']);

/** What two alerts share that are one for Alertmanager. */
export function keyOf({ device, plant, severity }: Pick<Alert, 'device' | 'plant' | 'severity'>): string {
  return JSON.stringify([device, plant, severity]);
}

export function plantOf({ plant }: Standing): string {
  return plant ?? NO_PLANT;
}

/** Whether an incident fires an alert under a rule. */
export function fires({ record: { state, severity }, plant }: Standing, { only }: AlertRule): boolean {
  if (!FIRING.has(state)) return false;
  const wanted = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);
  return wanted(only.states, state) && wanted(only.severities, severity) && wanted(only.plants, plant ?? NO_PLANT);
}

/**
 * The alerts of one plant: those that fire now, and those that ended at most `TELL_END_MS` ago. `standings`: the
 * plant's incidents that fire; `told`: its alerts so far.
 */
export function alertsOf(
  plant: string,
  standings: readonly Standing[],
  told: readonly Alert[],
  { grouping }: AlertRule,
  now: number,
): Alert[] {
  const grouped = told.some(({ device, endsAt }) => device === null && endsAt === null);
  // Once a plant is told as one it stays so until the last of its devices is well: a page each for the last ones would
  // be news of nothing.
  const asOne = standings.length > 0 && (grouped || isBurst(standings, grouping));
  const wanted = asOne ? [ofPlant(plant, standings)] : standings.map((standing) => ofDevice(plant, standing));
  const before = new Map(told.map((alert) => [keyOf(alert), alert]));
  const startOf = new Map(told.map(({ subject, startsAt }) => [subject, startsAt]));
  const firing = wanted.map((alert) => ({ ...alert, startsAt: startOf.get(alert.subject) ?? alert.startsAt }));
  for (const alert of firing) before.delete(keyOf(alert));
  const ended = [...before.values()]
    .map((alert) => ({ ...alert, endsAt: alert.endsAt ?? now }))
    .filter(({ endsAt }) => now - endsAt < TELL_END_MS);
  return [...ended, ...firing];
}

function ofDevice(plant: string, { record }: Standing): Alert {
  const { id, device, severity, openedAt } = record;
  return { subject: id, device, plant, severity, startsAt: Date.parse(openedAt), endsAt: null };
}

function ofPlant(plant: string, standings: readonly Standing[]): Alert {
  const startsAt = standings.reduce((first, { record }) => Math.min(first, Date.parse(record.openedAt)), Infinity);
  return { subject: `plant ${plant}`, device: null, plant, severity: worstOf(standings), startsAt, endsAt: null };
}

export function worstOf(standings: readonly Standing[]): Severity {
  const has = (severity: Severity) => standings.some(({ record }) => record.severity === severity);
  return has('critical') ? 'critical' : has('major') ? 'major' : 'warning';
}

/** Whether more than so many of them opened within the window, wherever it lies. */
function isBurst(standings: readonly Standing[], grouping: Grouping): boolean {
  if (grouping === null || standings.length <= grouping.above) return false;
  const opened = standings.map(({ record }) => Date.parse(record.openedAt)).sort((a, b) => a - b);
  return opened.some((at, index) => at - (opened[index - grouping.above] ?? -Infinity) <= grouping.withinMs);
}
