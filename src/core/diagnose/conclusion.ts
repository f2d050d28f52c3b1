/** The verdict about a device in sentences, for the person on call. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, isExempt } from '../advisory/exposure.ts';
import { holdsOpenAt } from '../correlate/deadlines.ts';
import { isClockWrong, isOfCustomer, weigh } from '../judge/claims.ts';
import { diagnose } from '../judge/ranking.ts';
import { type Cap, healsByItself, isOfSeveral, type Verdict, verdictAt, weightyStates } from '../judge/verdict.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { type Incident, isOpen } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';
import { clockWasSetAt, UNTIL_CLOCK_SET } from './clock-was-set.ts';

/** What each hypothesis means, as part of a sentence. */
export const MEANINGS: Readonly<Record<HypothesisName, string>> = {
  trust: "the device no longer trusts the certificate of Cisco's servers",
  interception: 'something between the device and Cisco opens TLS, or the trustpool is damaged',
  clock: 'the clock of the device is wrong',
  configuration: 'the configuration of Smart Licensing, or its token, is wrong',
  dns: 'the device does not resolve host names',
  network: "the network to Cisco's servers is broken",
  'own-server': "the customer's own licensing server or CSLU fails",
  outage: "Cisco's servers had or have an outage",
  'out-of-compliance': 'the account has too few licences',
};

const CAPS: Readonly<Record<Cap, string>> = {
  'of-several': 'nothing in these lines says which device they are of, so that they may be of several',
  'fixed-release': 'its release has the fix, so lost trust cannot be the reason',
  'clock-wrong': 'its clock is wrong, so that every certificate looks invalid',
  'heals-by-itself': 'it has worked again several times without a repair, and lost trust does not heal by itself',
  'other-diagnosis': 'something else explains the failures better',
};

/**
 * The verdict in one sentence, and a second one where the fleet shows another reason. `at`: milliseconds.
 * `fleetDiagnosis`: as in `explain()`. `hidden`: why no recovery of the device can be seen; null if one can be, or if
 * that is not known.
 */
export function conclusionOf(
  state: DeviceState,
  at: number,
  advisory: Advisory,
  fleetDiagnosis: HypothesisName | null = null,
  hidden: string | null = null,
): string {
  const { incident } = state;
  const verdict = verdictAt(state, at, advisory);
  if (isOpen(incident)) {
    const sentence = openSentence(incident, state, verdict, advisory, hidden);
    if (fleetDiagnosis === null || fleetDiagnosis === incident.diagnosis) return sentence;
    return `${sentence} The other devices point to something else: ${meaningOf(fleetDiagnosis, state)}.`;
  }
  const ended = endingOf(state);
  const before = ended === null ? '' : `${ended} `;
  return `${before}No incident: ${reasonForNone(state, verdict, at, advisory)}.`;
}

function meaningOf(hypothesis: HypothesisName, state: DeviceState): string {
  if (hypothesis !== 'clock' || isClockWrong(state)) return MEANINGS[hypothesis];
  return clockWasSetAt(state) === null
    ? 'the clock of the device was wrong when licensing failed'
    : `the device ${UNTIL_CLOCK_SET}`;
}

function openSentence(
  incident: Incident,
  state: DeviceState,
  verdict: Verdict,
  advisory: Advisory,
  hidden: string | null,
): string {
  const { diagnosis } = incident;
  const meaning = diagnosis === null ? 'licensing fails, and no hypothesis leads' : meaningOf(diagnosis, state);
  const families = incident.families.join(', ');
  switch (incident.phase.state) {
    case 'recovering':
      return holdsOpenAt(state, advisory) === 'state'
        ? 'Recovering, but licensing fails again since the success: the incident is not resolved while that holds.'
        : `Recovering: resolved ${minutes(advisory.correlation.holdTimeMs)} after the success, if no failure comes.`;
    case 'stale':
      return hidden === null
        ? 'Stale: no evidence for a long time. Silence does not show that the device has recovered.'
        : `Stale: no evidence for a long time, and ${hidden}.`;
    case 'suppressed':
      return `Suppressed: ${state.imported?.licensing == null ? 'a capture shows' : 'the inventory says'} offline licensing; the device needs no connection, and failures mean nothing.`;
    case 'confirmed':
      return `Confirmed: ${meaning} (${families}; highest score ${incident.score}).`;
    default: {
      const cap = verdict.cap === null ? '' : `; not confirmed, because ${CAPS[verdict.cap]}`;
      return `Suspected: ${diagnosis === null ? '' : 'it looks as if '}${meaning} (${families}; highest score ${incident.score})${cap}.`;
    }
  }
}

function reasonForNone(state: DeviceState, verdict: Verdict, at: number, advisory: Advisory): string {
  const { suspected } = advisory.thresholds;
  const { claims } = weigh(state, at, advisory);
  const diagnosis = diagnose(state, at, advisory);
  if (verdict.score === 0) {
    if (diagnosis !== null) return `${meaningOf(diagnosis, state)}, which is no lost trust`;
    return claims.some(({ isFailure }) => isFailure)
      ? 'what failed does not point to lost trust'
      : 'no failure with weight in the window';
  }
  if (isExempt(state, advisory)) return 'the device uses offline licensing';
  const only = verdict.families.join(', ');
  return verdict.families.length < suspected.families
    ? `only ${only} failed, and ${suspected.families} families are needed; the device is watched`
    : `the score ${verdict.score} is below ${suspected.score}`;
}

