/** A fleet in numbers: by plant, product and release the devices in each condition, and their grace periods. */

import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, pidOf, releaseOf } from '../advisory/exposure.ts';
import { remediationOf } from '../diagnose/remediation.ts';
import { graceOf } from '../judge/verdict.ts';
import { type Condition, conditionOf, type Device, isSilent } from '../model/device.ts';
import { recoveryVisible } from '../model/heard.ts';
import { UNKNOWN } from '../model/inventory.ts';
import { limits } from '../model/limits.ts';

/** The remaining grace period of failing devices. `bounded`: no success was seen, so only an upper bound is known. */
export const graceBuckets = ['over', 'days7', 'days30', 'days60', 'days180', 'longer', 'bounded'] as const;
export type GraceBucket = (typeof graceBuckets)[number];

export type Group = {
  readonly name: string;
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
const OTHERS = 'others';
const DAY_MS = 86_400_000;

export class FleetCount {
  readonly #advisory: Advisory;
  readonly #now: number;
  readonly #all = newGroup('all');
  readonly #by = {
    plants: new Map<string, Group>(),
    products: new Map<string, Group>(),
    releases: new Map<string, Group>(),
  };

  constructor(now: number, advisory: Advisory) {
    this.#now = now;
    this.#advisory = advisory;
  }

  add(device: Device): void {
    const { state, inventory } = device;
    const exposure = exposureOf(state, this.#advisory);
    const groups = [
      this.#all,
      groupOf(this.#by.plants, inventory?.plant ?? UNKNOWN),
      groupOf(this.#by.products, exposure?.family ?? pidOf(state) ?? UNKNOWN),
      groupOf(this.#by.releases, releaseOf(state) ?? UNKNOWN),
    ];
    const condition = conditionOf(device);
    const remediation = remediationOf(state, this.#now, this.#advisory)?.state ?? null;
    const grace = this.#graceOf(device, condition);
    const isLevelTooLow = recoveryVisible(device.heard, this.#advisory.visibility) === false;
    for (const group of groups) {
      group.devices++;
      if (exposure?.status === 'affected') group.affected++;
      if (exposure?.status === 'fixed') group.fixed++;
      if (isLevelTooLow) group.levelTooLow++;
      group.conditions[condition] = (group.conditions[condition] ?? 0) + 1;
      if (remediation !== null) group.remediation[remediation]++;
      if (grace === null) continue;
      group.grace[grace.bucket]++;
      const { until } = grace;
      if (until !== null && until > this.#now && (group.graceEndsNext === null || until < group.graceEndsNext)) {
        group.graceEndsNext = until;
      }
    }
  }

  fleet(): Fleet {
    const sorted = (groups: Map<string, Group>) => [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { plants, products, releases } = this.#by;
    return { all: this.#all, plants: sorted(plants), products: sorted(products), releases: sorted(releases) };
  }

  #graceOf(device: Device, condition: Condition): { bucket: GraceBucket; until: number | null } | null {
    const grace = failingGrace(device, condition, this.#advisory);
    if (grace === null) return null;
    return { bucket: bucketOf(grace.until, this.#now), until: grace.until };
  }
}

/** `until`: the end of a grace period; null if only an upper bound is known. */
export function bucketOf(until: number | null, now: number): GraceBucket {
  if (until === null) return 'bounded';
  return graceBounds.find(({ below }) => until - now < below)?.bucket ?? 'longer';
}

/** The grace period of a failing device, null if none runs. `until`: null if only an upper bound is known. */
export function failingGrace(
  { state }: Pick<Device, 'state'>,
  condition: Condition,
  advisory: Advisory,
): { until: number | null } | null {
  if (isSilent(condition) || condition === 'suppressed') return null;
  const { until, untilAtMost } = graceOf(state, advisory);
  return until === null && untilAtMost === null ? null : { until };
}

/** The exclusive upper bound of the remaining time in each bucket, in milliseconds; more than the last is `longer`. */
export const graceBounds = [
  { bucket: 'over', below: 0 },
  { bucket: 'days7', below: 7 * DAY_MS },
  { bucket: 'days30', below: 30 * DAY_MS },
  { bucket: 'days60', below: 60 * DAY_MS },
  { bucket: 'days180', below: 180 * DAY_MS },
] as const;

function groupOf(groups: Map<string, Group>, name: string): Group {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const shown = groups.size < limits.fleetGroups ? name : OTHERS;
  const group = groups.get(shown) ?? newGroup(shown);
  groups.set(shown, group);
  return group;
}

function newGroup(name: string): Group {
  return {
    name,
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
