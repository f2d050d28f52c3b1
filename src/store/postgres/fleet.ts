/** Answers about all devices, out of what is kept of each (`member`): the server counts the rows. */
import { type Cell, FacetCount, type Facets } from '../../core/fleet/facets.ts';
import { type Fleet, FleetCount, type Group, graceBounds } from '../../core/fleet/fleet-count.ts';
import type { Member, MemberSort } from '../../core/fleet/member.ts';
import { weekOf } from '../../core/fleet/weeks.ts';
import { type FleetContext, type FleetMember, spansOf, trainOf } from '../../core/judge/fleet-context.ts';
import { doLinksMatter } from '../../core/judge/rules.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { type Column, MEMBER_COLUMNS, namesShownAs, unpackMember } from '../codec/member-row.ts';
import { PROJECTION } from '../codec/projected.ts';
import { page } from '../page.ts';
import type { GraceWeeks, MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { Counts, Page, PageQuery, SeriesRow } from '../ports/queries.ts';
import {
  readTimedPosition,
  readUrgentPosition,
  timedPositionText,
  type UrgentPosition,
  urgentPositionText,
} from '../positions.ts';
import type { Session } from './session.ts';

type Row = Readonly<Record<(typeof MEMBER_COLUMNS)[number], Column>> & { readonly key: string };
const COLUMNS = `key, ${MEMBER_COLUMNS.join(', ')}`;
const DAY_MS = 86_400_000;
/** A time before all others, as one that is not known is. */
const FIRST = "coalesce(urgent_until, '-infinity')";

export function memberOf({ key, ...row }: Row): Member {
  return unpackMember(
    key,
    MEMBER_COLUMNS.map((name) => row[name]),
  );
}

/** Every member, as few rows as there are different ones for the counts. `plants`: only these. */
async function countMembers(session: Session, now: number, plants: readonly string[] | null): Promise<FleetCount> {
  const bounds = graceBounds.map(({ below }) => below);
  const steady = 'plant, product, release, status, condition, level_too_low, listed, repair, grace_bounded';
  const rows = await session.rows<Row & { isVerifying: boolean | null; count: number }>(
    `SELECT ${steady}, verified_at > $1::float8 AS "isVerifying", min(grace_until) AS grace_until, count(*) AS count
     FROM member WHERE $3::text[] IS NULL OR plant = ANY($3)
     GROUP BY ${steady}, verified_at > $1, grace_until > $1, width_bucket(grace_until - $1, $2::float8[])`,
    ...[now, bounds, plants],
  );
  const count = new FleetCount(now);
  for (const { count: times, isVerifying, ...row } of rows) {
    const verified_at = isVerifying === null ? null : isVerifying ? now + 1 : now;
    count.add(memberOf({ ...row, verified_at, heard_at: 0 }), times);
  }
  return count;
}

export async function fleetOf(session: Session, now: number): Promise<Fleet> {
  return (await countMembers(session, now, null)).fleet();
}

export async function plantOf(session: Session, name: string, now: number) {
  const plants = namesShownAs(name);
  const [count, heard] = await Promise.all([countMembers(session, now, plants), heardByPlant(session, [name])]);
  const { all } = count.fleet();
  if (all.devices === 0) return null;
  return { group: { ...all, name } satisfies Group, heardAt: heard.get(name) ?? null };
}

/** The counts of devices that metrics show. */
export async function deviceCounts(session: Session, now: number): Promise<Omit<Counts, 'incidents' | 'notCounted'>> {
  const { all } = await fleetOf(session, now);
  const devices = Object.entries(all.conditions)
    .map(([condition, count]) => ({ condition, count }))
    .sort((a, b) => (a.condition < b.condition ? -1 : 1));
  return { devices, grace: all.grace, recoveryHidden: all.levelTooLow };
}

export async function heardByPlant(session: Session, names: readonly string[]): Promise<Map<string, number>> {
  const rows = await session.rows<{ plant: string; at: number }>(
    'SELECT plant, max(heard_at) AS at FROM member WHERE plant = ANY($1) GROUP BY plant',
    names.flatMap(namesShownAs),
  );
  const heard = new Map(rows.map(({ plant, at }) => [plant, at]));
  return new Map(
    names.flatMap((name) => {
      const at = Math.max(...namesShownAs(name).map((stored) => heard.get(stored) ?? 0));
      return at > 0 ? [[name, at]] : [];
    }),
  );
}

export async function graceWeeks(session: Session, plant: string | undefined, now: number): Promise<GraceWeeks> {
  const plants = plant === undefined ? null : namesShownAs(plant);
  const [[sums], days] = await Promise.all([
    session.rows<{ over: number; bounded: number }>(
      `SELECT count(*) FILTER (WHERE grace_until < $1) AS over, count(*) FILTER (WHERE grace_bounded = 1) AS bounded
       FROM member WHERE $2::text[] IS NULL OR plant = ANY($2)`,
      ...[now, plants],
    ),
    session.rows<{ day: number; count: number }>(
      `SELECT floor(grace_until / ${DAY_MS}) * ${DAY_MS} AS day, count(*) AS count FROM member
       WHERE grace_until >= $1 AND ($2::text[] IS NULL OR plant = ANY($2)) GROUP BY 1 ORDER BY 1`,
      ...[now, plants],
    ),
  ]);
  const weeks = new Map<number, number>();
  for (const { day, count } of days) weeks.set(weekOf(day).from, (weeks.get(weekOf(day).from) ?? 0) + count);
  return {
    over: sums?.over ?? 0,
    bounded: sums?.bounded ?? 0,
    weeks: [...weeks].map(([from, count]) => ({ from, count })),
  };
}

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
  const rows = await session.rows<Row>(
    `SELECT ${COLUMNS} FROM member WHERE ${where.join(' AND ')}
     ORDER BY ${byTime ? `heard_at ${direction}, ` : ''}key ${direction} LIMIT $${values.length}`,
    ...values,
  );
  return page(rows.map(memberOf), limit, ({ key, heardAt }) =>
    byTime ? timedPositionText({ at: heardAt ?? 0, key }) : key,
  );
}

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
    rows: rows.map(({ device, lastSeen, series: text }) => ({
      ...{ device, lastSeenAt: lastSeen === 0 ? null : lastSeen, series: JSON.parse(text) },
    })),
    next,
  };
}