/** How the last incident ended; null without an ended one. */
export function endingOf(state: DeviceState): string | null {
  const { repair } = state;
  if (state.incident === null || isOpen(state.incident)) return null;
  const incident = state.incident as Incident;
  const when = 'at' in incident.phase ? ` at ${toIso(incident.phase.at)}` : '';
  const failed = 'since' in incident.phase ? hours(incident.phase.since - incident.firstEvidenceAt) : '';
  switch (incident.endedBy) {
    case 'repair':
      return `The last incident was repaired (${repair?.by ?? 'import'}), and ended${when}.`;
    case 'moved':
      return `The last incident ended${when}: the device was moved to another licensing server.`;
    case 'healed':
      return `The last incident healed by itself after ${failed}, and ended${when}; no repair was seen.`;
    case 'operator':
      return `An operator closed the last incident${when}.`;
    case 'withdrawn':
      return isOfCustomer({ server: state.uses ?? 'unnamed' })
        ? `The last incident ended${when}: a capture shows that licensing goes to ${state.uses === 'cslu' ? 'CSLU' : 'a server of the customer'}, so that nothing of Cisco had failed.`
        : `The last incident ended${when}.`;
    default:
      return `The last incident ended${when}.`;
  }
}

/** What would change the verdict. */
export function wouldChange(state: DeviceState, at: number, advisory: Advisory): string[] {
  const { incident } = state;
  const { correlation, thresholds } = advisory;
  const verdict = verdictAt(state, at, advisory);
  const status = exposureOf(state, advisory)?.status ?? 'unknown';
  const says: string[] = [];
  if (isExempt(state, advisory))
    return verdict.score === 0 && !isOpen(incident)
      ? []
      : ['another kind of licensing in the inventory: then failures count'];
  if (isOpen(incident) && incident.phase.state !== 'recovering' && !isOfSeveral(state))
    says.push(`a success, and ${minutes(correlation.holdTimeMs)} without a failure after it, resolves the incident`);
  if (verdict.score > 0 && verdict.level !== 'confirmed' && !isConfirmed(incident))
    says.push(...wouldConfirm(state, at, verdict, status, advisory));
  if (verdict.level === null && verdict.score > 0 && verdict.families.length < thresholds.suspected.families) {
    says.push(`a second family, with a score of ${thresholds.suspected.score}, makes it suspected`);
    if (status === 'affected' && weightyStates(weigh(state, at, advisory)).length > 0)
      says.push(`a state that holds for ${hours(correlation.stateSuspectsAfterMs)} makes it suspected`);
  }
  if (status === 'unknown' && verdict.score > 0)
    says.push('product and release in the inventory: less evidence confirms an affected release, and none a fixed one');
  return says;
}

/** What would confirm, or what keeps everything from confirming. A watched device is told only what does it at once. */
function wouldConfirm(
  state: DeviceState,
  at: number,
  { level, cap, score, families }: Verdict,
  status: 'affected' | 'fixed' | 'unknown',
  advisory: Advisory,
): string[] {
  const { correlation, thresholds } = advisory;
  const { affected, confirmed, healsByItself: heals, proof } = thresholds;
  if (isOfSeveral(state)) {
    return [
      'a name in the lines ("logging origin-id hostname" on the devices): the failures of each device count by themselves then',
    ];
  }
  if (status === 'fixed') return [];
  if (isClockWrong(state)) return ['a clock that is set: what fails after that counts'];
  if (healsByItself(state, at, advisory))
    return [
      `a repair that is seen, or ${hours(heals.withinMs)}: until then nothing confirms, because the device has worked again ${heals.times} times by itself`,
    ];
  if (cap !== null) return ['proof confirms: without it, nothing does while another hypothesis than trust leads'];
  const says: string[] = [];
  if (status === 'affected') {
    says.push(
      `proof alone, a score of ${affected.score} from ${affected.families} families, or a score of ${confirmed.score} confirms, because the release is affected (the score is ${score}, from ${families.length})`,
    );
    if (level === 'suspected')
      says.push(
        `a failure with weight ${hours(correlation.confirmAfterMs)} or more after the first one confirms, at a score of ${affected.repeatedScore} and without a success between`,
      );
  } else if (level === 'suspected')
    says.push(
      `a score of ${confirmed.score}, or proof with ${proof.families} families in all, confirms (the score is ${score})`,
    );
  if (says.length > 0 && diagnose(state, at, advisory) !== 'trust')
    says.push('without proof, nothing confirms while trust does not lead');
  return says;
}

function isConfirmed(incident: DeviceState['incident']): boolean {
  return isOpen(incident) && incident.phase.state === 'confirmed';
}

export function minutes(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

/** A duration in hours, or in days from two days on. */
export function hours(ms: number): string {
  const count = Math.round(ms / 3_600_000);
  return count < 1
    ? `${Math.max(1, Math.round(ms / 60_000))} min`
    : count < 48
      ? `${count} h`
      : `${Math.round(count / 24)} d`;
}
