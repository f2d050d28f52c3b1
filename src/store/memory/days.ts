import { UNKNOWN } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import { BEYOND_MS } from '../clocks.ts';
import { type DayEvent, type DayRow, dayCounts, dayOf, historyOf } from '../days.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';

type Day = { -readonly [K in keyof DayRow]: DayRow[K] };

/** What happened to incidents on each day. Times are milliseconds. */
export class MemoryDays {
  /** By plant, and undefined for the fleet: by day. */
  readonly #days = new Map<string | null | undefined, Map<number, Day>>();

  count(plant: string | null, at: number, event: DayEvent): void {
    for (const scope of [undefined, plant]) this.#at(scope, dayOf(at))[event]++;
  }

  open(plant: string | null, at: number, by: number): void {
    for (const scope of [undefined, plant]) this.#at(scope, dayOf(at)).open += by;
  }

  history({ plant, from, to }: HistoryQuery): HistoryDay[] {
    const scopes = plant === null ? [null, UNKNOWN] : [plant];
    const rows = scopes.flatMap((scope) => [...(this.#days.get(scope)?.values() ?? [])]);
    return historyOf(rows, from, to);
  }

  /** Beyond the limit, the open incidents of old days are those of the day before all others. `at`: the clock of retention. */
  trim(at: number): void {
    const before = dayOf(at) - limits.historyDays + 1;
    for (const [scope, days] of this.#days) {
      for (const [day, { open }] of days) {
        if (day < 0 || day >= before) continue;
        days.delete(day);
        this.#at(scope, BASE).open += open;
      }
    }
  }

  /** By scope, the days beyond now, which only a clock that was ahead leaves. */
  future(now: number): { readonly plant: string | null | undefined; readonly days: number; readonly last: number }[] {
    return [...this.#days].flatMap(([plant, days]) => {
      const future = beyond(days, now);
      return future.length === 0 ? [] : [{ plant, days: future.length, last: Math.max(...future) }];
    });
  }

  /** What happened on days beyond now happened until now: it becomes a part of today. */
  pullBack(now: number): void {
    for (const [scope, days] of this.#days) {
      for (const day of beyond(days, now)) {
        const { open, ...rest } = days.get(day) as Day;
        days.delete(day);
        const today = this.#at(scope, dayOf(now));
        for (const event of dayCounts) today[event] += rest[event];
        today.open += open;
      }
    }
  }

  #at(scope: string | null | undefined, day: number): Day {
    const days = this.#days.get(scope) ?? new Map<number, Day>();
    this.#days.set(scope, days);
    const found = days.get(day) ?? newDay(day);
    days.set(day, found);
    return found;
  }
}

/** The row of a scope for all days that are not kept any more. */
const BASE = -1;

function beyond(days: ReadonlyMap<number, Day>, now: number): number[] {
  const latest = dayOf(now + BEYOND_MS);
  return [...days.keys()].filter((day) => day > latest);
}

function newDay(day: number): Day {
  const counts = Object.fromEntries(dayCounts.map((name) => [name, 0])) as Record<DayEvent, number>;
  return { ...counts, day, open: 0, filled: false };
}
