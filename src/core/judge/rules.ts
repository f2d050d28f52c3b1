/** The table of what speaks for and against each hypothesis. The points are assumed: no notice and no capture gives them. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import type { DeviceState, Seen } from '../model/device-state.ts';
import { isOpen } from '../model/incident.ts';
import { diagnose, diagnoseIncident } from './diagnosis.ts';
import type { FleetContext } from './fleet-context.ts';

/** In the order in which equals are given: what a person can mend first comes first, but trust before all. */
export const ailments = ['trust', 'clock', 'configuration', 'dns', 'network', 'outage', 'out-of-compliance'] as const;
export type Ailment = (typeof ailments)[number];

/** What is asked of a device at a time. */
export type Case = {
  readonly state: DeviceState;
  readonly at: number;
  readonly advisory: Advisory;
  readonly fleet: FleetContext | null;
  /** Families with weight, and causes without, that were seen within the window. */
  readonly families: ReadonlyMap<string, Seen>;
  readonly counter: ReadonlyMap<string, Seen>;
  readonly latest: string | null;
};

/** `points` of null: the rule says nothing here. A negative number speaks against. */
export type Rule = {
  readonly cause: Ailment;
  readonly points: (asked: Case) => number | null;
  readonly says: (asked: Case) => string;
};

/** More than all that a device itself can say against it: only the fleet can. */
const OPEN = 12;

export function weightOf(family: string, advisory: Advisory): number {
  return advisory.families.get(family)?.weight ?? 0;
}

function weighty({ families, advisory }: Case): [string, Seen][] {
  return [...families].filter(([name]) => weightOf(name, advisory) > 0);
}

/** A family with proof counts double. */
function symptomPoints(asked: Case): number {
  return weighty(asked).reduce(
    (sum, [name]) => sum + weightOf(name, asked.advisory) * (asked.advisory.families.get(name)?.proof === true ? 2 : 1),
    0,
  );
}

const statusOfCase = ({ state, advisory }: Case) => exposureOf(state, advisory)?.status ?? 'unknown';

/** It is open, and what confirmed it came while the clock was set. */
const isHeldForTrust = ({ state }: Case) =>
  isOpen(state.incident) && diagnoseIncident(state.incident, state) === 'trust';

/** The train fails in several plants, and hardly anything with the fix does. */
const isTrainFailing = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.train !== null &&
  fleet.train.plantsFailing >= 2 &&
  fleet.train.failing >= 3 &&
  fleet.fixed.failing * 10 <= fleet.fixed.devices;

/** Nearly all of a plant began to fail within minutes, and the other plants, of which there is one at least, go on. */
const isPlantCut = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.plant !== null &&
  fleet.plant.failing >= 3 &&
  fleet.plant.failing * 5 >= fleet.plant.devices * 4 &&
  fleet.plantsFailing === 1 &&
  fleet.plants >= 2;

const linksDown = ({ fleet }: Case) => fleet?.linksDown ?? 0;

/** Plants everywhere fail, also the devices that have the fix: the reason is on the other side. */
const isEverybodyFailing = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.plantsFailing >= 2 &&
  fleet.fixed.failing >= 2 &&
  fleet.fixed.failing * 2 >= fleet.fixed.devices;

/** An outage is over within a day, and nobody repaired anything. */
const HEALS_WITHIN_MS = 24 * 3_600_000;
const hasJustHealed = ({ state: { healed, firstFailureAt }, at, advisory }: Case) =>
  healed !== null &&
  firstFailureAt === null &&
  healed.to > at - advisory.correlation.windowMs &&
  healed.to - healed.from <= HEALS_WITHIN_MS;
const healedByItself = (asked: Case) => {
  const { healed } = asked.state;
  return healed !== null && hasJustHealed(asked) && !healed.repaired && !healed.proven && !healed.clockSet;
};