const NOBODY = { from: 1, to: 0 };

/** The fleet in view of one device: see `fleetContextOf()`. */
export async function fleetContext(
  session: Session,
  of: FleetMember,
  wasDown: (peer: string | null) => boolean,
): Promise<FleetContext> {
  const train = trainOf(of.release);
  const { together, present, sameHours } = spansOf(of) ?? { together: NOBODY, present: NOBODY, sameHours: NOBODY };
  const fails = 'last_failure BETWEEN $5 AND $6';
  const failing = 'failing_since BETWEEN $3 AND $4';
  const plants = (where: string) => `count(DISTINCT plant) FILTER (WHERE plant <> '' AND ${where})`;
  const count = (where: string) => `count(*) FILTER (WHERE ${where})`;
  const [found] = await session.rows<Record<string, number>>(
    `SELECT ${count('plant = $1')} AS devices, ${count(`plant = $1 AND ${failing}`)} AS failing,
       ${count(`plant = $1 AND ${failing} AND timed_out = 1`)} AS "timedOut",
       ${count('train = $2')} AS "trainDevices", ${count(`train = $2 AND ${fails}`)} AS "trainFailing",
       ${plants(`train = $2 AND ${fails}`)} AS "trainPlants", ${count("status = 'fixed'")} AS fixed,
       ${count(`status = 'fixed' AND ${fails}`)} AS "fixedFailing", ${plants(`status = 'fixed' AND ${fails}`)} AS "fixedPlants",
       ${count("status = 'fixed' AND last_success BETWEEN $7 AND $8")} AS succeeded,
       ${plants('true')} AS plants, ${plants(fails)} AS "plantsFailing" FROM member`,
    ...[of.plant, train, together.from, together.to, present.from, present.to, sameHours.from, sameHours.to],
  );
  const n = (name: string) => found?.[name] ?? 0;
  const context: FleetContext = {
    plant:
      of.plant === null
        ? null
        : { name: of.plant, failing: n('failing'), devices: n('devices'), timedOut: n('timedOut') },
    train:
      train === null
        ? null
        : { name: train, failing: n('trainFailing'), devices: n('trainDevices'), plantsFailing: n('trainPlants') },
    fixed: {
      devices: n('fixed'),
      failing: n('fixedFailing'),
      succeeded: n('succeeded'),
      plantsFailing: n('fixedPlants'),
    },
    ...{ plants: n('plants'), plantsFailing: n('plantsFailing'), linksDown: 0 },
  };
  if (!doLinksMatter(context)) return context;
  const peers = await session.rows<{ peer: string | null }>('SELECT peer FROM member WHERE plant = $1', of.plant);
  return { ...context, linksDown: peers.filter(({ peer }) => wasDown(peer)).length };
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
