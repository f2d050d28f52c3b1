import { UNKNOWN } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import { BEYOND_MS } from '../clocks.ts';
import { type DayEvent, type DayRow, dayCounts, dayOf, historyOf } from '../days.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';
import { columns, type Session } from './session.ts';

/** The row of a scope for all days that are not kept any more: how many incidents were open at their end. */
const BASE = -1;
const FLEET = '*';
const COUNTED = [...dayCounts, 'open'] as const;
type Sums = { readonly scope: string; readonly day: number } & Record<DayEvent | 'open', number>;

const ADDED = COUNTED.map((name) => `${name} = day.${name} + excluded.${name}`).join(', ');
const SUMMED = COUNTED.map((name) => `sum(${name})`).join(', ');
const LISTED = COUNTED.join(', ');

/** What a transaction adds to the days; it is written at its end. */
export class DaySums {
  readonly #sums = new Map<string, Sums>();

  /** Something happened to an incident of this plant. Times are milliseconds. */
  count(plant: string | null, at: number, event: DayEvent): void {
    this.#add(plant, at, event, 1);
  }

  /** `by`: how many incidents of this plant are open more from this time on. */
  open(plant: string | null, at: number, by: number): void {
    this.#add(plant, at, 'open', by);
  }

  /** In one order, so that two transactions of an instance cannot wait for each other. */
  all(): Sums[] {
    return [...this.#sums.values()].sort((a, b) => a.day - b.day || (a.scope < b.scope ? -1 : 1));
  }

  #add(plant: string | null, at: number, what: DayEvent | 'open', by: number): void {
    const day = dayOf(at);
    for (const scope of [FLEET, scopeOf(plant)]) {
      const key = `${day} ${scope}`;
      const none = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<DayEvent | 'open', number>;
      const sums = this.#sums.get(key) ?? { scope, day, ...none };
      sums[what] += by;
      this.#sums.set(key, sums);
    }
  }
}

/** What happened to incidents on each day, as rows of each instance. */
export class PostgresDays {
  readonly #instance: string;

  constructor(instance: string) {
    this.#instance = instance;
  }

  async write(session: Session, sums: DaySums): Promise<void> {
    const rows = sums.all();
    if (rows.length === 0) return;
    await session.run(
      `INSERT INTO day (instance, scope, day, ${LISTED}) SELECT $1, * FROM unnest($2::text[], $3::int4[],
         ${COUNTED.map((_, at) => `$${at + 4}::int4[]`).join(', ')})
       ON CONFLICT (scope, day, instance) DO UPDATE SET ${ADDED}`,
      this.#instance,
      ...columns(rows, 'scope', 'day', ...COUNTED),
    );
  }

  async history(session: Session, { plant, from, to }: HistoryQuery): Promise<HistoryDay[]> {
    const scopes =
      plant === undefined ? [FLEET] : plant === null ? [scopeOf(null), scopeOf(UNKNOWN)] : [scopeOf(plant)];
    const sql = `SELECT day, ${LISTED}, false AS filled FROM day WHERE scope = ANY($1) ORDER BY day`;
    return historyOf(await session.rows<DayRow>(sql, scopes), from, to);
  }

  /** Where the sums of the days differ from the incidents that are open: by plant (undefined: the fleet), with both. */
  async differences(session: Session) {
    const [open, sums] = await Promise.all([
      session.rows<{ scope: string; open: number }>(
        `SELECT '=' || coalesce(plant, '') AS scope, count(*) AS open FROM incident
         WHERE state NOT IN ('resolved', 'closed') GROUP BY 1`,
      ),
      session.rows<{ scope: string; open: number }>('SELECT scope, sum(open)::float8 AS open FROM day GROUP BY scope'),
    ]);
    const counted = new Map(open.map((row) => [row.scope, row.open]));
    counted.set(
      FLEET,
      open.reduce((sum, row) => sum + row.open, 0),
    );
    const kept = new Map(sums.map((row) => [row.scope, row.open]));
    return [...new Set([...counted.keys(), ...kept.keys()])]
      .map((scope) => ({ plant: plantIn(scope), kept: kept.get(scope) ?? 0, counted: counted.get(scope) ?? 0 }))
      .filter((row) => row.kept !== row.counted);
  }

  /** Days beyond the limit become one row. `at`: the clock of retention. */
  async trim(session: Session, at: number): Promise<void> {
    await this.#become(session, BASE, `day > ${BASE} AND day < $1`, dayOf(at) - limits.historyDays + 1);
  }

  /** What happened on days beyond now, while a clock was ahead, becomes a part of today. */
  async pullBack(session: Session, now: number): Promise<void> {
    await this.#become(session, dayOf(now), 'day > $1', dayOf(now + BEYOND_MS));
  }

  async future(session: Session, now: number) {
    const rows = await session.rows<{ scope: string; days: number; last: number }>(
      'SELECT scope, count(DISTINCT day) AS days, max(day) AS last FROM day WHERE day > $1 GROUP BY scope ORDER BY scope',
      dayOf(now + BEYOND_MS),
    );
    return rows.map(({ scope, days, last }) => ({ plant: plantIn(scope), days, last }));
  }

  async #become(session: Session, day: number, which: string, bound: number): Promise<void> {
    await session.run(
      `WITH gone AS (DELETE FROM day WHERE ${which} RETURNING *)
       INSERT INTO day (scope, day, instance, ${LISTED})
         SELECT scope, $2, instance, ${day === BASE ? SUMMED.replace(/.*(?=sum\(open\))/, '0, '.repeat(dayCounts.length)) : SUMMED}
         FROM gone GROUP BY scope, instance
       ON CONFLICT (scope, day, instance) DO UPDATE SET ${ADDED}`,
      ...[bound, day],
    );
  }
}

/** Of the fleet, or of a plant: `=` before its name, and nothing behind it for devices without one. */
function scopeOf(plant: string | null): string {
  return `=${plant ?? ''}`;
}

/** The plant of a scope; undefined for the fleet. */
function plantIn(scope: string): string | null | undefined {
  return scope === FLEET ? undefined : scope.slice(1) || null;
}
