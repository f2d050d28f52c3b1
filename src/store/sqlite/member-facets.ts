import type Database from 'better-sqlite3';
import { type Cell, FacetCount, type Facets } from '../../core/fleet/facets.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import type { MemberFilter } from '../ports/fleet.ts';
import type { Column } from './checksums.ts';
import { Slices, type SqliteFleetCounts } from './fleet-counts.ts';
import { type Bound, HAS_TEXT, IS_FOUND, ORDERS, sliceEnds } from './member-filter.ts';
import type { MemberText } from './member-text.ts';

/** The values of a member by facet, in the order of `facetNames`, as one text. */
const CELL = `json_array(condition, status, CASE listed WHEN 1 THEN 'true' ELSE 'false' END, plant, product, release)`;
const COUNT_CELLS = `SELECT ${CELL} AS cell, count(*) AS n FROM member`;
/** Kept cells that are read at once. */
const KEPT_CELLS = 1000;

/** Counts members by facet. */
export class SqliteMemberFacets {
  readonly #counts: SqliteFleetCounts;
  readonly #text: MemberText;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database.Database, counts: SqliteFleetCounts, text: MemberText) {
    this.#counts = counts;
    this.#text = text;
    this.#statements = prepare(database);
  }

  /** `named`: keys of devices that have `q` as a name. */
  async facets(filter: MemberFilter, named: readonly string[]): Promise<Facets> {
    const { heardBefore, q, listed, ...lists } = filter;
    const count = new FacetCount({ ...lists, listed: listed === undefined ? undefined : [String(listed)] });
    for (const cell of await this.#cells({ heardBefore, q }, named)) count.add(cell);
    return count.facets();
  }

  async #cells(filter: Pick<MemberFilter, 'heardBefore' | 'q'>, named: readonly string[]): Promise<readonly Cell[]> {
    const slices = new Slices();
    const { heardBefore, q } = filter;
    if (q !== undefined) return this.#textCells(q, heardBefore ?? Number.MAX_VALUE, named, slices);
    if (heardBefore === undefined) return this.#keptCells(slices);
    const [before, since] = [
      { from: -Number.MAX_VALUE, to: heardBefore },
      { from: heardBefore, to: Number.MAX_VALUE },
    ];
    const isMinority = (this.#statements.heardBefore.get(heardBefore) ?? 0) * 2 <= this.#counts.count('all', 'devices');
    if (isMinority) return this.#heardCells(before, slices);
    // The others are fewer: all without them.
    const others = await this.#heardCells(since, slices);
    return [...(await this.#keptCells(slices)), ...others.map(({ values, count }) => ({ values, count: -count }))];
  }

  /** How many members have the same values, as that is kept. */
  async #keptCells(slices: Slices): Promise<Cell[]> {
    const kept: Cell[] = [];
    for (let after = ''; ; ) {
      const cells = this.#statements.cells.all(after);
      for (const { name, n } of cells) kept.push({ values: JSON.parse(name), count: n });
      const last = cells.at(-1);
      if (last === undefined || cells.length < KEPT_CELLS) return kept;
      after = last.name;
      await slices.next();
    }
  }

  async #heardCells({ from, to }: { readonly from: number; readonly to: number }, slices: Slices): Promise<Cell[]> {
    const cells = new Map<string, number>();
    const { ends, heardCells } = this.#statements;
    for (let place: Bound = { key: '', at: from }; ; ) {
      const end = ends.heardAt.get(place);
      const isLast = end === undefined || end.at >= to;
      const bound = isLast ? { endKey: '', endAt: to } : { endKey: end.key, endAt: end.at };
      addCells(cells, heardCells.all({ ...place, ...bound }));
      if (isLast) return cellsIn(cells);
      place = end;
      await slices.next();
    }
  }

  /** The same of the members with a text. */
  async #textCells(q: string, heardBefore: number, named: readonly string[], slices: Slices): Promise<Cell[]> {
    const cells = new Map<string, number>();
    const { ends, foundCells, textCells } = this.#statements;
    const found = await this.#text.found(q, named);
    if (found !== null) {
      addCells(cells, foundCells.all({ found, heardBefore }));
      return cellsIn(cells);
    }
    const asked = { q: q.toLowerCase(), named: JSON.stringify(named), heardBefore };
    for (let from: Bound = ORDERS.device.first; ; ) {
      const end = ends.device.get(from);
      addCells(cells, textCells.all({ ...asked, key: from.key, endKey: end?.key ?? ORDERS.device.last.endKey }));
      if (end === undefined) return cellsIn(cells);
      from = end;
      await slices.next();
    }
  }
}

function prepare(database: Database.Database) {
  return {
    ends: sliceEnds(database),
    cells: database.prepare<[string], { name: string; n: number }>(
      `SELECT name, sum(n) AS n FROM fleet_count WHERE dimension = 'cell' AND fact = 'devices' AND name > ?
       GROUP BY name ORDER BY name LIMIT ${KEPT_CELLS}`,
    ),
    heardBefore: database
      .prepare<[number], number>('SELECT count(*) FROM member INDEXED BY member_heard WHERE heard_at < ?')
      .pluck(true),
    foundCells: database
      .prepare<[object], Column[]>(`${COUNT_CELLS} WHERE ${IS_FOUND} AND +heard_at < @heardBefore GROUP BY cell`)
      .raw(true),
    textCells: database
      .prepare<[object], Column[]>(
        `${COUNT_CELLS} WHERE key > @key AND key <= @endKey AND +heard_at < @heardBefore AND ${HAS_TEXT} GROUP BY cell`,
      )
      .raw(true),
    heardCells: database
      .prepare<[object], Column[]>(
        `${COUNT_CELLS} INDEXED BY member_heard
         WHERE (heard_at, key) > (@at, @key) AND (heard_at, key) <= (@endAt, @endKey) GROUP BY cell`,
      )
      .raw(true),
  };
}

function addCells(cells: Map<string, number>, rows: readonly Column[][]): void {
  for (const [cell, n] of rows) cells.set(cell as string, (cells.get(cell as string) ?? 0) + (n as number));
}

function cellsIn(cells: ReadonlyMap<string, number>): Cell[] {
  return [...cells].map(([cell, count]) => ({
    values: JSON.parse(cell).map((value: string) => (value === '' ? UNKNOWN : value)),
    count,
  }));
}
