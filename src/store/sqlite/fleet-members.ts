import type Database from 'better-sqlite3';
import { FacetCount, type Facets } from '../../core/fleet/facets.ts';
import type { Member, MemberSort } from '../../core/fleet/member.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { page } from '../page.ts';
import type { MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { Page, PageQuery } from '../ports/queries.ts';
import {
  readTimedPosition,
  readUrgentPosition,
  timedPositionText,
  type UrgentPosition,
  urgentPositionText,
} from '../positions.ts';
import type { Column } from './checksums.ts';
import { MEMBER_COLUMNS, unpackMember } from './codec/member-row.ts';
import { namesShownAs, Slices, type SqliteFleetCounts } from './fleet-counts.ts';

/** Rows that are looked at without letting other work go on: some milliseconds. */
const SLICE_ROWS = 3000;
const COLUMNS = MEMBER_COLUMNS.map((column) => `member.${column}`).join(', ');
/** The values of a member by facet, in the order of `facetNames`, as one text. */
const CELL = `json_array(condition, status, CASE listed WHEN 1 THEN 'true' ELSE 'false' END, plant, product, release)`;
/** Statements that are kept: one for each set of filters and order that was asked for. */
const STATEMENTS = 200;

/** Columns of filters with an index, whose values are counted under this dimension and fact. */
const INDEXED = ['plant', 'product', 'release', 'condition'] as const;

/** Lists of members. */
export class SqliteFleetMembers {
  readonly #database: Database.Database;
  readonly #counts: SqliteFleetCounts;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #asked = new Map<string, Database.Statement<[object], Column[]>>();

  constructor(database: Database.Database, counts: SqliteFleetCounts) {
    this.#database = database;
    this.#statements = prepare(database);
    this.#counts = counts;
  }

  /** `named`: keys of devices that have `q` as a name. */
  async list(
    { sort = 'device', after, limit, ...filter }: MemberQuery,
    named: readonly string[],
  ): Promise<Page<Member>> {
    const { where, parameters } = conditionsOf(filter, named);
    const counts = this.#kept(filter);
    if (counts.some(({ count }) => count === 0)) return { rows: [], next: null };
    const order = ORDERS[sort];
    let from: Bound = (after === undefined ? null : placeIn(after, sort)) ?? order.first;
    const rows: Member[] = [];
    const take = (found: Column[][]) => {
      for (const [key, ...row] of found) rows.push(unpackMember(key as string, row));
    };
    const few = counts.find(({ name, count }) => count <= SLICE_ROWS && isIndexed(name));
    if (few !== undefined) {
      const sql = `SELECT key, ${COLUMNS} FROM member INDEXED BY member_${few.name}
        WHERE ${[...where, order.beyond].join(' AND ')} ORDER BY ${order.by} LIMIT @limit`;
      take(this.#prepared(sql).all({ ...parameters, ...from, limit: limit + 1 }));
      return page(rows, limit, (row) => placeOf(row, sort));
    }
    const sql = `SELECT key, ${COLUMNS} FROM member ${order.index}
      WHERE ${[order.beyond, order.upTo, ...where].join(' AND ')} ORDER BY ${order.by} LIMIT @limit`;
    const slices = new Slices();
    for (;;) {
      const end = this.#statements.ends[sort].get(from);
      const to = end === undefined ? order.last : { endKey: end.key, endAt: end.at };
      take(this.#prepared(sql).all({ ...parameters, ...from, ...to, limit: limit + 1 - rows.length }));
      if (end === undefined || rows.length > limit) return page(rows, limit, (row) => placeOf(row, sort));
      from = end;
      await slices.next();
    }
  }

  async facets(filter: MemberFilter, named: readonly string[]): Promise<Facets> {
    const { heardBefore, q, listed, ...lists } = filter;
    const count = new FacetCount({ ...lists, listed: listed === undefined ? undefined : [String(listed)] });
    const slices = new Slices();
    if (heardBefore === undefined && q === undefined) {
      for (let after = ''; ; ) {
        const cells = this.#statements.cells.all(after);
        for (const { name, n } of cells) count.add({ values: JSON.parse(name), count: n });
        const last = cells.at(-1);
        if (last === undefined || cells.length < 1000) return count.facets();
        after = last.name;
        await slices.next();
      }
    }
    for (const [cell, n] of await this.#cellsOf({ heardBefore, q }, named, slices))
      count.add({ values: JSON.parse(cell).map((value: string) => (value === '' ? UNKNOWN : value)), count: n });
    return count.facets();
  }

  plantsOf(keys: readonly string[]): Map<string, string | null> {
    const rows = this.#statements.plantsOf.all(JSON.stringify(keys));
    return new Map(rows.map(({ key, plant }) => [key, plant === '' ? null : plant]));
  }

  urgent({ plant, after, limit }: PageQuery & { readonly plant?: string | undefined }): Page<string> {
    const plants = plant === undefined ? null : JSON.stringify(namesShownAs(plant));
    const from = (after === undefined ? null : readUrgentPosition(after)) ?? MOST_URGENT;
    const { urgent, urgentAfterNone } = this.#statements;
    const rows = (from.until === null ? urgentAfterNone : urgent).all({ ...from, plant: plants, limit: limit + 1 });
    const { rows: shown, next } = page(rows, limit, urgentPositionText);
    return { rows: shown.map((row) => row.key), next };
  }

  /** How many members that fit have the same values. */
  async #cellsOf(filter: MemberFilter, named: readonly string[], slices: Slices): Promise<Map<string, number>> {
    const cells = new Map<string, number>();
    const { where, parameters } = conditionsOf(filter, named);
    const order = ORDERS[filter.heardBefore === undefined ? 'device' : 'heardAt'];
    const sql = `SELECT ${CELL} AS cell, count(*) AS n FROM member ${order.index}
      WHERE ${[order.beyond, order.upTo, ...where].join(' AND ')} GROUP BY cell`;
    const ends = this.#statements.ends[filter.heardBefore === undefined ? 'device' : 'heardAt'];
    for (let from: { key: string; at: number } = order.first; ; ) {
      const end = ends.get(from);
      const to = end === undefined ? order.last : { endKey: end.key, endAt: end.at };
      for (const [cell, n] of this.#prepared(sql).all({ ...parameters, ...from, ...to }))
        cells.set(cell as string, (cells.get(cell as string) ?? 0) + (n as number));
      const isBeyond = filter.heardBefore !== undefined && (end?.at ?? 0) >= filter.heardBefore;
      if (end === undefined || isBeyond) return cells;
      from = end;
      await slices.next();
    }
  }

  /** How many members each filter leaves, as far as that is kept; the fewest first. */
  #kept({ plant, product, release, condition, status, listed }: MemberFilter): { name: string; count: number }[] {
    const counts = this.#counts;
    const all = counts.count('all', 'devices');
    const kept: { name: string; count: number }[] = [];
    const add = (name: string, values: readonly string[] | undefined, count: (value: string) => number) => {
      if (values !== undefined)
        kept.push({ name, count: [...new Set(values)].reduce((sum, value) => sum + count(value), 0) });
    };
    add('plant', plant?.flatMap(namesShownAs), (value) => counts.count('plant', 'devices', value));
    add('product', product?.flatMap(namesShownAs), (value) => counts.count('product', 'devices', value));
    add('release', release?.flatMap(namesShownAs), (value) => counts.count('release', 'devices', value));
    add('condition', condition, (value) => counts.count('all', `condition ${value}`));
    const known = () => counts.count('all', 'affected') + counts.count('all', 'fixed');
    add('status', status, (value) => (value === 'unknown' ? all - known() : counts.count('all', value)));
    const isListed = counts.count('all', 'listed');
    if (listed !== undefined) kept.push({ name: 'listed', count: listed ? isListed : all - isListed });
    return kept.sort((a, b) => a.count - b.count);
  }

  /** Prepares a statement once. */
  #prepared(sql: string): Database.Statement<[object], Column[]> {
    let statement = this.#asked.get(sql);
    if (statement === undefined) {
      if (this.#asked.size >= STATEMENTS) this.#asked.clear();
      statement = this.#database.prepare<[object], Column[]>(sql).raw(true);
      this.#asked.set(sql, statement);
    }
    return statement;
  }
}

function isIndexed(name: string): boolean {
  return (INDEXED as readonly string[]).includes(name);
}

/** Before every device to repair. */
const MOST_URGENT: UrgentPosition = { urgency: -1, until: 0, key: '' };
/** Whether the key has the text `@q`, which is in lower case. SQLite itself knows the cases of ASCII only, and is faster there. */
const KEY_HAS_TEXT = `(instr(lower(key), @q) > 0 OR (octet_length(key) <> length(key) AND instr(lowered(key), @q) > 0))`;

type Bound = { readonly key: string; readonly at: number };
const ENDLESS = '\u{10ffff}';

/** How each order goes on after a place (`@key`, `@at`), and up to the end of a slice (`@endKey`, `@endAt`). */
const ORDERS = {
  device: {
    ...{ index: '', by: 'key', beyond: 'key > @key', upTo: 'key <= @endKey' },
    ...{ first: { key: '', at: 0 }, last: { endKey: ENDLESS, endAt: 0 } },
  },
  '-device': {
    ...{ index: '', by: 'key DESC', beyond: 'key < @key', upTo: 'key >= @endKey' },
    ...{ first: { key: ENDLESS, at: 0 }, last: { endKey: '', endAt: 0 } },
  },
  heardAt: {
    ...{ index: 'INDEXED BY member_heard', by: 'heard_at, key' },
    ...{ beyond: '(heard_at, key) > (@at, @key)', upTo: '(heard_at, key) <= (@endAt, @endKey)' },
    ...{ first: { key: '', at: -Number.MAX_VALUE }, last: { endKey: ENDLESS, endAt: Number.MAX_VALUE } },
  },
  '-heardAt': {
    ...{ index: 'INDEXED BY member_heard', by: 'heard_at DESC, key DESC' },
    ...{ beyond: '(heard_at, key) < (@at, @key)', upTo: '(heard_at, key) >= (@endAt, @endKey)' },
    ...{ first: { key: ENDLESS, at: Number.MAX_VALUE }, last: { endKey: '', endAt: -Number.MAX_VALUE } },
  },
} as const satisfies Record<MemberSort, object>;

function prepare(database: Database.Database) {
  const endOf = (sort: MemberSort) => {
    const { index, beyond, by } = ORDERS[sort];
    return database.prepare<[object], Bound>(
      `SELECT key, heard_at AS at FROM member ${index} WHERE ${beyond} ORDER BY ${by} LIMIT 1 OFFSET ${SLICE_ROWS}`,
    );
  };
  const urgentBeyond = (beyond: string) =>
    database.prepare<[object], UrgentPosition>(
      `SELECT urgency, urgent_until AS until, key FROM member INDEXED BY member_urgency
       WHERE urgency IS NOT NULL AND ${beyond}
         AND (@plant IS NULL OR plant IN (SELECT value FROM json_each(@plant)))
       ORDER BY urgency, urgent_until, key LIMIT @limit`,
    );
  return {
    /** The last place of a slice that begins after a place. */
    ends: {
      ...{ device: endOf('device'), '-device': endOf('-device') },
      ...{ heardAt: endOf('heardAt'), '-heardAt': endOf('-heardAt') },
    } satisfies Record<MemberSort, unknown>,
    cells: database.prepare<[string], { name: string; n: number }>(
      `SELECT name, sum(n) AS n FROM fleet_count WHERE dimension = 'cell' AND fact = 'devices' AND name > ?
       GROUP BY name ORDER BY name LIMIT 1000`,
    ),
    plantsOf: database.prepare<[string], { key: string; plant: string }>(
      'SELECT key, plant FROM member WHERE key IN (SELECT value FROM json_each(?))',
    ),
    urgent: urgentBeyond('(urgency, urgent_until, key) > (@urgency, @until, @key)'),
    // NULL is before every number in an index, and is compared with nothing.
    urgentAfterNone: urgentBeyond(
      'urgency >= @urgency AND (urgency > @urgency OR urgent_until IS NOT NULL OR key > @key) AND @until IS NULL',
    ),
  };
}

/** The conditions of the filters that are given, and their parameters. */
function conditionsOf(filter: MemberFilter, named: readonly string[]) {
  const where: string[] = [];
  const parameters: Record<string, Column> = {};
  for (const name of ['plant', 'product', 'release', 'condition', 'status'] as const) {
    const given = filter[name];
    if (given === undefined) continue;
    const values = name === 'condition' || name === 'status' ? given : given.flatMap(namesShownAs);
    for (const [index, value] of values.entries()) parameters[`${name}${index}`] = value;
    where.push(`${name} IN (${values.map((_, index) => `@${name}${index}`).join(', ')})`);
  }
  if (filter.listed !== undefined) {
    where.push('listed = @listed');
    parameters['listed'] = Number(filter.listed);
  }
  if (filter.heardBefore !== undefined) {
    where.push('heard_at < @heardBefore');
    parameters['heardBefore'] = filter.heardBefore;
  }
  if (filter.q !== undefined) {
    where.push(`(${KEY_HAS_TEXT} OR key IN (SELECT value FROM json_each(@named)))`);
    parameters['q'] = filter.q.toLowerCase();
    parameters['named'] = JSON.stringify(named);
  }
  return { where, parameters };
}

function placeOf({ key, heardAt }: Member, sort: MemberSort): string {
  return sort.endsWith('heardAt') ? timedPositionText({ at: heardAt ?? 0, key }) : key;
}

/** Null for a text that is no place in this order. */
function placeIn(position: string, sort: MemberSort): Bound | null {
  if (!sort.endsWith('heardAt')) return { key: position, at: 0 };
  const place = readTimedPosition(position);
  return place === null ? null : { key: place.key, at: place.at ?? 0 };
}
