import type { Member } from '../../core/fleet/member.ts';
import { trainOf } from '../../core/judge/fleet-context.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';

/** A value of a column. */
export type Column = string | number | null;

/**
 * A row of the table `member` in the order of its columns, without key and checksum. An empty text stands for a name that is
 * not known, and 0 for a device that was never heard, so that these are found by an index, too.
 */
export type MemberRow = readonly Column[];

/** In their order. The last ones move with the lines of a device, hour by hour. */
export const MEMBER_COLUMNS = [
  ...['peer', 'plant', 'product', 'release', 'train', 'status', 'condition', 'level_too_low', 'listed', 'repair'],
  ...['verified_at', 'grace_until', 'grace_bounded', 'failing_since', 'timed_out', 'urgency', 'urgent_until'],
  ...['last_failure', 'last_success', 'heard_at'],
] as const;

/** How many of the columns, from the first on, do not move with the lines of a device. */
export const STEADY_COLUMNS = MEMBER_COLUMNS.indexOf('last_failure');

export function packMember(member: Member): MemberRow {
  return [
    member.peer,
    member.plant ?? '',
    member.product ?? '',
    member.release ?? '',
    trainOf(member.release) ?? '',
    member.status,
    member.condition,
    Number(member.levelTooLow),
    Number(member.listed),
    member.repair,
    member.verifiedAt,
    member.graceUntil,
    Number(member.graceBounded),
    member.failingSince,
    Number(member.timedOut),
    member.urgency,
    member.urgentUntil,
    member.lastFailureAt,
    member.lastSuccessAt,
    member.heardAt ?? 0,
  ];
}

export function unpackMember(key: string, row: MemberRow): Member {
  const [peer, plant, product, release, , status, condition, levelTooLow, listed, repair, ...times] = row;
  const [verifiedAt, graceUntil, graceBounded, failingSince, timedOut, urgency, urgentUntil, ...hours] = times;
  const [lastFailureAt, lastSuccessAt, heardAt] = hours;
  return {
    ...{ key, peer, status, condition, repair, verifiedAt, graceUntil, failingSince, urgency, urgentUntil },
    ...{ lastFailureAt, lastSuccessAt, heardAt: heardAt === 0 ? null : heardAt },
    ...{ plant: plant || null, product: product || null, release: release || null },
    ...{
      levelTooLow: levelTooLow === 1,
      listed: listed === 1,
      graceBounded: graceBounded === 1,
      timedOut: timedOut === 1,
    },
  } as Member;
}

/** By dimension and name, what a row is counted by. */
export const dimensionsOf = (row: MemberRow) =>
  [
    ['all', ''],
    ['plant', row[1]],
    ['product', row[2]],
    ['release', row[3]],
  ] as readonly (readonly [dimension: string, name: string])[];

export const trainIn = (row: MemberRow) => row[4] as string;

/** The values of a row by facet, in the order of `facetNames`, as a name of the dimension `cell`. */
export function cellOf(row: MemberRow): string {
  const [, plant, product, release, , status, condition, , listed] = row;
  return JSON.stringify([
    condition,
    status,
    String(listed === 1),
    plant || UNKNOWN,
    product || UNKNOWN,
    release || UNKNOWN,
  ]);
}

/** A name that is not known is empty in the rows, and a plant may be called as lists call that. */
export function namesShownAs(shown: string): string[] {
  return shown === UNKNOWN ? [UNKNOWN, ''] : [shown];
}
