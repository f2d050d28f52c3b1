/**
 * The rules that give points to each hypothesis. The points are data of the advisory, and assumed: no notice and no
 * capture gives them. No rule knows the incident of the device, so that a decision never supports itself.
 */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt, licensingSaid } from '../advisory/exposure.ts';
import type { Claim } from '../model/device-state.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import type { Manner } from '../model/message.ts';
import {
  isClockWrong,
  isOfCustomer,
  isOfLicensing,
  isProof,
  type Judged,
  standsAlone,
  type Weighed,
} from './claims.ts';
import type { FleetContext } from './fleet-context.ts';

/** The input of a rule: a device at the time `at`. `fleet`: null if only the device's own facts count. */
export type Case = {
  readonly state: Judged;
  readonly at: number;
  readonly advisory: Advisory;
  readonly weighed: Weighed;
  readonly fleet: FleetContext | null;
  readonly status: 'affected' | 'fixed' | 'unknown';
};

/** `points`: 0 if the rule does not apply; negative against the hypothesis. `says`: the reason, for people. */
export type Rule = {
  readonly about: HypothesisName;
  readonly points: (input: Case) => number;
  readonly says: (input: Case) => string;
};

/** With offline licensing, failures to connect mean nothing (FN72298): more than all symptoms together. */
const EXEMPT = 30;

/** An outage is over within a day, and is of interest for two days. */
const HEALS_WITHIN_MS = 24 * 3_600_000;
const HEALED_SHOWN_MS = 48 * 3_600_000;

const isFixed = ({ status }: Case) => status === 'fixed';
const failures = ({ weighed }: Case) => weighed.claims.filter(({ isFailure }) => isFailure);
/** Whether a failure counts that opens an incident by itself. */
const isLicensingFailing = ({ weighed, advisory }: Case) =>
  weighed.families.some((family) => standsAlone(family, advisory));
/**
 * Failures of these manners, unless the device has got further since: it reached a server an hour later or more. Why a
 * revocation list cannot be fetched says nothing of why licensing fails beside it.
 */
const ofManner = (input: Case, ...manners: readonly Manner[]) => {
  const beside = isLicensingFailing(input);
  return failures(input).filter(
    ({ family, manner, lastAt }) =>
      manner !== null &&
      manners.includes(manner) &&
      (!beside || standsAlone(family, input.advisory)) &&
      !hasGotFurther(input, lastAt),
  );
};
const hasGotFurther = ({ weighed, advisory }: Case, since: number) =>
  weighed.claims.some(
    ({ weight, family, lastAt }) =>
      weight > 0 && standsAlone(family, advisory) && lastAt >= since + advisory.noWayOut.withinMs,
  );
const has = (input: Case, fits: (claim: Claim) => boolean) => input.weighed.claims.some(fits);

/** A failure of licensing itself by timeout. The customer's own server may as well be down. */
const isTimeout =
  ({ advisory }: Case) =>
  (claim: Claim) =>
    claim.isFailure && claim.manner === 'timeout' && standsAlone(claim.family, advisory) && claim.server !== 'own';
const isTimedOutList =
  ({ advisory }: Case) =>
  (claim: Claim) =>
    claim.isFailure && claim.manner === 'timeout' && !standsAlone(claim.family, advisory);
/** An aborted call-home: only the host of a URL tells for certain that it was Cisco's server. */
const isAbortedByCisco = ({ manner, server, byHost }: Claim) => byHost && manner === 'aborted' && server === 'cisco';
const isShortage =
  ({ advisory }: Case) =>
  (claim: Claim) =>
    !claim.isFailure && advisory.endedBy.has(claim.mnemonic);

const hasTimeout = (input: Case) => has(input, isTimeout(input));
const hasWrongClock = (input: Case) =>
  isClockWrong(input.state) ||
  has(input, ({ manner }) => manner === 'clock') ||
  (input.state.wrongClock !== null && input.state.wrongClock.lastAt > input.at - input.advisory.correlation.windowMs);

/** Devices of the release train fail in several plants, and devices with the fix had successes in the same hours. */
const isTrainFailing = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.train !== null &&
  fleet.train.plantsFailing >= 2 &&
  fleet.train.failing >= 3 &&
  fleet.fixed.succeeded > 0 &&
  fleet.fixed.failing * 10 <= fleet.fixed.devices;

