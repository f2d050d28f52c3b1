/** The rules that give points for and against each cause. The points are assumed: no notice, no capture gives them. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import type { DeviceState, Seen } from '../model/device-state.ts';
import { isOpen } from '../model/incident.ts';
import { diagnose, diagnoseIncident } from './diagnosis.ts';
import type { FleetContext } from './fleet-context.ts';

/** Order of causes with equal scores: trust, then the causes in the order in which a person can repair them. */
export const ailments = ['trust', 'clock', 'configuration', 'dns', 'network', 'outage', 'out-of-compliance'] as const;
export type Ailment = (typeof ailments)[number];

/** The input of a rule: a device at the time `at`. */
export type Case = {
  readonly state: DeviceState;
  readonly at: number;
  readonly advisory: Advisory;
  readonly fleet: FleetContext | null;
  /** Families seen within the window. */
  readonly families: ReadonlyMap<string, Seen>;
  /** Causes of failures without weight, seen within the window. */
  readonly counter: ReadonlyMap<string, Seen>;
  /** The cause of the latest failure in the window, `trust` for a family with weight; null without a failure. */
  readonly latest: string | null;
};

/** `points`: null if the rule does not apply; negative against the cause. `says`: the reason, for people. */
export type Rule = {
  readonly cause: Ailment;
  readonly points: (input: Case) => number | null;
  readonly says: (input: Case) => string;
};

/**
 * More points than a device's messages can give against trust: only facts about the fleet outweigh an open incident.
 */
const OPEN = 12;

export function weightOf(family: string, advisory: Advisory): number {
  return advisory.families.get(family)?.weight ?? 0;
}

function weighty({ families, advisory }: Case): [string, Seen][] {
  return [...families].filter(([name]) => weightOf(name, advisory) > 0);
}

/** The sum of the weights; a family with proof counts double. */
function symptomPoints(input: Case): number {
  return weighty(input).reduce(
    (sum, [name]) => sum + weightOf(name, input.advisory) * (input.advisory.families.get(name)?.proof === true ? 2 : 1),
    0,
  );
}

const statusOfCase = ({ state, advisory }: Case) => exposureOf(state, advisory)?.status ?? 'unknown';

/** The incident is open, and no unset clock explains it. */
const isOpenForTrust = ({ state }: Case) =>
  isOpen(state.incident) && diagnoseIncident(state.incident, state) === 'trust';

/** Devices of the release train fail in several plants, and at most one in ten devices with the fix fails. */
const isTrainFailing = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.train !== null &&
  fleet.train.plantsFailing >= 2 &&
  fleet.train.failing >= 3 &&
  fleet.fixed.failing * 10 <= fleet.fixed.devices;

/** Four in five devices of a plant began to fail within minutes, and none of another plant; another plant exists. */
const isPlantCut = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.plant !== null &&
  fleet.plant.failing >= 3 &&
  fleet.plant.failing * 5 >= fleet.plant.devices * 4 &&
  fleet.plantsFailing === 1 &&
  fleet.plants >= 2;

const linksDown = ({ fleet }: Case) => fleet?.linksDown ?? 0;

/** Several plants fail, and half of the devices with the fix as well: the reason is on Cisco's side. */
const isEverybodyFailing = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.plantsFailing >= 2 &&
  fleet.fixed.failing >= 2 &&
  fleet.fixed.failing * 2 >= fleet.fixed.devices;

/** An outage is over within a day. */
const HEALS_WITHIN_MS = 24 * 3_600_000;
const hasJustHealed = ({ state: { healed, firstFailureAt }, at, advisory }: Case) =>
  healed !== null &&
  firstFailureAt === null &&
  healed.to > at - advisory.correlation.windowMs &&
  healed.to - healed.from <= HEALS_WITHIN_MS;

/** The failure ended without a repair, and neither proof nor a clock that was set meanwhile gives another reason. */
const healedByItself = (input: Case) => {
  const { healed } = input.state;
  return healed !== null && hasJustHealed(input) && !healed.repaired && !healed.proven && !healed.clockSet;
};

