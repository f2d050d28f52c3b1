import type Database from 'better-sqlite3';
import {
  addFact,
  addGroup,
  type Fleet,
  type Group,
  graceBounds,
  groupIn,
  newGroup,
  shownGroups,
} from '../../core/fleet/fleet-count.ts';
import { weekOf } from '../../core/fleet/weeks.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';
import { namesShownAs } from '../codec/member-row.ts';
import type { GraceWeeks } from '../ports/fleet.ts';
import type { Counts } from '../ports/queries.ts';
import { prepareColumn } from './statements.ts';

const GROUPED = ['plant', 'product', 'release'] as const;
type Grouped = (typeof GROUPED)[number];
type CountRow = { readonly name: string; readonly fact: string; readonly n: number };

function prepare(database: Database.Database) {
  const grace = (dimension: Grouped) => ({
    count: prepareColumn<[object], number>(
      database,
      `SELECT count(*) FROM member INDEXED BY member_grace_${dimension}
       WHERE ${dimension} = @name AND grace_until IS NOT NULL AND grace_until >= @from AND grace_until < @to`,
    ),
    next: prepareColumn<[object], number | null>(
      database,
      `SELECT min(grace_until) FROM member INDEXED BY member_grace_${dimension}
       WHERE ${dimension} = @name AND grace_until IS NOT NULL AND grace_until > @now`,
    ),
  });
  return {
    counts: database.prepare<[object], CountRow>(
      `SELECT name, fact, sum(n) AS n FROM fleet_count WHERE dimension = @dimension AND fact >= @fact AND fact < @below
       GROUP BY fact, name`,
    ),
    facts: prepareColumn<[object], string>(
      database,
      `WITH RECURSIVE facts (fact) AS (
         SELECT min(fact) FROM fleet_count WHERE dimension = @dimension
         UNION ALL SELECT (SELECT min(fact) FROM fleet_count WHERE dimension = @dimension AND fact > facts.fact) FROM facts
         WHERE facts.fact IS NOT NULL
       ) SELECT fact FROM facts WHERE fact IS NOT NULL`,
    ),
    count: prepareColumn<[object], number | null>(
      database,
      'SELECT sum(n) FROM fleet_count WHERE dimension = @dimension AND fact = @fact AND name = @name',
    ),
    grace: { plant: grace('plant'), product: grace('product'), release: grace('release') },
    verifying: database.prepare<[object], { key: string; at: number; plant: string; product: string; release: string }>(
      `SELECT key, verified_at AS at, plant, product, release FROM member INDEXED BY member_verified
       WHERE verified_at IS NOT NULL AND (verified_at, key) > (@at, @key) ORDER BY verified_at, key LIMIT 2000`,
    ),
    graceIn: prepareColumn<[object], number>(
      database,
      `SELECT grace_until FROM member INDEXED BY member_grace_plant
       WHERE plant = @plant AND grace_until IS NOT NULL AND grace_until >= @from ORDER BY grace_until LIMIT 1`,
    ),
    heardAt: prepareColumn<[string], number | null>(database, 'SELECT max(heard_at) FROM member WHERE plant = ?'),
  };
}

/** How long the event loop may wait for one part of an answer. */
const SLICE_MS = 4;

/** Lets other work go on where the last part of an answer has taken long enough. */
export class Slices {
  #since = performance.now();

  async next(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return;
    await yieldToEventLoop();
    this.#since = performance.now();
  }
}

/** The counts that are kept of the fleet. What passes with time is counted by an index. */
export class SqliteFleetCounts {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  /** Of one dimension and fact, by name. */
  byName(dimension: string, fact: string): CountRow[] {
    return this.#statements.counts.all({ dimension, fact, below: `${fact}\0` });
  }

  count(dimension: string, fact: string, name = ''): number {
    return this.#statements.count.get({ dimension, fact, name }) ?? 0;
  }

  conditions(): Counts['devices'] {
    return this.#statements.facts
      .all({ dimension: 'all' })
      .flatMap((fact) => /^condition (.*)$/.exec(fact)?.[1] ?? [])
      .map((condition) => ({ condition, count: this.count('all', `condition ${condition}`) }));
  }

