/** Lists of devices, out of what is kept of each (`member`). */
import { type Cell, FacetCount, type Facets } from '../../core/fleet/facets.ts';
import type { Member, MemberSort } from '../../core/fleet/member.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { type Column, MEMBER_COLUMNS, namesShownAs, unpackMember } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import { parseStored } from '../codec/stored-json.ts';
import { page } from '../page.ts';
import type { MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { Page, PageQuery, SeriesRow } from '../ports/queries.ts';
import {
  readTimedPosition,
  readUrgentPosition,
  timedPositionText,
  type UrgentPosition,
  urgentPositionText,
} from '../positions.ts';
import type { PostgresDamage } from './damage.ts';
import type { Session } from './session.ts';
export type MemberRow = Readonly<Record<(typeof MEMBER_COLUMNS)[number], Column>> & { readonly key: string };
const COLUMNS = `key, ${MEMBER_COLUMNS.join(', ')}`;
/** A time before all others, as one that is not known is. */
const FIRST = "coalesce(urgent_until, '-infinity')";

/** A member of the fleet out of its row. */
export function memberOf({ key, ...row }: MemberRow): Member {
  return unpackMember(
    key,
    MEMBER_COLUMNS.map((name) => row[name]),
  );
}

/** Keys of the devices to repair next, the most urgent first. */
export async function urgent(
  session: Session,
  { plant, after, limit }: PageQuery & { readonly plant?: string | undefined },
): Promise<Page<string>> {
  const from = after === undefined ? null : readUrgentPosition(after);
  const found = await session.rows<UrgentPosition>(
    `SELECT key, urgency, urgent_until AS until FROM member WHERE urgency IS NOT NULL
       AND ($1::text[] IS NULL OR plant = ANY($1))
       AND ($4::text IS NULL OR (urgency, ${FIRST}, key) > ($2::float8, coalesce($3::float8, '-infinity'), $4))
     ORDER BY urgency, ${FIRST}, key LIMIT $5`,
    plant === undefined ? null : namesShownAs(plant),
    ...[from?.urgency ?? null, from?.until ?? null, from?.key ?? null, limit + 1],
  );
  const { rows, next } = page(found, limit, urgentPositionText);
  return { rows: rows.map(({ key }) => key), next };
}

/** The plants of devices. */
export async function plantsOf(session: Session, keys: readonly string[]): Promise<Map<string, string | null>> {
  const sql = 'SELECT key, plant FROM member WHERE key = ANY($1)';
  const rows = await session.rows<{ key: string; plant: string }>(sql, keys);
  const found = new Map(rows.map(({ key, plant }) => [key, plant || null]));
  return new Map(keys.flatMap((key) => (found.has(key) ? [[key, found.get(key) ?? null]] : [])));
}

/** `named`: keys of devices that have `q` as a name. */
export async function members(
  session: Session,
  { sort = 'device', after, limit, ...filter }: MemberQuery,
  named: readonly string[],
): Promise<Page<Member>> {
  const { where, values } = conditionsOf(filter, named);
  const byTime = sort.endsWith('heardAt');
  const [sign, direction] = sort.startsWith('-') ? ['<', 'DESC'] : ['>', 'ASC'];
  const from = after === undefined ? null : placeIn(after, sort);
  if (from !== null) {
    values.push(from.at, from.key);
    const [at, key] = [`$${values.length - 1}::float8`, `$${values.length}::text`];
    where.push(byTime ? `(heard_at, key) ${sign} (${at}, ${key})` : `${at} IS NOT NULL AND key ${sign} ${key}`);
  }
  values.push(limit + 1);
  const rows = await session.rows<MemberRow>(
    `SELECT ${COLUMNS} FROM member WHERE ${where.join(' AND ')}
     ORDER BY ${byTime ? `heard_at ${direction}, ` : ''}key ${direction} LIMIT $${values.length}`,
    ...values,
  );
  return page(rows.map(memberOf), limit, ({ key, heardAt }) =>
    byTime ? timedPositionText({ at: heardAt ?? 0, key }) : key,
  );
}

/** How many devices there are for each value of the filters. */
export async function facets(session: Session, filter: MemberFilter, named: readonly string[]): Promise<Facets> {
  const { heardBefore, q, listed, ...lists } = filter;
  const { where, values } = conditionsOf({ heardBefore, q }, named);
  const known = (name: string) => `coalesce(nullif(${name}, ''), '${UNKNOWN}')`;
  const cells = await session.rows<Cell>(
    `SELECT ARRAY[condition, status, CASE listed WHEN 1 THEN 'true' ELSE 'false' END,
       ${['plant', 'product', 'release'].map(known).join(', ')}] AS values, count(*) AS count
     FROM member WHERE ${where.join(' AND ')} GROUP BY 1`,
    ...values,
  );
  const count = new FacetCount({ ...lists, listed: listed === undefined ? undefined : [String(listed)] });
  for (const cell of cells) count.add(cell);
  return count.facets();
}

/** The rows of `/metrics/devices`. */
export async function series(
  session: Session,
  damage: PostgresDamage,
  { now, after, limit }: PageQuery & { readonly now: number },
): Promise<Page<SeriesRow>> {
  const [rank = '-1', key = ''] = after === undefined ? [] : after.split(/ (.*)/s);
  const found = await session.rows<{ device: string; rank: number; lastSeen: number; series: string }>(
    `SELECT key AS device, series_rank AS rank, last_seen AS "lastSeen", series FROM device
     WHERE series IS NOT NULL AND (series_rank, key) > ($1::int4, $2::text) AND projected >= ${PROJECTION}
       AND (series_until IS NULL OR series_until > $3) ORDER BY series_rank, key LIMIT $4`,
    ...[Number(rank) || 0, key, now, limit + 1],
  );
  const { rows, next } = page(found, limit, (row) => `${row.rank} ${row.device}`);
  return {
    rows: rows.flatMap(({ device, lastSeen, series: text }) => {
      const series: SeriesRow['series'] | null = damage.readOne('member', device, () => parseStored(text));
      return series === null ? [] : { device, lastSeenAt: lastSeen === 0 ? null : lastSeen, series };
    }),
    next,
  };
}

/** The conditions of the filters that are given. */
function conditionsOf(filter: MemberFilter, named: readonly string[]): { where: string[]; values: unknown[] } {
  const where = ['true'];
  const values: unknown[] = [];
  const add = (condition: (n: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  for (const name of ['plant', 'product', 'release', 'condition', 'status'] as const) {
    const given = filter[name];
    if (given === undefined) continue;
    const isCalled = name === 'condition' || name === 'status';
    add((n) => `${name} = ANY(${n})`, isCalled ? given : given.flatMap(namesShownAs));
  }
  if (filter.listed !== undefined) add((n) => `listed = ${n}`, Number(filter.listed));
  if (filter.heardBefore !== undefined) add((n) => `heard_at < ${n}`, filter.heardBefore);
  if (filter.q !== undefined) {
    values.push(named);
    const keys = `$${values.length}`;
    add((n) => `(strpos(lowered, ${n}::text) > 0 OR key = ANY(${keys}::text[]))`, filter.q.toLowerCase());
  }
  return { where, values };
}

/** Null for a text that is no place in this order. */
function placeIn(position: string, sort: MemberSort): { at: number; key: string } | null {
  if (!sort.endsWith('heardAt')) return { key: position, at: 0 };
  const place = readTimedPosition(position);
  return place === null ? null : { key: place.key, at: place.at ?? 0 };
}
