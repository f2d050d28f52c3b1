/** What happened to incidents on each day, and how many were open at its end. Days are those of UTC, counted from 1970. */
import type { DeviceChange } from '../core/correlate/correlated.ts';
import type { IncidentPlace } from '../core/diagnose/incident-facts.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import type { DayCounts, HistoryDay } from './ports/history.ts';

export const DAY_MS = 86_400_000;

export const dayCounts = ['opened', 'confirmed', 'recovering', 'resolved', 'closed', 'withdrawn', 'reopened'] as const;

/** What one day adds. `open`: by how many more incidents were open at its end. `filled`: from incidents of an older version. */
export type DayRow = DayCounts & { readonly day: number; readonly open: number; readonly filled: boolean };

/** What one incident adds to a day. */
export type DayEvent = keyof DayCounts;

export function dayOf(ms: number): number {
  return Math.max(0, Math.floor(ms / DAY_MS));
}

/** As people write a day: `2022-03-01`. */
function dayText(day: number): string {
  const date = new Date(day * DAY_MS);
  return Number.isNaN(date.getTime()) ? `day ${day}` : date.toISOString().slice(0, 10);
}

/** Whose days they are, in words. `plant`: undefined for the fleet. */
export function scopeText(plant: string | null | undefined): string {
  return plant === undefined ? 'the fleet' : `plant ${JSON.stringify(plant ?? '')}`;
}

/** What a recount says of days beyond now, which only a clock that was ahead leaves. */
export function futureDaysText(plant: string | null | undefined, days: number, last: number): string {
  return `the days of ${scopeText(plant)} have ${days} of the future, the last of them ${dayText(last)}`;
}

export function isOverState(state: string): boolean {
  return state === 'resolved' || state === 'closed';
}

/**
 * The place of an incident that was over before a commit and is over after it: the one that it had. A product or a release that
 * was not known is that of the device, as it is learnt from lines that may come at any time.
 */
export function placeKept(before: IncidentPlace, after: IncidentPlace): IncidentPlace {
  const { plant, product, release } = before;
  return { plant, product: product ?? after.product, release: release ?? after.release };
}

/**
 * From when on an incident counts as open, or no more: when it changed, but not before what its last change added, as an
 * incident that has moved to another plant since was never open there before. `changedAt`: of its row before the change.
 */
export function openFrom(at: number, changedAt: number | null | undefined, now: number): number {
  return Math.max(at, Math.min(changedAt ?? at, now));
}

/** What a change counts as; one may count as two things, such as opened and confirmed. */
export function eventsOf({ type, from, to }: Pick<DeviceChange, 'type' | 'from' | 'to'>): DayEvent[] {
  if (type === 'IncidentWithdrawn') return ['withdrawn'];
  const events: DayEvent[] = [];
  if (from === null) events.push('opened');
  else if (isOverState(from) && !isOverState(to)) events.push('reopened');
  if (from !== to && (to === 'confirmed' || to === 'recovering' || to === 'resolved' || to === 'closed'))
    events.push(to);
  return events;
}

/** What the record of an incident tells of its days. `endedAt`: when it was over; null while it is open. */
export function eventsIn(
  incident: Pick<IncidentRecord, 'state' | 'openedAt' | 'confirmedAt' | 'recoveringAt' | 'resolvedAt'>,
  endedAt: number | null,
): { readonly event: DayEvent; readonly at: number }[] {
  const { state, openedAt, confirmedAt, recoveringAt, resolvedAt } = incident;
  const times: readonly (readonly [DayEvent, string | null])[] = [
    ['opened', openedAt],
    ['confirmed', confirmedAt],
    ['recovering', recoveringAt],
    ['resolved', resolvedAt],
  ];
  const events = times.flatMap(([event, at]) => (at === null ? [] : [{ event, at: Date.parse(at) }]));
  return state === 'closed' && endedAt !== null ? [...events, { event: 'closed', at: endedAt }] : events;
}

/**
 * The days from `from` to `to` with their sums. `rows`: all of one scope, or of several, in any order; several of one day, and
 * those before `from`, are added up.
 */
export function historyOf(rows: Iterable<DayRow>, from: number, to: number): HistoryDay[] {
  const none = Object.fromEntries(dayCounts.map((name) => [name, 0])) as DayCounts;
  const days = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => ({
    ...none,
    ...{ day: from + index, open: 0, filled: false },
  }));
  let before = 0;
  for (const row of rows) {
    if (row.day > to) continue;
    if (row.day < from) {
      before += row.open;
      continue;
    }
    const day = days[row.day - from] as (typeof days)[number];
    for (const name of dayCounts) day[name] += row[name];
    day.open += row.open;
    day.filled ||= row.filled;
  }
  for (const day of days) {
    before += day.open;
    day.open = before;
  }
  return days;
}
