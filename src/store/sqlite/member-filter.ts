/** The conditions and orders of questions about members. */
import type Database from 'better-sqlite3';
import type { MemberSort } from '../../core/fleet/member.ts';
import { namesShownAs } from '../codec/member-row.ts';
import type { MemberFilter } from '../ports/fleet.ts';
import type { Column } from './checksums.ts';

/** Rows that are looked at without letting other work go on: some milliseconds. */
export const SLICE_ROWS = 3000;
/** Whether the key has the text `@q`, which is in lower case. SQLite itself knows the cases of ASCII only, and is faster there. */
export const KEY_HAS_TEXT = `(instr(lower(key), @q) > 0 OR (octet_length(key) <> length(key) AND instr(lowered(key), @q) > 0))`;
/** `@q`: in lower case. `@named`: keys as JSON. */
export const HAS_TEXT = `(${KEY_HAS_TEXT} OR key IN (SELECT value FROM json_each(@named)))`;
/** `@found`: keys as JSON. */
export const IS_FOUND = 'key IN (SELECT value FROM json_each(@found))';
export type Bound = { readonly key: string; readonly at: number };
const ENDLESS = '\u{10ffff}';

/** How each order goes on after a place (`@key`, `@at`), and up to the end of a slice (`@endKey`, `@endAt`). */
export const ORDERS = {
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

/** Finds the last place of a slice that begins after a place, in each order. */
export function sliceEnds(database: Database.Database) {
  const endOf = (sort: MemberSort) => {
    const { index, beyond, by } = ORDERS[sort];
    return database.prepare<[object], Bound>(
      `SELECT key, heard_at AS at FROM member ${index} WHERE ${beyond} ORDER BY ${by} LIMIT 1 OFFSET ${SLICE_ROWS}`,
    );
  };
  return {
    ...{ device: endOf('device'), '-device': endOf('-device') },
    ...{ heardAt: endOf('heardAt'), '-heardAt': endOf('-heardAt') },
  } satisfies Record<MemberSort, unknown>;
}

/** The conditions of the filters that are given, and their parameters. */
export function conditionsOf(filter: MemberFilter, named: readonly string[]) {
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
    where.push(HAS_TEXT);
    parameters['q'] = filter.q.toLowerCase();
    parameters['named'] = JSON.stringify(named);
  }
  return { where, parameters };
}
