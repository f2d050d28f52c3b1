import type Database from 'better-sqlite3';
import { limits } from '../../core/model/limits.ts';
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

type Sums = Omit<DayRow, 'filled'> & { readonly filled: number };
type Added = { readonly scope: string; readonly day: number; open: number; filled: boolean } & Partial<
  Record<DayEvent, number>
>;

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
    newest: prepareColumn<[string], number | null>(database, 'SELECT max(day) FROM day WHERE scope = ?'),
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
    openByPlant: database.prepare<[], { scope: string; open: number }>(
      `SELECT '=' || ifnull(plant, '') AS scope, count(*) AS open FROM incident
       WHERE state NOT IN ('resolved', 'closed') AND changed_at IS NOT NULL GROUP BY 1`,
    ),
    keptByScope: database.prepare<[], { scope: string; open: number }>(
      'SELECT scope, sum(open) AS open FROM day GROUP BY scope',
    ),
  };
}

/** What happened to incidents on each day. What a transaction adds is written at its end, by `flush()`. */
export class SqliteDays {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #added = new Map<string, Added>();

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  /** Something happened to an incident of this plant. `at`: milliseconds. */
  count(plant: string | null, at: number, event: DayEvent, filled = false): void {
    for (const added of this.#of(plant, at, filled)) added[event] = (added[event] ?? 0) + 1;
  }

  /** `by`: how many incidents of this plant are open more from this time on. Null: the newest day that there is. */
  open(plant: string | null, at: number | null, by: number, filled = false): void {
    for (const added of this.#of(plant, at, filled)) added.open += by;
  }

  /** Writes what was added. To be called at the end of a transaction. */
  flush(): void {
    if (this.#added.size === 0) return;
    const none = Object.fromEntries(dayCounts.map((name) => [name, 0]));
    let newest = 0;
    for (const { filled, ...added } of this.#added.values()) {
      this.#statements.add.run({ ...none, ...added, instance: INSTANCE, filled: Number(filled) });
      newest = Math.max(newest, added.day);
    }
    this.#added.clear();
    this.#trim();
  }

  /** Forgets what was added, as the transaction was rolled back. */
  clear(): void {
    this.#added.clear();
  }

  history({ plant, from, to }: HistoryQuery): HistoryDay[] {
    const rows = this.#statements.of.all(plant === undefined ? FLEET : scopeOf(plant));
    return historyOf(
      rows.map((row) => ({ ...row, filled: row.filled === 1 })),
      from,
      to,
    );
  }

  /**
   * Where the sums of the days differ from the incidents that are open: by scope, with both. Empty, unless a row was damaged.
   * Takes as long as reading all incidents.
   */
  differences(): { readonly scope: string; readonly kept: number; readonly counted: number }[] {
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

  /** Makes the sums those of the incidents again, on the newest day. To be called after damaged rows were removed. */
  settle(): void {
    const day = this.#newest();
    for (const { scope, kept, counted } of this.differences()) this.#at(scope, day, false).open += counted - kept;
    this.flush();
  }

  #of(plant: string | null, at: number | null, filled: boolean): Added[] {
    const day = at === null ? this.#newest() : dayOf(at);
    return [this.#at(FLEET, day, filled), this.#at(scopeOf(plant), day, filled)];
  }

  #at(scope: string, day: number, filled: boolean): Added {
    const key = `${day} ${scope}`;
    let added = this.#added.get(key);
    if (added === undefined) {
      added = { scope, day, open: 0, filled };
      this.#added.set(key, added);
    }
    added.filled ||= filled;
    return added;
  }

  #newest(): number {
    return Math.max(0, this.#statements.newest.get(FLEET) ?? 0);
  }

  /** Beyond the limit, days become one row. */
  #trim(): void {
    const before = this.#newest() - limits.historyDays + 1;
    if (this.#statements.isOld.get(before) === undefined) return;
    this.#statements.fold.run({ before });
    this.#statements.trim.run(before);
  }
}