/** Four in five devices of a plant began to fail within minutes, with links down or by timeouts, and no other plant. */
const isPlantCut = ({ fleet }: Case) =>
  fleet !== null &&
  fleet.plant !== null &&
  doLinksMatter(fleet) &&
  (fleet.linksDown > 0 || fleet.plant.timedOut * 2 >= fleet.plant.failing);

/** Whether it makes a difference which links went down. Where it does not, nobody need look for them. */
export function doLinksMatter({ plant, plantsFailing }: Pick<FleetContext, 'plant' | 'plantsFailing'>): boolean {
  return plant !== null && plant.failing >= 3 && plant.failing * 5 >= plant.devices * 4 && plantsFailing <= 1;
}

/** Two devices with the fix fail as well, in two plants: the reason is on Cisco's side. */
const isEverybodyFailing = ({ fleet }: Case) =>
  fleet !== null && fleet.fixed.failing >= 2 && fleet.fixed.plantsFailing >= 2;

const hasJustHealed = ({ state: { healed }, at, weighed }: Case) =>
  healed !== null &&
  weighed.claims.length === 0 &&
  healed.to > at - HEALED_SHOWN_MS &&
  healed.to - healed.from <= HEALS_WITHIN_MS;

/** The failure ended without a repair, and neither proof nor a clock that was set meanwhile gives another reason. */
const healedByItself = (input: Case) => {
  const { healed } = input.state;
  return healed !== null && hasJustHealed(input) && !healed.repaired && !healed.proven && !healed.clockSet;
};

/** Where the customer's own server or CSLU fails, what counts only beside others says nothing of trust. */
const isOnlyBeside = (input: Case) => failures(input).some(isOfCustomer) && !isLicensingFailing(input);

const symptoms = ({ weighed }: Case) =>
  weighed.families
    .map((family) => {
      const claims = weighed.claims.filter((claim) => claim.family === family && claim.weight > 0);
      return `${family} failed ${claims.reduce((sum, { count }) => sum + count, 0)} x`;
    })
    .join(', ');
const proof = ({ weighed, advisory }: Case) =>
  [
    ...new Set(weighed.claims.filter((claim) => claim.weight > 0 && isProof(claim, advisory)).map((c) => c.mnemonic)),
  ].join(', ');
const counted = (claims: readonly Claim[]) => claims.reduce((sum, { count }) => sum + count, 0);

/** A rule that gives the same points wherever it applies. */
function wherever(
  about: HypothesisName,
  name: keyof Advisory['points'],
  applies: (input: Case) => boolean,
  says: Rule['says'],
): Rule {
  return { about, points: (input) => (applies(input) ? input.advisory.points[name] : 0), says };
}

/** A gateway of the customer for Smart Call Home is no licensing server. */
const ofCustomersLicensing = (input: Case) =>
  failures(input).filter((claim) => isOfCustomer(claim) && isOfLicensing(claim, input.advisory));

