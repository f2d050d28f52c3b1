/** Counts of all devices, out of what is kept of each (`member`): the server counts the rows. */
import { type Fleet, FleetCount, type Group, graceBounds } from '../../core/fleet/fleet-count.ts';
import { weekOf } from '../../core/fleet/weeks.ts';
import { type FleetContext, type FleetMember, spansOf, trainOf } from '../../core/judge/fleet-context.ts';
import { doLinksMatter } from '../../core/judge/rules.ts';
import { namesShownAs } from '../codec/member-row.ts';
import type { GraceWeeks } from '../ports/fleet.ts';
import type { Counts } from '../ports/queries.ts';
import { type MemberRow, memberOf } from './members.ts';
import type { Session } from './session.ts';

const DAY_MS = 86_400_000;
/** Every member, as few rows as there are different ones for the counts. `plants`: only these. */
async function countMembers(session: Session, now: number, plants: readonly string[] | null): Promise<FleetCount> {
  const bounds = graceBounds.map(({ below }) => below);
  const steady = 'plant, product, release, status, condition, level_too_low, listed, repair, grace_bounded';
  const rows = await session.rows<MemberRow & { isVerifying: boolean | null; count: number }>(
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
