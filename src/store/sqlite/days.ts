import type Database from 'better-sqlite3';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import { BEYOND_MS } from '../clocks.ts';
import { type DayEvent, type DayRow, dayCounts, dayOf, historyOf } from '../days.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';
import { prepareColumn } from './statements.ts';

/** Kept sums are rows by instance, so that several never wait for one row. There is one. */
const INSTANCE = 'main';
/** The row of a scope for all days that are not kept any more: how many incidents were open at their end. */
const BASE = -1;
const FLEET = '*';

/** Of the fleet, or of a plant: `=` before its name, and nothing behind it for devices without one. */
function scopeOf(plant: string | null): string {
  return `=${plant ?? ''}`;
}

/** The plant of a scope; undefined for the fleet. */
function plantIn(scope: string): string | null | undefined {
  return scope === FLEET ? undefined : scope.slice(1) || null;
}

type Sums = Omit<DayRow, 'filled'> & { readonly filled: number };
/** One thing that is added to a day of a scope. */
type Added = {
  readonly scope: string;
  readonly day: number;
  readonly what: DayEvent | 'open';
  readonly by: number;
  readonly filled: boolean;
};
type AddedSums = { readonly scope: string; readonly day: number; filled: boolean } & Record<DayEvent | 'open', number>;

const SUMS = `${dayCounts.join(', ')}, open, filled`;

function prepare(database: Database.Database) {
  return {
    add: database.prepare(
      `INSERT INTO day (scope, day, instance, ${SUMS})
       VALUES (@scope, @day, @instance, ${dayCounts.map((name) => `@${name}`).join(', ')}, @open, @filled)
       ON CONFLICT (scope, day, instance) DO UPDATE SET
         ${dayCounts.map((name) => `${name} = ${name} + @${name}`).join(', ')},
         open = open + @open, filled = max(filled, @filled)`,
    ),
    of: database.prepare<[string], Sums>(`SELECT day, ${SUMS} FROM day WHERE scope = ? ORDER BY day`),
    isOld: prepareColumn<[number], number>(
      database,
      `SELECT 1 FROM day WHERE scope = '${FLEET}' AND day > ${BASE} AND day < ? LIMIT 1`,
    ),
    fold: database.prepare(
      `INSERT INTO day (scope, day, instance, ${SUMS})
         SELECT scope, ${BASE}, instance, ${dayCounts.map((name) => `sum(${name})`).join(', ')}, sum(open), max(filled)
         FROM day WHERE day > ${BASE} AND day < @before GROUP BY scope, instance
       ON CONFLICT (scope, day, instance) DO UPDATE SET open = open + excluded.open, filled = max(filled, excluded.filled)`,
    ),
    trim: database.prepare(`DELETE FROM day WHERE day > ${BASE} AND day < ?`),
    future: database.prepare<[number], { scope: string; days: number; last: number }>(
      'SELECT scope, count(DISTINCT day) AS days, max(day) AS last FROM day WHERE day > ? GROUP BY scope',
    ),
    moveFuture: database.prepare(
      `INSERT INTO day (scope, day, instance, ${SUMS})
         SELECT scope, @today, instance, ${dayCounts.map((name) => `sum(${name})`).join(', ')}, sum(open), max(filled)
         FROM day WHERE day > @latest GROUP BY scope, instance
       ON CONFLICT (scope, day, instance) DO UPDATE SET
         ${dayCounts.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')},
         open = open + excluded.open, filled = max(filled, excluded.filled)`,
    ),
    removeFuture: database.prepare('DELETE FROM day WHERE day > ?'),
    openByPlant: database.prepare<[], { scope: string; open: number }>(
      `SELECT '=' || ifnull(plant, '') AS scope, count(*) AS open FROM incident
       WHERE state NOT IN ('resolved', 'closed') AND changed_at IS NOT NULL GROUP BY 1`,
    ),
    keptByScope: database.prepare<[], { scope: string; open: number }>(
      'SELECT scope, sum(open) AS open FROM day GROUP BY scope',
    ),
  };
}

/** What happened to incidents on each day. What a transaction adds is written at its end, by `flush()`. Times are milliseconds. */
export class SqliteDays {
  readonly #statements: ReturnType<typeof prepare>;
  #added: Added[] = [];

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  /** Something happened to an incident of this plant. */
  count(plant: string | null, at: number, event: DayEvent, filled = false): void {
    this.#add(plant, at, event, 1, filled);
  }