  async fleet(now: number): Promise<Fleet> {
    const slices = new Slices();
    const [plants, products, releases] = [new Map(), new Map(), new Map()] as Map<string, Group>[];
    const groups = { plant: plants, product: products, release: releases } as Record<Grouped, Map<string, Group>>;
    const graced: [Grouped, string][] = [];
    for (const dimension of GROUPED) {
      for (const fact of this.#statements.facts.all({ dimension })) {
        for (const { name, n } of this.byName(dimension, fact)) {
          addFact(groupIn(groups[dimension], name || UNKNOWN), fact, n);
          if (fact === 'grace') graced.push([dimension, name]);
          if (fact === 'worked') groupIn(groups[dimension], name || UNKNOWN).remediation.verified += n;
        }
        await slices.next();
      }
    }
    for (const [dimension, name] of graced) {
      this.#addGrace(groupIn(groups[dimension], name || UNKNOWN), dimension, name, now);
      await slices.next();
    }
    for await (const row of this.#verifying(now, slices)) {
      for (const dimension of GROUPED) {
        const { remediation } = groupIn(groups[dimension], row[dimension] || UNKNOWN);
        remediation.verifying++;
        remediation.verified--;
      }
    }
    const all = newGroup('all');
    for (const group of groups.plant.values()) addGroup(all, group);
    const shown = (dimension: Grouped) => shownGroups([...groups[dimension].values()]);
    return { all, plants: shown('plant'), products: shown('product'), releases: shown('release') };
  }

  /** The hours of the last lines of these plants, by the names that lists show. */
  async heardByPlant(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const slices = new Slices();
    const heard = new Map<string, number>();
    for (const shown of names) {
      const at = this.#heardAt(shown);
      if (at !== null) heard.set(shown, at);
      await slices.next();
    }
    return heard;
  }

  /** One plant, by the name that lists show. */
  async plant(shown: string, now: number): Promise<{ group: Group; heardAt: number | null } | null> {
    const group = newGroup(shown);
    const slices = new Slices();
    for (const name of namesShownAs(shown)) {
      for (const fact of this.#statements.facts.all({ dimension: 'plant' })) {
        const n = this.count('plant', fact, name);
        if (n === 0) continue;
        addFact(group, fact, n);
        if (fact === 'worked') group.remediation.verified += n;
      }
      this.#addGrace(group, 'plant', name, now);
    }
    if (group.devices === 0) return null;
    for await (const { plant } of this.#verifying(now, slices)) {
      if ((plant || UNKNOWN) !== shown) continue;
      group.remediation.verifying++;
      group.remediation.verified--;
    }
    return { group, heardAt: this.#heardAt(shown) };
  }

  async graceWeeks(shown: string | undefined, now: number): Promise<GraceWeeks> {
    const slices = new Slices();
    let [over, bounded] = [0, 0];
    const weeks = new Map<number, number>();
    const names = shown === undefined ? this.byName('plant', 'devices').map(({ name }) => name) : namesShownAs(shown);
    for (const name of names) {
      bounded += this.count('plant', 'bounded', name);
      over += this.#graceCount('plant', name, -Number.MAX_VALUE, now);
      for (let from = now; ; ) {
        const first = this.#statements.graceIn.get({ plant: name, from });
        if (first === undefined) break;
        const week = weekOf(first);
        weeks.set(week.from, (weeks.get(week.from) ?? 0) + this.#graceCount('plant', name, from, week.to));
        from = week.to;
        await slices.next();
      }
    }
    const sorted = [...weeks].sort(([a], [b]) => a - b);
    return { over, bounded, weeks: sorted.map(([from, count]) => ({ from, count })) };
  }

  #heardAt(shown: string): number | null {
    return Math.max(...namesShownAs(shown).map((name) => this.#statements.heardAt.get(name) ?? 0)) || null;
  }

  #addGrace(group: Group, dimension: Grouped, name: string, now: number): void {
    let from = -Number.MAX_VALUE;
    for (const { bucket, below } of [...graceBounds, { bucket: 'longer', below: Number.MAX_VALUE } as const]) {
      const to = bucket === 'longer' ? below : now + below;
      group.grace[bucket] += this.#graceCount(dimension, name, from, to);
      from = to;
    }
    const next = this.#statements.grace[dimension].next.get({ name, now }) ?? null;
    if (next !== null && (group.graceEndsNext === null || next < group.graceEndsNext)) group.graceEndsNext = next;
  }

  #graceCount(dimension: Grouped, name: string, from: number, to: number): number {
    return this.#statements.grace[dimension].count.get({ name, from, to }) ?? 0;
  }

  /** Devices whose repair has worked, and is not verified yet: as many as had a success within the hold time. */
  async *#verifying(now: number, slices: Slices) {
    for (let position = { at: now, key: '\uffff' }; ; ) {
      const rows = this.#statements.verifying.all(position);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < 2000) return;
      position = last;
      await slices.next();
    }
  }
}
