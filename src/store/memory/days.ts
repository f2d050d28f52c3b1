import { limits } from '../../core/model/limits.ts';
import { type DayEvent, type DayRow, dayCounts, dayOf, historyOf } from '../days.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';

type Day = { -readonly [K in keyof DayRow]: DayRow[K] };

/** What happened to incidents on each day. */
export class MemoryDays {
  /** By plant, and undefined for the fleet: by day. */
  readonly #days = new Map<string | null | undefined, Map<number, Day>>();
  #newest = 0;

  count(plant: string | null, at: number, event: DayEvent): void {
    for (const day of this.#of(plant, at)) day[event]++;
  }

  /** `at`: null for the newest day that there is. */
  open(plant: string | null, at: number | null, by: number): void {
    for (const day of this.#of(plant, at)) day.open += by;
  }

  history({ plant, from, to }: HistoryQuery): HistoryDay[] {
    this.#trim();
    return historyOf(this.#days.get(plant)?.values() ?? [], from, to);
  }

  #of(plant: string | null, at: number | null): Day[] {
    const day = at === null ? this.#newest : dayOf(at);
    this.#newest = Math.max(this.#newest, day);
    return [undefined, plant].map((scope) => {
      const days = this.#days.get(scope) ?? new Map<number, Day>();
      this.#days.set(scope, days);
      const found = days.get(day) ?? newDay(day);
      days.set(day, found);
      return found;
    });
  }

  /** Beyond the limit, the open incidents of old days are those of the day before all others. */
  #trim(): void {
    const before = this.#newest - limits.historyDays + 1;
    for (const days of this.#days.values()) {
      for (const [day, { open }] of days) {
        if (day < 0 || day >= before) continue;
        const base = days.get(-1) ?? newDay(-1);
        base.open += open;
        days.set(-1, base);
        days.delete(day);
      }
    }
  }
}

function newDay(day: number): Day {
  const counts = Object.fromEntries(dayCounts.map((name) => [name, 0])) as Record<DayEvent, number>;
  return { ...counts, day, open: 0, filled: false };
}
