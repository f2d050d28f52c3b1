/**
 * What the fleet shows of one device: the facts by which a device is counted, found, listed and compared with others. A
 * store keeps them beside each device and writes them only where they change. So times that move with each line are
 * kept by the hour.
 */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, pidOf, releaseOf } from '../advisory/exposure.ts';
import { hasWorked } from '../diagnose/remediation.ts';
import { amongOthers, isOfCustomer, lastSaidAt, standsAlone, usesOwnServer } from '../judge/claims.ts';
import { type FleetMember, hourOf } from '../judge/fleet-context.ts';
import { type Condition, conditionOf, type Device, heardAt } from '../model/device.ts';
import type { DeviceState } from '../model/device-state.ts';
import { recoveryVisible } from '../model/heard.ts';
import { earlier, later } from '../model/instant.ts';
import { UNKNOWN } from '../model/inventory.ts';
import { failingGrace } from './failing-grace.ts';
import { urgencyOf } from './repair-tasks.ts';

/** Times are milliseconds. */
export type Member = FleetMember & {
  readonly peer: string | null;
  /** The product family of the advisory, else the product id. */
  readonly product: string | null;
  readonly condition: Condition;
  /** The device sends no line that could be a recovery. */
  readonly levelTooLow: boolean;
  /** The device is in the inventory. */
  readonly listed: boolean;
  /** `worked`: a success followed the repair, and no failure that success. Null: no repair was seen. */
  readonly repair: 'seen' | 'worked' | null;
  /** When the hold time of a repair that worked has passed. */
  readonly verifiedAt: number | null;
  /** The end of the grace period of a failing device. */
  readonly graceUntil: number | null;
  /** A grace period runs, and only an upper bound of it is known. */
  readonly graceBounded: boolean;
  /** The hour of the last line of any kind. */
  readonly heardAt: number | null;
  /** The place among the devices to repair, the lowest first; null where there is nothing to do. */
  readonly urgency: number | null;
  /** Among equals the earliest is first: the end of the grace period, or its upper bound. */
  readonly urgentUntil: number | null;
};

export function memberOf(device: Device, advisory: Advisory): Member {
  const { key, state, inventory, peer, heard } = device;
  const exposure = exposureOf(state, advisory);
  const status = exposure?.status ?? 'unknown';
  const condition = conditionOf(device);
  const grace = failingGrace(device, condition, advisory);
  const urgency = urgencyOf(device, advisory);
  const heardLast = heardAt(device);
  const worked = hasWorked(state);
  return {
    ...{ key, peer, condition, status },
    plant: inventory?.plant ?? null,
    product: exposure?.family ?? pidOf(state),
    release: releaseOf(state),
    levelTooLow: recoveryVisible(heard, advisory.visibility) === false,
    listed: inventory !== null,
    repair: state.repair === null ? null : worked ? 'worked' : 'seen',
    verifiedAt: worked ? (state.lastSuccessAt ?? 0) + advisory.correlation.holdTimeMs : null,
    graceUntil: grace?.until ?? null,
    graceBounded: grace !== null && grace.until === null,
    ...failingOf(state, status, advisory),
    // Only successes of devices with the fix are compared with the failures of others.
    lastSuccessAt: status !== 'fixed' || state.lastSuccessAt === null ? null : hourOf(state.lastSuccessAt),
    heardAt: heardLast === null ? null : hourOf(heardLast),
    urgency: urgency?.rank ?? null,
    urgentUntil: urgency?.until ?? null,
  };
}

/**
 * How licensing itself fails, of which a revocation list says nothing. Failures without weight count, too, but not those of
 * the customer's own server. A device with the fix is compared with others: only what could be lost trust elsewhere counts.
 */
function failingOf(
  state: DeviceState,
  status: FleetMember['status'],
  advisory: Advisory,
): Pick<FleetMember, 'failingSince' | 'lastFailureAt' | 'timedOut'> {
  let [first, last, timedOut]: [number | null, number | null, boolean] = [null, null, false];
  const isOwn = usesOwnServer(state, lastSaidAt(state), advisory);
  for (const claim of state.claims) {
    if (!claim.isFailure || !standsAlone(claim.family, advisory)) continue;
    const held = amongOthers(claim, isOwn, claim.lastAt, advisory);
    if (isOfCustomer(held)) continue;
    first = earlier(first, claim.firstAt);
    if (claim.manner === 'timeout') timedOut = true;
    if (status !== 'fixed' || held.weight > 0) last = later(last, claim.lastAt);
  }
  return { failingSince: first, lastFailureAt: last === null ? null : hourOf(last), timedOut };
}

/** The state of a repair at a moment. */
export function remediationAt({ repair, verifiedAt }: Pick<Member, 'repair' | 'verifiedAt'>, now: number) {
  return repair !== 'worked' ? repair : (verifiedAt ?? 0) <= now ? 'verified' : 'verifying';
}

/** What members are counted by. The `name` of the dimension `all` is empty; so is one that is not known. */
export const dimensions = ['all', 'plant', 'product', 'release', 'train'] as const;
export type Dimension = (typeof dimensions)[number];

/** The facts by which a member is counted in every dimension but `train`, where only the devices are. */
export function countedFacts(member: Member): string[] {
  const facts = ['devices', `condition ${member.condition}`];
  if (member.status !== 'unknown') facts.push(member.status);
  if (member.levelTooLow) facts.push('level-too-low');
  if (member.listed) facts.push('listed');
  if (member.repair !== null) facts.push(member.repair);
  if (member.graceUntil !== null) facts.push('grace');
  if (member.graceBounded) facts.push('bounded');
  return facts;
}

/** By key, or by the hour of the last line (those that were never heard first), then by key; `-`: the other way round. */
export const memberSorts = ['device', '-device', 'heardAt', '-heardAt'] as const;
export type MemberSort = (typeof memberSorts)[number];

/** The names of facets are those of the filters. */
export const facetNames = ['condition', 'status', 'listed', 'plant', 'product', 'release'] as const;
export type FacetName = (typeof facetNames)[number];

/** The values of a member by facet. */
export function facetValue(member: Member, name: FacetName): string {
  if (name === 'listed') return String(member.listed);
  return member[name] ?? UNKNOWN;
}
