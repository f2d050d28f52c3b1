/** A fleet in numbers: by plant, product and release the devices in each condition, and their grace periods. */

import type { Condition } from '../model/device.ts';
import { earlier } from '../model/instant.ts';
import { UNKNOWN } from '../model/inventory.ts';
import { limits } from '../model/limits.ts';
import { countedFacts, type Member, remediationAt } from './member.ts';

/** The remaining grace period of failing devices. `bounded`: no success was seen, so only an upper bound is known. */
export const graceBuckets = ['over', 'days7', 'days30', 'days60', 'days180', 'longer', 'bounded'] as const;
export type GraceBucket = (typeof graceBuckets)[number];

export type Group = {
  readonly name: string;
  /** How many plants, products or releases are counted together in it; null: it is one by itself, whatever its name is. */
  readonly sumOf: number | null;
  devices: number;
  affected: number;
  fixed: number;
  /** Devices that send no line that could be a recovery. */
  levelTooLow: number;
  readonly conditions: Partial<Record<Condition, number>>;
  readonly remediation: { seen: number; verifying: number; verified: number };
  /** The number of failing devices by remaining grace period. */
  readonly grace: Record<GraceBucket, number>;
  /** The earliest known end of a grace period after now, in milliseconds; null if there is none. */
  graceEndsNext: number | null;
};

export type Fleet = {
  readonly all: Group;
  readonly plants: readonly Group[];
  readonly products: readonly Group[];
  readonly releases: readonly Group[];
};

/** The group that counts all devices whose own group would exceed `limits.fleetGroups`. */
export const OTHERS = 'others';
const DAY_MS = 86_400_000;

/** Counts members, one by one or by equal ones. */
export class FleetCount {
  readonly #now: number;
  readonly #all = newGroup('all');
  readonly #by = {
    plants: new Map<string, Group>(),
    products: new Map<string, Group>(),
    releases: new Map<string, Group>(),
  };

  constructor(now: number) {
    this.#now = now;
  }

  /** `times`: how many members are counted as this one. */
  add(member: Member, times = 1): void {
    const { plants, products, releases } = this.#by;
    const groups = [
      this.#all,
      groupIn(plants, member.plant ?? UNKNOWN),
      groupIn(products, member.product ?? UNKNOWN),
      groupIn(releases, member.release ?? UNKNOWN),
    ];
    const remediation = remediationAt(member, this.#now);
    const { graceUntil: until, graceBounded } = member;
    const bucket = until !== null || graceBounded ? bucketOf(until, this.#now) : null;
    for (const group of groups) {
      for (const fact of countedFacts(member)) addFact(group, fact, times);
      if (remediation === 'verifying' || remediation === 'verified') group.remediation[remediation] += times;
      if (bucket !== null && bucket !== 'bounded') group.grace[bucket] += times;
      if (until !== null && until > this.#now) group.graceEndsNext = earlier(group.graceEndsNext, until);
    }
  }

  fleet(): Fleet {
    const { plants, products, releases } = this.#by;
    return {
      all: this.#all,
      plants: shownGroups([...plants.values()]),
      products: shownGroups([...products.values()]),
      releases: shownGroups([...releases.values()]),
    };
  }
}

/** Adds a kept fact (`countedFacts`) to a group. What depends on the time is added by whoever knows the time. */
export function addFact(group: Group, fact: string, count: number): void {
  const condition = /^condition (.*)$/.exec(fact)?.[1] as Condition | undefined;
  if (condition !== undefined) group.conditions[condition] = (group.conditions[condition] ?? 0) + count;
  else if (fact === 'devices' || fact === 'affected' || fact === 'fixed') group[fact] += count;
  else if (fact === 'level-too-low') group.levelTooLow += count;
  else if (fact === 'seen') group.remediation.seen += count;
  else if (fact === 'bounded') group.grace.bounded += count;
}

/** The groups by name. Beyond `limits.fleetGroups` those with the fewest devices are counted together, in the last one. */
export function shownGroups(groups: Group[], most: number = limits.fleetGroups): Group[] {
  const byName = (a: Group, b: Group) => (a.name < b.name ? -1 : 1);
  if (groups.length <= most) return groups.sort(byName);
  groups.sort((a, b) => b.devices - a.devices || byName(a, b));
  const beyond = groups.slice(most);
  const others = { ...newGroup(OTHERS), sumOf: beyond.length };
  for (const group of beyond) addGroup(others, group);
  return [...groups.slice(0, most).sort(byName), others];
}

/** Adds the counts of one group to another one. */
export function addGroup(to: Group, from: Group): void {
  for (const name of ['devices', 'affected', 'fixed', 'levelTooLow'] as const) to[name] += from[name];
  for (const [name, count] of Object.entries(from.conditions)) addFact(to, `condition ${name}`, count);
  for (const name of ['seen', 'verifying', 'verified'] as const) to.remediation[name] += from.remediation[name];
  for (const bucket of graceBuckets) to.grace[bucket] += from.grace[bucket];
  to.graceEndsNext = earlier(to.graceEndsNext, from.graceEndsNext);
}

/** `until`: the end of a grace period; null if only an upper bound is known. */
export function bucketOf(until: number | null, now: number): GraceBucket {
  if (until === null) return 'bounded';
  return graceBounds.find(({ below }) => until - now < below)?.bucket ?? 'longer';
}

/** The exclusive upper bound of the remaining time in each bucket, in milliseconds; more than the last is `longer`. */
export const graceBounds = [
  { bucket: 'over', below: 0 },
  { bucket: 'days7', below: 7 * DAY_MS },
  { bucket: 'days30', below: 30 * DAY_MS },
  { bucket: 'days60', below: 60 * DAY_MS },
  { bucket: 'days180', below: 180 * DAY_MS },
] as const;

export function groupIn(groups: Map<string, Group>, name: string): Group {
  let group = groups.get(name);
  if (group === undefined) {
    group = newGroup(name);
    groups.set(name, group);
  }
  return group;
}

export function newGroup(name: string): Group {
  return {
    name,
    sumOf: null,
    devices: 0,
    affected: 0,
    fixed: 0,
    levelTooLow: 0,
    conditions: {},
    remediation: { seen: 0, verifying: 0, verified: 0 },
    grace: { over: 0, days7: 0, days30: 0, days60: 0, days180: 0, longer: 0, bounded: 0 },
    graceEndsNext: null,
  };
}