export const rules: readonly Rule[] = [
  {
    cause: 'trust',
    points: symptomPoints,
    says: (asked) =>
      weighty(asked)
        .map(([name, { count }]) => `${name} failed ${count} x`)
        .join(', '),
  },
  {
    cause: 'trust',
    points: (asked) => (isHeldForTrust(asked) ? OPEN : null),
    says: ({ state }) => `its incident is ${state.incident?.phase.state}`,
  },
  {
    cause: 'trust',
    points: (asked) =>
      symptomPoints(asked) < 2 ? null : { affected: 2, fixed: -2, unknown: null }[statusOfCase(asked)],
    says: ({ state, advisory }) => exposureOf(state, advisory)?.because ?? '',
  },
  {
    cause: 'trust',
    points: (asked) => (symptomPoints(asked) > 0 && isTrainFailing(asked) ? 3 : null),
    says: ({ fleet }) =>
      `train ${fleet?.train?.name} fails in ${fleet?.train?.plantsFailing} plants, ${fleet?.fixed.failing} of ${fleet?.fixed.devices} devices with the fix do`,
  },
  {
    cause: 'trust',
    points: (asked) => (asked.state.clock === 'unset' && !isHeldForTrust(asked) ? -8 : null),
    says: () => 'the clock is not set, which makes every certificate look invalid',
  },
  {
    cause: 'trust',
    points: ({ state, advisory }) => (isExempt(state, advisory) ? -30 : null),
    says: ({ state }) => `the inventory says ${state.imported?.licensing}, which needs no connection`,
  },
  {
    cause: 'configuration',
    points: (asked) => (isExempt(asked.state, asked.advisory) && symptomPoints(asked) > 0 ? 4 : null),
    says: ({ state }) => `the inventory says ${state.imported?.licensing}, and it tries to connect`,
  },
  {
    cause: 'trust',
    points: (asked) => (isPlantCut(asked) ? -10 : null),
    says: ({ fleet }) => `all of plant ${fleet?.plant?.name} began to fail within minutes`,
  },
  {
    cause: 'trust',
    points: (asked) => (isEverybodyFailing(asked) ? -12 : null),
    says: ({ fleet }) => `${fleet?.fixed.failing} of ${fleet?.fixed.devices} devices with the fix fail, too`,
  },
  ...(['clock', 'configuration', 'dns', 'network'] as const).map(
    (cause): Rule => ({
      cause,
      points: (asked) => counterPoints(asked, cause),
      says: ({ counter }) => `${counter.get(cause)?.count} x a failure that says so`,
    }),
  ),
  ...(['trust', 'clock', 'configuration', 'dns', 'network'] as const).map(
    (cause): Rule => ({
      cause,
      points: ({ latest, counter, families }) => (latest === cause && counter.size > 0 && families.size > 0 ? 2 : null),
      says: () => 'the latest failure says so',
    }),
  ),
  {
    cause: 'clock',
    points: ({ state }) => (state.clock === 'unset' ? 3 : null),
    says: () => 'the clock of the device is not set',
  },
  {
    cause: 'clock',
    points: ({ state }) => (isOpen(state.incident) && diagnoseIncident(state.incident, state) === 'clock' ? 8 : null),
    says: () => 'nothing is confirmed while the clock is not set',
  },
  {
    cause: 'network',
    points: (asked) => (isPlantCut(asked) && (symptomPoints(asked) > 0 || linksDown(asked) > 0) ? 8 : null),
    says: ({ fleet }) =>
      `${fleet?.plant?.failing} of ${fleet?.plant?.devices} devices of plant ${fleet?.plant?.name} began to fail within minutes, no other plant does`,
  },
  {
    cause: 'network',
    points: (asked) => (isPlantCut(asked) && linksDown(asked) > 0 ? 3 : null),
    says: ({ fleet }) => `${fleet?.linksDown} devices of the plant told of links that went down`,
  },
  {
    cause: 'outage',
    points: (asked) => (healedByItself(asked) ? 4 : null),
    says: ({ state }) =>
      `it failed for ${Math.round(((state.healed?.to ?? 0) - (state.healed?.from ?? 0)) / 60_000)} min and then worked, without a repair that was seen`,
  },
  {
    cause: 'outage',
    points: (asked) => (symptomPoints(asked) > 0 && isEverybodyFailing(asked) ? 15 : null),
    says: ({ fleet }) =>
      `${fleet?.plantsFailing} plants fail, and ${fleet?.fixed.failing} of ${fleet?.fixed.devices} devices with the fix`,
  },
  {
    cause: 'clock',
    points: ({ state: { wrongClock }, at, advisory }) =>
      wrongClock !== null && wrongClock.lastAt > at - advisory.correlation.windowMs ? 4 : null,
    says: ({ state }) => `${state.wrongClock?.count} x a message that the time is wrong or was changed`,
  },
  {
    cause: 'clock',
    points: (asked) => (hasJustHealed(asked) && asked.state.healed?.clockSet === true ? 4 : null),
    says: () => 'it failed until its clock was set',
  },
  {
    // Until they are said to be there again.
    cause: 'out-of-compliance',
    points: (asked) => (isShort(asked) ? 3 : null),
    says: ({ state }) => `${state.families['consequence']?.count} x licences that are short, and no failure to connect`,
  },
  {
    cause: 'out-of-compliance',
    points: (asked) =>
      isShort(asked) &&
      (asked.state.families['consequence']?.lastAt ?? 0) > (asked.state.healed?.to ?? 0) &&
      hasJustHealed(asked)
        ? 2
        : null,
    says: () => 'it came after the connection worked again',
  },
];

function isShort(asked: Case): boolean {
  return asked.state.families['consequence'] !== undefined && symptomPoints(asked) === 0 && asked.counter.size === 0;
}

/** The cause that is seen most often is the device's diagnosis; no other one comes before it. */
function counterPoints(asked: Case, cause: 'clock' | 'configuration' | 'dns' | 'network'): number | null {
  const { state, at, advisory, counter } = asked;
  const points = (seen: Seen | undefined) => (seen === undefined ? 0 : 4 + Math.min(3, seen.count - 1));
  const own = points(counter.get(cause));
  if (own === 0) return null;
  const best = diagnose({ ...state, incident: null }, at, advisory);
  return best === null || best === cause ? own : Math.min(own, points(counter.get(best)) - 1);
}
