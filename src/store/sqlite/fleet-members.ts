import type Database from 'better-sqlite3';
import type { Facets } from '../../core/fleet/facets.ts';
import type { Member, MemberSort } from '../../core/fleet/member.ts';
import { MEMBER_COLUMNS, namesShownAs, unpackMember } from '../codec/member-row.ts';
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
import { Slices, type SqliteFleetCounts } from './fleet-counts.ts';
import { SqliteMemberFacets } from './member-facets.ts';
import { type Bound, conditionsOf, IS_FOUND, ORDERS, SLICE_ROWS, sliceEnds } from './member-filter.ts';
import { MemberText } from './member-text.ts';

const COLUMNS = MEMBER_COLUMNS.map((column) => `member.${column}`).join(', ');
/** Statements that are kept: one for each set of filters and order that was asked for. */
const STATEMENTS = 200;

/** Columns of filters with an index, whose values are counted under this dimension and fact. */
const INDEXED = ['plant', 'product', 'release', 'condition'] as const;

/** Lists of members. */
export class SqliteFleetMembers {
  readonly #database: Database.Database;
  readonly #counts: SqliteFleetCounts;
  readonly #text: MemberText;
  readonly #facets: SqliteMemberFacets;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #asked = new Map<string, Database.Statement<[object], Column[]>>();

  constructor(database: Database.Database, counts: SqliteFleetCounts) {
    this.#database = database;
    this.#statements = prepare(database);
    this.#counts = counts;
    this.#text = new MemberText(database);
    this.#facets = new SqliteMemberFacets(database, counts, this.#text);
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
    const { heardBefore = Number.MAX_VALUE } = filter;
    let from: Bound = (after === undefined ? null : placeIn(after, sort)) ?? order.first;
    // Newer members do not fit.
    if (sort === '-heardAt' && from.at > heardBefore) from = { key: '', at: heardBefore };
    const rows: Member[] = [];
    const take = (found: Column[][]) => {
      for (const [key, ...row] of found) rows.push(unpackMember(key as string, row));
    };
    const few = counts.find(({ name, count }) => count <= SLICE_ROWS && isIndexed(name));
    if (few !== undefined) {
      // The keys first: rows that are not shown need not be read where the index has all that is asked for.
      const keys = `SELECT key FROM member INDEXED BY member_${few.name}
        WHERE ${[...where, order.beyond].join(' AND ')} ORDER BY ${order.by} LIMIT @limit`;
      const sql = `SELECT key, ${COLUMNS} FROM member WHERE key IN (${keys}) ORDER BY ${order.by}`;
      take(this.#prepared(sql).all({ ...parameters, ...from, limit: limit + 1 }));
      return page(rows, limit, (row) => placeOf(row, sort));
    }
    const found = filter.q === undefined ? null : await this.#text.found(filter.q, named);
    if (found !== null) {
      const sql = `SELECT key, ${COLUMNS} FROM member
        WHERE ${[IS_FOUND, ...where, order.beyond].join(' AND ')} ORDER BY ${order.by} LIMIT @limit`;
      take(this.#prepared(sql).all({ ...parameters, ...from, found, limit: limit + 1 }));
      return page(rows, limit, (row) => placeOf(row, sort));
    }
    const sql = `SELECT key, ${COLUMNS} FROM member ${order.index}
      WHERE ${[order.beyond, order.upTo, ...where].join(' AND ')} ORDER BY ${order.by} LIMIT @limit`;
    const slices = new Slices();
    for (;;) {
      const end = this.#statements.ends[sort].get(from);
      const to = end === undefined ? order.last : { endKey: end.key, endAt: end.at };
      take(this.#prepared(sql).all({ ...parameters, ...from, ...to, limit: limit + 1 - rows.length }));
      const isBeyond = end === undefined || (sort === 'heardAt' && end.at >= heardBefore);
      if (isBeyond || rows.length > limit) return page(rows, limit, (row) => placeOf(row, sort));
      from = end;
      await slices.next();
    }
  }

  /** `named`: as for `list`. */
  facets(filter: MemberFilter, named: readonly string[]): Promise<Facets> {
    return this.#facets.facets(filter, named);
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
function prepare(database: Database.Database) {
  const urgentBeyond = (beyond: string) =>
    database.prepare<[object], UrgentPosition>(
      `SELECT urgency, urgent_until AS until, key FROM member INDEXED BY member_urgency
       WHERE urgency IS NOT NULL AND ${beyond}
         AND (@plant IS NULL OR plant IN (SELECT value FROM json_each(@plant)))
       ORDER BY urgency, urgent_until, key LIMIT @limit`,
    );
  return {
    ends: sliceEnds(database),
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

function placeOf({ key, heardAt }: Member, sort: MemberSort): string {
  return sort.endsWith('heardAt') ? timedPositionText({ at: heardAt ?? 0, key }) : key;
}

/** Null for a text that is no place in this order. */
function placeIn(position: string, sort: MemberSort): Bound | null {
  if (!sort.endsWith('heardAt')) return { key: position, at: 0 };
  const place = readTimedPosition(position);
  return place === null ? null : { key: place.key, at: place.at ?? 0 };
}