export const rules: readonly Rule[] = [
  {
    // Every family with weight that failed is a symptom of lost trust.
    cause: 'trust',
    points: symptomPoints,
    says: (input) =>
      weighty(input)
        .map(([name, { count }]) => `${name} failed ${count} x`)
        .join(', '),
  },
  {
    // An open incident was already decided on its evidence; the ranking must agree with its diagnosis.
    cause: 'trust',
    points: (input) => (isOpenForTrust(input) ? OPEN : null),
    says: ({ state }) => `the incident of the device is ${state.incident?.phase.state}`,
  },
  {
    // A release with the fix has the new root, an affected one does not. Without symptoms the release means nothing.
    cause: 'trust',
    points: (input) =>
      symptomPoints(input) < 2 ? null : { affected: 2, fixed: -2, unknown: null }[statusOfCase(input)],
    says: ({ state, advisory }) => exposureOf(state, advisory)?.because ?? '',
  },
  {
    // The failing devices share a release train and not a plant, so the software is the reason.
    cause: 'trust',
    points: (input) => (symptomPoints(input) > 0 && isTrainFailing(input) ? 3 : null),
    says: ({ fleet }) =>
      `devices of release train ${fleet?.train?.name} fail in ${fleet?.train?.plantsFailing} plants; ` +
      `${fleet?.fixed.failing} of ${fleet?.fixed.devices} devices with the fix fail`,
  },
  {
    // Without a date every certificate looks invalid, so the symptoms do not show lost trust.
    cause: 'trust',
    points: (input) => (input.state.clock === 'unset' && !isOpenForTrust(input) ? -8 : null),
    says: () => 'the clock of the device is not set, so every certificate looks invalid',
  },
  {
    // With offline licensing the device needs no connection, so failures to connect mean nothing (FN72298).
    cause: 'trust',
    points: ({ state, advisory }) => (isExempt(state, advisory) ? -30 : null),
    says: ({ state }) => `the inventory says ${state.imported?.licensing}: the device needs no connection`,
  },
  {
    // A device that tries to connect is not configured for the offline licensing that the inventory names.
    cause: 'configuration',
    points: (input) => (isExempt(input.state, input.advisory) && symptomPoints(input) > 0 ? 4 : null),
    says: ({ state }) => `the inventory says ${state.imported?.licensing}, but the device tries to connect`,
  },
  {
    // Devices connect at different times, so lost trust does not show in a whole plant within minutes.
    cause: 'trust',
    points: (input) => (isPlantCut(input) ? -10 : null),
    says: ({ fleet }) => `nearly all devices of plant ${fleet?.plant?.name} began to fail within minutes`,
  },
  {
    // A device with the fix cannot have lost its trust: the reason why these devices fail holds for the others, too.
    cause: 'trust',
    points: (input) => (isEverybodyFailing(input) ? -12 : null),
    says: ({ fleet }) => `${fleet?.fixed.failing} of ${fleet?.fixed.devices} devices with the fix fail as well`,
  },
  // A failure without weight names its cause itself.
  ...(['clock', 'configuration', 'dns', 'network'] as const).map(
    (cause): Rule => ({
      cause,
      points: (input) => counterPoints(input, cause),
      says: ({ counter }) => `failures that name this cause: ${counter.get(cause)?.count}`,
    }),
  ),
  // If failures of several causes were seen, the latest one describes the present best.
  ...(['trust', 'clock', 'configuration', 'dns', 'network'] as const).map(
    (cause): Rule => ({
      cause,
      points: ({ latest, counter, families }) => (latest === cause && counter.size > 0 && families.size > 0 ? 2 : null),
      says: () => 'the latest failure points to this cause',
    }),
  ),
  {
    // An unset clock alone makes connections fail, so it is a finding without a failure that names the clock.
    cause: 'clock',
    points: ({ state }) => (state.clock === 'unset' ? 3 : null),
    says: () => 'the clock of the device is not set',
  },
  {
    // The diagnosis of such an incident is `clock`; the ranking must agree with it.
    cause: 'clock',
    points: ({ state }) => (isOpen(state.incident) && diagnoseIncident(state.incident, state) === 'clock' ? 8 : null),
    says: () => 'the incident cannot be confirmed while the clock is not set',
  },
  {
    // The devices of a plant share their connection to the network: if all of them fail at once, it is broken.
    cause: 'network',
    points: (input) => (isPlantCut(input) && (symptomPoints(input) > 0 || linksDown(input) > 0) ? 8 : null),
    says: ({ fleet }) =>
      `${fleet?.plant?.failing} of ${fleet?.plant?.devices} devices of plant ${fleet?.plant?.name} ` +
      'began to fail within minutes; no other plant fails',
  },
  {
    // Links that went down at the same time confirm that the network is broken.
    cause: 'network',
    points: (input) => (isPlantCut(input) && linksDown(input) > 0 ? 3 : null),
    says: ({ fleet }) => `${fleet?.linksDown} devices of the plant reported links that went down`,
  },
  {
    // Lost trust does not come back without a repair, so a failure that ended by itself was an outage.
    cause: 'outage',
    points: (input) => (healedByItself(input) ? 4 : null),
    says: ({ state: { healed } }) =>
      `the device failed for ${Math.round(((healed?.to ?? 0) - (healed?.from ?? 0)) / 60_000)} min ` +
      'and then worked again; no repair was seen',
  },
  {
    // Several plants and the fix itself fail: the evidence of the fleet outweighs an open incident of one device.
    cause: 'outage',
    points: (input) => (symptomPoints(input) > 0 && isEverybodyFailing(input) ? 15 : null),
    says: ({ fleet }) =>
      `${fleet?.plantsFailing} plants fail, ` +
      `and ${fleet?.fixed.failing} of ${fleet?.fixed.devices} devices with the fix`,
  },
  {
    // A clock that is set to a wrong time makes valid certificates look invalid as well.
    cause: 'clock',
    points: ({ state: { wrongClock }, at, advisory }) =>
      wrongClock !== null && wrongClock.lastAt > at - advisory.correlation.windowMs ? 4 : null,
    says: ({ state }) => `messages that the time is wrong or was changed: ${state.wrongClock?.count}`,
  },
  {
    // The failure ended after the clock was set, so the clock was its cause.
    cause: 'clock',
    points: (input) => (hasJustHealed(input) && input.state.healed?.clockSet === true ? 4 : null),
    says: () => 'the device failed until its clock was set',
  },
  {
    // The device connects, but its licences do not suffice; a later success clears these messages from the state.
    cause: 'out-of-compliance',
    points: (input) => (hasOnlyConsequences(input) ? 3 : null),
    says: ({ state }) =>
      `messages that licences are short: ${state.families['consequence']?.count}; no failure to connect`,
  },
  {
    // After the recovery such a message is no consequence of the failure before it.
    cause: 'out-of-compliance',
    points: (input) =>
      hasOnlyConsequences(input) &&
      (input.state.families['consequence']?.lastAt ?? 0) > (input.state.healed?.to ?? 0) &&
      hasJustHealed(input)
        ? 2
        : null,
    says: () => 'the latest of these messages came after the connection worked again',
  },
];

function hasOnlyConsequences(input: Case): boolean {
  return input.state.families['consequence'] !== undefined && symptomPoints(input) === 0 && input.counter.size === 0;
}

/** Points by the count of a cause. The cause that `diagnose` chooses gets more points than every other one. */
function counterPoints(input: Case, cause: 'clock' | 'configuration' | 'dns' | 'network'): number | null {
  const { state, at, advisory, counter } = input;
  const points = (seen: Seen | undefined) => (seen === undefined ? 0 : 4 + Math.min(3, seen.count - 1));
  const earned = points(counter.get(cause));
  // The cause was not seen within the window.
  if (earned === 0) return null;
  const best = diagnose({ ...state, incident: null }, at, advisory);
  // Points end at 7, so two causes can earn the same: the one that `diagnose` does not choose gets fewer.
  return best === null || best === cause ? earned : Math.min(earned, points(counter.get(best)) - 1);
}