/** What speaks for other hypotheses than lost trust. */
const others: readonly Rule[] = [
  wherever('clock', 'clock', hasWrongClock, ({ state }) =>
    isClockWrong(state) ? 'the clock of the device is wrong' : 'messages say that the time is wrong or was changed',
  ),
  {
    about: 'network',
    // An aborted connection to Cisco, or proof, shows that there is a way to Cisco's servers.
    points: (input) => {
      if (!hasTimeout(input)) return 0;
      const { timeout, timeoutBesideAbort } = input.advisory.points;
      return input.weighed.isProven || has(input, isAbortedByCisco) ? timeoutBesideAbort : timeout;
    },
    says: (input) => `connections timed out ${counted(failures(input).filter(isTimeout(input)))} x`,
  },
  wherever(
    'network',
    'revocationTimeout',
    (input) => has(input, isTimedOutList(input)),
    () => 'revocation lists could not be fetched in time',
  ),
  wherever(
    'dns',
    'unresolved',
    (input) => ofManner(input, 'unresolved').length > 0,
    (input) => `host names were not resolved ${counted(ofManner(input, 'unresolved'))} x`,
  ),
  wherever(
    'configuration',
    'configuration',
    (input) => ofManner(input, 'disabled', 'denied').length > 0,
    (input) => `the configuration or the token was refused ${counted(ofManner(input, 'disabled', 'denied'))} x`,
  ),
  {
    about: 'configuration',
    points: ({ state, advisory, weighed }) =>
      isExempt(state, advisory) && weighed.score > 0 ? advisory.points.configuration : 0,
    says: ({ state }) => `${licensingSaid(state)}, but the device tries to connect`,
  },
  wherever(
    'own-server',
    'ownServer',
    (input) => ofCustomersLicensing(input).length > 0,
    (input) => `the customer's own server or CSLU failed ${counted(ofCustomersLicensing(input))} x`,
  ),
  wherever(
    'out-of-compliance',
    'outOfCompliance',
    (input) => failures(input).length === 0 && has(input, isShortage(input)),
    () => 'licences are short, and no failure to connect holds',
  ),
  wherever('outage', 'healed', healedByItself, ({ state: { healed } }) => {
    const minutes = Math.round(((healed?.to ?? 0) - (healed?.from ?? 0)) / 60_000);
    return `the device failed for ${minutes} min and then worked again; no repair was seen`;
  }),
  wherever(
    'clock',
    'healed',
    (input) => hasJustHealed(input) && input.state.healed?.clockSet === true,
    () => 'the device failed until its clock was set',
  ),
  wherever(
    'outage',
    'everybodyFails',
    (input) => input.weighed.score > 0 && isEverybodyFailing(input),
    ({ fleet }) => `${fleet?.fixed.failing} devices with the fix fail as well, in ${fleet?.fixed.plantsFailing} plants`,
  ),
  wherever(
    'network',
    'plantFails',
    (input) => isPlantCut(input) && failures(input).length > 0,
    ({ fleet }) =>
      `${fleet?.plant?.failing} of ${fleet?.plant?.devices} devices of plant ${fleet?.plant?.name} ` +
      'began to fail within minutes; no other plant fails',
  ),
  wherever(
    'network',
    'linksDown',
    (input) => isPlantCut(input) && (input.fleet?.linksDown ?? 0) > 0,
    ({ fleet }) => `${fleet?.linksDown} devices of the plant reported links that went down`,
  ),
];

/** Lost trust; on a release with the fix the same symptoms show that something between device and Cisco opens TLS. */
const symptomsOf = (about: HypothesisName, applies: (input: Case) => boolean): readonly Rule[] => [
  { about, points: (input) => (applies(input) && !isOnlyBeside(input) ? input.weighed.score : 0), says: symptoms },
  wherever(
    about,
    'proof',
    (input) => applies(input) && input.weighed.isProven,
    (input) => `a certificate or a signature was refused: ${proof(input)}`,
  ),
];

const forTrust: readonly Rule[] = [
  ...symptomsOf('trust', (input) => !isFixed(input)),
  wherever(
    'trust',
    'affected',
    (input) => input.status === 'affected' && input.weighed.score > 0 && !isOnlyBeside(input),
    ({ state, advisory }) => exposureOf(state, advisory)?.because ?? '',
  ),
  wherever(
    'trust',
    'trainFails',
    (input) => !isFixed(input) && input.weighed.score > 0 && isTrainFailing(input),
    ({ fleet }) =>
      `devices of release train ${fleet?.train?.name} fail in ${fleet?.train?.plantsFailing} plants; ` +
      `${fleet?.fixed.succeeded} devices with the fix had successes in the same hours`,
  ),
  {
    about: 'trust',
    points: ({ state, advisory }) => (isExempt(state, advisory) ? -EXEMPT : 0),
    says: ({ state }) => `${licensingSaid(state)}: the device needs no connection`,
  },
];

export const rules: readonly Rule[] = [
  ...forTrust,
  {
    // Proof outweighs what speaks for another reason to fail to connect, but not a wrong clock.
    about: 'trust',
    points: (input) => {
      if (!input.weighed.isProven || isFixed(input) || isExempt(input.state, input.advisory)) return 0;
      const most = Math.max(...OUTWEIGHED.map((about) => pointsOf(about, others, input)));
      return Math.max(0, most + 1 - pointsOf('trust', forTrust, input));
    },
    says: () => 'proof outweighs what speaks for another reason',
  },
  ...symptomsOf('interception', isFixed),
  ...others,
];

const OUTWEIGHED: readonly HypothesisName[] = ['network', 'dns', 'configuration', 'own-server', 'outage'];

export function pointsOf(about: HypothesisName, among: readonly Rule[], input: Case): number {
  let sum = 0;
  for (const rule of among) if (rule.about === about) sum += rule.points(input);
  return sum;
}
