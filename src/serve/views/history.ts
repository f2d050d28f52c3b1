import { Type } from 'typebox';
import type { HistoryDay } from '../../store/ports/history.ts';
import type { DueByDay } from '../../store/ports/incidents.ts';
import { nullable } from './types.ts';

const DAY_MS = 86_400_000;
/** Days over which the repairs of a day are averaged. */
export const PACE_DAYS = 7;

export const historyDaySchema = Type.Object({
  day: Type.String({ format: 'date', description: 'of UTC' }),
  opened: Type.Integer(),
  confirmed: Type.Integer(),
  recovering: Type.Integer(),
  resolved: Type.Integer(),
  closed: Type.Integer({ description: 'by a person' }),
  withdrawn: Type.Integer({ description: 'there was no such incident, or it became another one' }),
  reopened: Type.Integer(),
  open: Type.Integer({ description: 'open at the end of the day; of today: now' }),
  assumed: Type.Boolean({
    description: 'true: made of incidents that an older version stored; changes that they do not tell of are missing',
  }),
});

export const historySchema = Type.Object({
  plant: nullable(Type.String()),
  from: Type.String({ format: 'date' }),
  to: Type.String({ format: 'date' }),
  days: Type.Array(historyDaySchema),
  neededPerDay: Type.Number({
    description:
      'repairs a day from now on, so that each open incident is repaired before its grace period ends; that of an upper bound counts as known, and one that is over as due today',
  }),
  donePerDay: Type.Number({
    description: `incidents a day that were resolved or closed, without those that were reopened, over the last ${PACE_DAYS} days with today`,
  }),
  withoutGrace: Type.Integer({
    description: 'open incidents to repair of which no end is known: neededPerDay leaves them out',
  }),
});

export function historyDayView({ day, filled, ...counts }: HistoryDay) {
  return { day: dateOf(day), ...counts, assumed: filled };
}

/** `day`: of UTC, counted from 1970. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** How many repairs a day are needed, so that each is done in time: the steepest line from now to any of the ends. */
export function neededPerDay({ byDay }: DueByDay): number {
  let [sum, needed] = [0, 0];
  for (const [days, count] of byDay.entries()) {
    sum += count;
    needed = Math.max(needed, sum / Math.max(1, days));
  }
  return rounded(needed);
}

/** `days`: the last ones, up to today. */
export function donePerDay(days: readonly HistoryDay[]): number {
  const done = days.reduce((sum, { resolved, closed, reopened }) => sum + resolved + closed - reopened, 0);
  return rounded(done / PACE_DAYS);
}

/** Four digits tell a pace from another one, and from none: a few repairs in a year are less than a hundredth a day. */
function rounded(pace: number): number {
  return Number(pace.toPrecision(4));
}
