import type Database from 'better-sqlite3';
import { namesShownAs } from '../codec/member-row.ts';
import { page } from '../page.ts';
import type { Unparsed } from '../ports/batch.ts';
import type { Page, UnparsedFilter, UnparsedGroup, UnparsedQuery } from '../ports/queries.ts';
import { Slices } from './fleet-counts.ts';

const among = (column: string, list: string) =>
  `(@${list} IS NULL OR ${column} IN (SELECT value FROM json_each(@${list})))`;
/**
 * There are at most `unparsedRows`, so that no index is worth its room: they are looked through in parts of so many, between which
 * other work goes on.
 */
const LOOK_ROWS = 1000;
const FITS = [
  'received_at >= @from AND received_at < @to AND (@device IS NULL OR device = @device)',
  ...[among('facility', 'facilities'), among('mnemonic', 'mnemonics'), among('why', 'whys')],
  among('(SELECT plant FROM member WHERE key = unparsed.device)', 'plants'),
].join(' AND ');

function valuesOf({ device, plants, facilities, mnemonics, whys, from, to }: UnparsedFilter) {
  const listed = Object.entries({ plants: plants?.flatMap(namesShownAs), facilities, mnemonics, whys }).map(
    ([name, values]) => [name, values === undefined ? null : JSON.stringify(values)] as const,
  );
  const times = { from: from ?? -Number.MAX_VALUE, to: to ?? Number.MAX_VALUE };
  return { device: device ?? null, ...times, ...Object.fromEntries(listed) };
}

type PartOfGroup = Pick<UnparsedGroup, 'facility' | 'mnemonic' | 'why' | 'count'> & {
  readonly id: number;
  readonly device: string | null;
};

function nameOf({ facility, mnemonic, why }: Pick<UnparsedGroup, 'facility' | 'mnemonic' | 'why'>): string {
  return [facility, mnemonic, why].join('\0');
}

function prepare(database: Database.Database) {
  return {
    list: database.prepare<[object], Unparsed & { id: number }>(
      `SELECT id, received_at AS receivedAt, device, facility, mnemonic, why, raw FROM unparsed
       WHERE id < @before AND id >= @end AND ${FITS} ORDER BY id DESC LIMIT @limit`,
    ),
    groups: database.prepare<[object], PartOfGroup>(
      `SELECT max(id) AS id, facility, mnemonic, why, device, count(*) AS count
       FROM unparsed WHERE id < @before AND id >= @end AND ${FITS} GROUP BY facility, mnemonic, why, device`,
    ),
    one: database.prepare<[number], { lastAt: number; raw: string }>(
      'SELECT received_at AS lastAt, raw FROM unparsed WHERE id = ?',
    ),
    ids: database.prepare<[], { first: number | null; last: number | null }>(
      'SELECT (SELECT min(id) FROM unparsed) AS first, (SELECT max(id) FROM unparsed) AS last',
    ),
    insert: database.prepare(
      'INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trim: database.prepare('DELETE FROM unparsed WHERE id <= ?'),
  };
}

/** Rows of tracked lines that the grammar could not read. */
export class SqliteUnparsed {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;

  /** `most`: how many rows there may be. */
  constructor(database: Database.Database, most: number) {
    this.#statements = prepare(database);
    this.#most = most;
  }

  /** The latest first. */
  async list({ after, limit, ...filter }: UnparsedQuery): Promise<Page<Unparsed>> {
    const values = valuesOf(filter);
    const found: (Unparsed & { id: number })[] = [];
    for await (const part of this.#parts(after === undefined ? Number.MAX_SAFE_INTEGER : Number(after))) {
      found.push(...this.#statements.list.all({ ...part, limit: limit + 1 - found.length, ...values }));
      if (found.length > limit) break;
    }
    const { rows, next } = page(found, limit, ({ id }) => `${id}`);
    return { rows: rows.map(({ id: _, ...row }) => row), next };
  }

  /** The most frequent first. */
  async groups(filter: UnparsedFilter): Promise<UnparsedGroup[]> {
    const values = valuesOf(filter);
    const groups = new Map<string, { last: PartOfGroup; count: number; devices: Set<string> }>();
    for await (const part of this.#parts(Number.MAX_SAFE_INTEGER))
      for (const row of this.#statements.groups.all({ ...part, ...values })) {
        const key = nameOf(row);
        const group = groups.get(key) ?? { last: row, count: 0, devices: new Set() };
        group.count += row.count;
        if (row.device !== null) group.devices.add(row.device);
        if (row.id > group.last.id) group.last = row;
        groups.set(key, group);
      }
    const slices = new Slices();
    const found: UnparsedGroup[] = [];
    for (const { last, count, devices } of groups.values()) {
      const { facility, mnemonic, why, id } = last;
      // Other work may have deleted it since.
      const row = this.#statements.one.get(id);
      if (row !== undefined) found.push({ facility, mnemonic, why, count, devices: devices.size, ...row });
      await slices.next();
    }
    return found.sort((a, b) => b.count - a.count || (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  /** The ranges of ids from before an id on, the latest first. */
  async *#parts(from: number): AsyncGenerator<{ readonly before: number; readonly end: number }> {
    const { first, last } = this.#statements.ids.get() ?? { first: null, last: null };
    if (first === null || last === null) return;
    const slices = new Slices();
    for (let before = Math.min(from, last + 1); before > first; before -= LOOK_ROWS) {
      yield { before, end: before - LOOK_ROWS };
      await slices.next();
    }
  }

  /** Beyond the limit the oldest rows are deleted. */
  write(rows: readonly Unparsed[]): void {
    let last = 0;
    for (const { receivedAt, device, facility, mnemonic, why, raw } of rows) {
      const { lastInsertRowid } = this.#statements.insert.run(receivedAt, device, facility, mnemonic, why, raw);
      last = Number(lastInsertRowid);
    }
    if (last > 0) this.#statements.trim.run(last - this.#most);
  }
}