  /** `by`: how many incidents of this plant are open more from this time on. */
  open(plant: string | null, at: number, by: number, filled = false): void {
    this.#add(plant, at, 'open', by, filled);
  }

  /** What was added so far in this transaction, for `rollBackTo()` where a part of it is rolled back. */
  mark(): number {
    return this.#added.length;
  }

  rollBackTo(mark: number): void {
    this.#added.length = mark;
  }

  /** Writes what was added. To be called at the end of a transaction. */
  flush(): void {
    if (this.#added.length === 0) return;
    const none = { ...(Object.fromEntries(dayCounts.map((name) => [name, 0])) as Record<DayEvent, number>), open: 0 };
    const sums = new Map<string, AddedSums>();
    for (const { scope, day, what, by, filled } of this.#added) {
      const key = `${day} ${scope}`;
      const sum = sums.get(key) ?? { ...none, scope, day, filled: false };
      sum[what] += by;
      sum.filled ||= filled;
      sums.set(key, sum);
    }
    for (const { filled, ...sum } of sums.values())
      this.#statements.add.run({ ...sum, instance: INSTANCE, filled: Number(filled) });
    this.#added = [];
  }

  /** Forgets what was added, as the transaction was rolled back. */
  clear(): void {
    this.#added = [];
  }

  history({ plant, from, to }: HistoryQuery): HistoryDay[] {
    const scopes =
      plant === undefined ? [FLEET] : plant === null ? [scopeOf(null), scopeOf(UNKNOWN)] : [scopeOf(plant)];
    const rows = scopes.flatMap((scope) => this.#statements.of.all(scope));
    return historyOf(
      rows.map((row) => ({ ...row, filled: row.filled === 1 })),
      from,
      to,
    );
  }

  /**
   * Where the sums of the days differ from the incidents that are open: by plant (undefined: the fleet), with both. Empty,
   * unless a row was damaged. Takes as long as reading all incidents.
   */
  differences(): { readonly plant: string | null | undefined; readonly kept: number; readonly counted: number }[] {
    return this.#differences().map(({ scope, ...sums }) => ({ plant: plantIn(scope), ...sums }));
  }

  #differences(): { readonly scope: string; readonly kept: number; readonly counted: number }[] {
    const counted = new Map(this.#statements.openByPlant.all().map(({ scope, open }) => [scope, open]));
    counted.set(
      FLEET,
      [...counted.values()].reduce((sum, open) => sum + open, 0),
    );
    const kept = new Map(this.#statements.keptByScope.all().map(({ scope, open }) => [scope, open]));
    return [...new Set([...counted.keys(), ...kept.keys()])]
      .map((scope) => ({ scope, kept: kept.get(scope) ?? 0, counted: counted.get(scope) ?? 0 }))
      .filter((row) => row.kept !== row.counted);
  }

  /** Makes the sums those of the incidents again, from now on. To be called after damaged rows were removed. */
  settle(now: number): void {
    const [day, filled] = [dayOf(now), false];
    for (const { scope, kept, counted } of this.#differences())
      this.#added.push({ scope, day, what: 'open', by: counted - kept, filled });
    this.flush();
  }

  /**
   * Days beyond the limit become one row. `at`: the clock of retention, as a wall clock that is ahead for an hour would make
   * all days old. Within a transaction.
   */
  trim(at: number): void {
    const before = dayOf(at) - limits.historyDays + 1;
    if (this.#statements.isOld.get(before) === undefined) return;
    this.#statements.fold.run({ before });
    this.#statements.trim.run(before);
  }

  /** Days beyond now, which only a clock that was ahead leaves: by plant (undefined: the fleet), how many, and the last. */
  future(now: number): { readonly plant: string | null | undefined; readonly days: number; readonly last: number }[] {
    const found = this.#statements.future.all(dayOf(now + BEYOND_MS));
    return found.map(({ scope, days, last }) => ({ plant: plantIn(scope), days, last }));
  }

  /** What happened on days beyond now happened until now: it becomes a part of today. Within a transaction. */
  pullBack(now: number): void {
    const latest = dayOf(now + BEYOND_MS);
    if (this.#statements.future.get(latest) === undefined) return;
    this.#statements.moveFuture.run({ latest, today: dayOf(now) });
    this.#statements.removeFuture.run(latest);
  }

  #add(plant: string | null, at: number, what: Added['what'], by: number, filled: boolean): void {
    const day = dayOf(at);
    this.#added.push({ scope: FLEET, day, what, by, filled }, { scope: scopeOf(plant), day, what, by, filled });
  }
}
