import type Database from 'better-sqlite3';
import { FacetCount, type Facets } from '../../core/fleet/facets.ts';
import type { Member, MemberSort } from '../../core/fleet/member.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { page } from '../page.ts';
import type { MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { Page, PageQuery } from '../ports/queries.ts';
import type { Column } from './checksums.ts';
import { MEMBER_COLUMNS, unpackMember } from './codec/member-row.ts';
import { namesShownAs, Slices, type SqliteFleetCounts } from './fleet-counts.ts';

/** Rows that are looked at without letting other work go on: some milliseconds. */
const SLICE_ROWS = 5000;
const COLUMNS = MEMBER_COLUMNS.map((column) => `member.${column}`).join(', ');

const among = (column: string) =>
  `(@${column} IS NULL OR member.${column} IN (SELECT value FROM json_each(@${column})))`;
const FILTERS = [
  ...['condition', 'status', 'plant', 'product', 'release'].map(among),
  '(@listed IS NULL OR listed = @listed)',
  '(@heardBefore IS NULL OR heard_at < @heardBefore)',
  '(@q IS NULL OR instr(lower(key), @q) > 0 OR key IN (SELECT value FROM json_each(@named)))',
].join(' AND ');

/** How each order goes on after a position, and its columns. */
const ORDERS = {
  device: { place: '(key)', order: 'key', after: '(@key)', direction: '' },
  heardAt: { place: '(heard_at, key)', order: 'heard_at, key', after: '(@at, @key)', direction: '' },
} as const;

function prepareSort(database: Database.Database, sort: MemberSort) {
  const isDown = sort.startsWith('-');
  const { place } = ORDERS[sort.replace('-', '') as keyof typeof ORDERS];
  const columns = place.slice(1, -1).split(', ');
  const order = columns.map((column) => `${column}${isDown ? ' DESC' : ''}`).join(', ');
  const at = (prefix: string) => `(${columns.map((column) => `@${prefix}_${column}`).join(', ')})`;
  const [beyond, upTo] = isDown ? ['<', '>='] : ['>', '<='];
  const index = columns.length === 1 ? '' : 'INDEXED BY member_heard';
  return {
    /** The last place of a slice that begins after a place. */
    end: database.prepare<[object], { key: string; heard_at: number }>(
      `SELECT key, heard_at FROM member ${index} WHERE ${place} ${beyond} ${at('after')} ORDER BY ${order}
       LIMIT 1 OFFSET ${SLICE_ROWS}`,
    ),
    rows: database
      .prepare<[object], Column[]>(
        `SELECT key, ${COLUMNS} FROM member ${index} WHERE ${place} ${beyond} ${at('after')}
         AND (@isLast OR ${place} ${upTo} ${at('end')}) AND ${FILTERS} ORDER BY ${order} LIMIT @limit`,
      )
      .raw(true),
  };
}

/** The name by which the statement is chosen where an index of a filter leaves so few rows that they can be sorted. */
const DRIVERS = ['plant', 'product', 'release', 'condition'] as const;

function prepare(database: Database.Database) {
  const sorts = Object.fromEntries(
    (['device', '-device', 'heardAt', '-heardAt'] as const).map((sort) => [sort, prepareSort(database, sort)]),
  ) as Record<MemberSort, ReturnType<typeof prepareSort>>;
  return {
    sorts,
    few: Object.fromEntries(
      DRIVERS.map((name) => [
        name,
        database
          .prepare<[object], Column[]>(
            `SELECT key, ${COLUMNS} FROM member INDEXED BY member_${name}
             WHERE ${name} IN (SELECT value FROM json_each(@${name})) AND ${FILTERS}`,
          )
          .raw(true),
      ]),
    ) as Record<(typeof DRIVERS)[number], Database.Statement<[object], Column[]>>,
    cells: database.prepare<[string], { name: string; n: number }>(
      `SELECT name, sum(n) AS n FROM fleet_count WHERE dimension = 'cell' AND fact = 'devices' AND name > ?
       GROUP BY name ORDER BY name LIMIT 1000`,
    ),
    urgent: database.prepare<[object], { urgency: number; until: number; key: string }>(
      `SELECT urgency, urgent_until AS until, key FROM member INDEXED BY member_urgency
       WHERE urgency IS NOT NULL AND (urgency, urgent_until, key) > (@urgency, @until, @key)
         AND (@plant IS NULL OR plant IN (SELECT value FROM json_each(@plant)))
       ORDER BY urgency, urgent_until, key LIMIT @limit`,
    ),
    plantsOf: database.prepare<[string], { key: string; plant: string }>(
      'SELECT key, plant FROM member WHERE key IN (SELECT value FROM json_each(?))',
    ),
  };
}

/** Lists of members. */
export class SqliteFleetMembers {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #counts: SqliteFleetCounts;

  constructor(database: Database.Database, counts: SqliteFleetCounts) {
    this.#statements = prepare(database);
    this.#counts = counts;
  }

  /** `named`: keys of devices that have `q` as a name. */
  async list(
    { sort = 'device', after, limit, ...filter }: MemberQuery,
    named: readonly string[],
  ): Promise<Page<Member>> {
    const position = after === undefined ? null : placeIn(after, sort);
    const few = this.#few(filter, named);
    if (few !== null) {
      const rows = few
        .sort(compareBy(sort))
        .filter((row) => position === null || compareBy(sort)(row, position) > 0)
        .slice(0, limit + 1);
      return page(rows, limit, (row) => placeOf(row, sort));
    }
    const [slices, rows] = [new Slices(), [] as Member[]];
    const [asked, { end, rows: statement }] = [parametersOf(filter, named), this.#statements.sorts[sort]];
    for (let from = boundOf(position, sort); rows.length <= limit; ) {
      const bound = { after_key: from.key, after_heard_at: from.at };
      const last = end.get(bound);
      const to = { end_key: last?.key ?? '', end_heard_at: last?.heard_at ?? 0, isLast: Number(last === undefined) };
      const found = statement.all({ ...asked, ...bound, ...to, limit: limit + 1 - rows.length });
      for (const [key, ...row] of found) rows.push(unpackMember(key as string, row));
      if (last === undefined) break;
      from = { key: last.key, at: last.heard_at };
      await slices.next();
    }
    return page(rows, limit, (row) => placeOf(row, sort));
  }

  async facets(filter: MemberFilter, named: readonly string[]): Promise<Facets> {
    const { heardBefore, q, listed, ...lists } = filter;
    const count = new FacetCount({ ...lists, listed: listed === undefined ? undefined : [String(listed)] });
    if (heardBefore === undefined && q === undefined) {
      const slices = new Slices();
      for (let after = ''; ; ) {
        const cells = this.#statements.cells.all(after);
        for (const { name, n } of cells) count.add({ values: JSON.parse(name), count: n });
        const last = cells.at(-1);
        if (last === undefined || cells.length < 1000) return count.facets();
        after = last.name;
        await slices.next();
      }
    }
    for (let after: string | undefined; ; ) {
      const { rows, next } = await this.list({ heardBefore, q, sort: 'heardAt', after, limit: 1000 }, named);
      for (const { condition, status, listed: isListed, plant, product, release } of rows) {
        const names = [plant ?? UNKNOWN, product ?? UNKNOWN, release ?? UNKNOWN];
        count.add({ values: [condition, status, String(isListed), ...names], count: 1 });
      }
      if (next === null) return count.facets();
      after = next;
    }
  }

  plantsOf(keys: readonly string[]): Map<string, string | null> {
    const rows = this.#statements.plantsOf.all(JSON.stringify(keys));
    return new Map(rows.map(({ key, plant }) => [key, plant === '' ? null : plant]));
  }

  urgent({ plant, after, limit }: PageQuery & { readonly plant?: string | undefined }): Page<string> {
    const [, urgency = -1, until = 0, key = ''] = /^(\d+) (-?\d+) (.*)$/s.exec(after ?? '') ?? [];
    const plants = plant === undefined ? null : JSON.stringify(namesShownAs(plant));
    const from = { urgency: Number(urgency), until: Number(until), key };
    const rows = this.#statements.urgent.all({ ...from, plant: plants, limit: limit + 1 });
    const { rows: shown, next } = page(rows, limit, (row) => `${row.urgency} ${row.until} ${row.key}`);
    return { rows: shown.map((row) => row.key), next };
  }

  /** All members that fit, where the kept counts say that an index leaves no more than one slice of rows; else null. */
  #few(filter: MemberFilter, named: readonly string[]): Member[] | null {
    for (const name of DRIVERS) {
      const values = filter[name];
      if (values === undefined) continue;
      const count = (value: string) =>
        name === 'condition'
          ? this.#counts.count('all', `condition ${value}`)
          : this.#counts.count(name, 'devices', value);
      const all = name === 'condition' ? values : values.flatMap(namesShownAs);
      if (all.reduce((sum, value) => sum + count(value), 0) > SLICE_ROWS) continue;
      const rows = this.#statements.few[name].all(parametersOf(filter, named));
      return rows.map(([key, ...row]) => unpackMember(key as string, row));
    }
    return null;
  }
}

function parametersOf(filter: MemberFilter, named: readonly string[]) {
  const list = (values: readonly string[] | undefined, shown: boolean) =>
    values === undefined ? null : JSON.stringify(shown ? values.flatMap(namesShownAs) : values);
  return {
    condition: list(filter.condition, false),
    status: list(filter.status, false),
    plant: list(filter.plant, true),
    product: list(filter.product, true),
    release: list(filter.release, true),
    listed: filter.listed === undefined ? null : Number(filter.listed),
    heardBefore: filter.heardBefore ?? null,
    q: filter.q?.toLowerCase() ?? null,
    named: JSON.stringify(named),
  };
}

type Place = Pick<Member, 'key' | 'heardAt'>;

function placeOf({ key, heardAt }: Place, sort: MemberSort): string {
  return sort.endsWith('heardAt') ? `${heardAt ?? 0} ${key}` : key;
}

function placeIn(position: string, sort: MemberSort): Place {
  if (!sort.endsWith('heardAt')) return { key: position, heardAt: null };
  const [, at = '0', key = ''] = /^(-?\d+) (.*)$/s.exec(position) ?? [];
  return { key, heardAt: Number(at) };
}

/** Where the first slice begins. */
function boundOf(place: Place | null, sort: MemberSort): { key: string; at: number } {
  if (place !== null) return { key: place.key, at: place.heardAt ?? 0 };
  return sort.startsWith('-') ? { key: '\u{10ffff}', at: Number.MAX_VALUE } : { key: '', at: -Number.MAX_VALUE };
}

function compareBy(sort: MemberSort): (a: Place, b: Place) => number {
  const sign = sort.startsWith('-') ? -1 : 1;
  const byKey = (a: Place, b: Place) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
  if (!sort.endsWith('heardAt')) return (a, b) => sign * byKey(a, b);
  return (a, b) => sign * ((a.heardAt ?? 0) - (b.heardAt ?? 0) || byKey(a, b));
}
