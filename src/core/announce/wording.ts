/** The texts of alerts and notices about one device. They say what is known, and no more. */
import { UNTIL_CLOCK_SET } from '../diagnose/clock-was-set.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import type { IncidentState } from '../model/incident.ts';
import type { Told } from './told.ts';

/** `of`: what may be wrong, as a noun. `certain`: what a confirmed incident says; null where it shows only a likelihood. */
const WRONG: Readonly<Record<HypothesisName, { readonly of: string; readonly certain: string | null }>> = {
  trust: { of: "lost trust in Cisco's cloud", certain: "no longer trusts Cisco's cloud" },
  interception: { of: 'a proxy that opens TLS, or a damaged trustpool', certain: null },
  clock: { of: 'a wrong clock, with which every certificate looks invalid', certain: null },
  configuration: { of: 'a wrong configuration of Smart Licensing', certain: null },
  dns: { of: 'failing name resolution', certain: null },
  network: { of: "a fault of the network on the way to Cisco's cloud", certain: null },
  'own-server': { of: 'a fault of your own licensing server', certain: null },
  outage: { of: "an outage of Cisco's cloud", certain: null },
  'out-of-compliance': { of: 'too few licences', certain: null },
};

/** In place of a hypothesis where none leads. */
export const NONE = 'none';

const ENDED: Partial<Record<IncidentState, string>> = {
  resolved: 'works again: its incident is resolved',
  closed: 'has no open incident any more: it is closed',
  suppressed: 'uses offline licensing and needs no connection: its incident is suppressed',
};

/** For an incident that was withdrawn, or is one of another device by now. */
export function withdrawnText(device: string): { readonly summary: string; readonly description: string } {
  return {
    summary: `${device} has no open incident any more`,
    description:
      'The incident does not exist any more: late messages showed that there was none, or that it is one of another device.',
  };
}

/** For the alert of a device that the inventory lists in another plant by now. */
export function movedText({ device, plant }: Told): ReturnType<typeof withdrawnText> {
  return {
    summary: `${device} is in plant ${plant ?? 'unknown'} now, and has another alert there`,
    description: 'The inventory names another plant than before. The incident has not ended.',
  };
}

/** For an ended alert whose incident is open again. */
export function reopenedText({ device, plant, state }: Told): ReturnType<typeof withdrawnText> {
  return {
    summary: `${device} had recovered for a time; its incident is open again: ${state}`,
    description: `The incident of the device in plant ${plant ?? 'unknown'} was reopened. It has another alert now.`,
  };
}

/** Whether the incident is over or suppressed. */
export function hasEnded({ state }: Pick<Told, 'state'>): boolean {
  return ENDED[state] !== undefined;
}

/** The URL of an incident's page in the console. */
export function pageOf(publicUrl: string, incident: string): string {
  return `${publicUrl}/incidents/${encodeURIComponent(incident)}`;
}

/** The leading hypothesis: in view of the fleet where one leads there. Null: none leads. */
export function leadOf({
  fleetDiagnosis,
  diagnosis,
}: Pick<Told, 'fleetDiagnosis' | 'diagnosis'>): HypothesisName | null {
  return fleetDiagnosis ?? diagnosis;
}

/** The leading hypothesis, and beside it what the device alone shows where that is another one. */
export function diagnosisText(told: Pick<Told, 'fleetDiagnosis' | 'diagnosis'>): string {
  const lead = leadOf(told);
  if (lead === told.diagnosis) return lead ?? NONE;
  return `${lead} (by the messages of this device alone: ${told.diagnosis ?? NONE})`;
}

/** One line: the device, what is wrong with it and how sure that is, and its release. */
export function summaryOf(told: Told): string {
  const name = told.plant === null ? told.device : `${told.device} (plant ${told.plant})`;
  const ended = ENDED[told.state];
  if (ended !== undefined) return `${name} ${ended}`;
  return `${name} ${wrongOf(told)}: ${told.state}, ${told.severity}; ${releaseText(told)}`;
}

function wrongOf(told: Told): string {
  const lead = leadOf(told);
  if (lead === 'clock' && told.clockSetAt !== null) return phased(told, 'its clock was set', UNTIL_CLOCK_SET);
  if (lead === null) return phased(told, 'failures for which no reason leads', 'fails, and no reason leads');
  const { of, certain } = WRONG[lead];
  // Confirmed is the incident by the messages of the device: of another hypothesis it says nothing certain.
  const confirmed = told.level === 'confirmed' && lead === told.diagnosis;
  const what = confirmed && certain !== null ? of : `signs of ${of}`;
  const fails = confirmed ? (certain ?? `fails, most likely because of ${of}`) : `shows signs of ${of}`;
  return phased(told, what, fails);
}

/** `before`: what was, as a noun or a clause. `now`: what is said while the device fails. */
function phased({ state, recoveryVisible }: Told, before: string, now: string): string {
  if (state === 'recovering') return `has connected again after ${before}`;
  if (state !== 'stale') return now;
  return `is silent after ${before}${recoveryVisible === false ? ', and cannot show a recovery' : ''}`;
}

function releaseText({ release, status, fixedIn }: Told): string {
  if (release === null) return 'release unknown';
  if (status === 'unknown') return `release ${release}, not known whether affected`;
  if (status === 'fixed') return `release ${release} has the fix`;
  return `release ${release} is affected${fixedIn === null ? '' : `, ${fixedIn} has the fix`}`;
}

/** What is known, in sentences, and what to do. `at`: the moment to which durations refer, in milliseconds. */
export function descriptionOf(told: Told, at: number): string {
  const { state, level, severity, openedAt, lastFailureAt } = told;
  const last = lastFailureAt === null ? '' : `, last failure ${timeText(lastFailureAt)}`;
  const how = state === level ? state : `${state} (it was ${level})`;
  return sentences([
    `The incident is ${how}, severity ${severity}; leading hypothesis: ${diagnosisText(told)}.`,
    `Product ${told.product ?? 'unknown'}, ${releaseText(told)}; ${addressText(told)}; plant ${told.plant ?? 'unknown'}.`,
    `Open since ${timeText(openedAt)}${forText(at - openedAt)}${last}.`,
    `Failed: ${told.families.join(', ')} (${told.evidence} ${told.evidence === 1 ? 'message' : 'messages'}).`,
    !hasEnded(told) && sentence(graceText(told, at)),
    state === 'stale' && 'Silence does not show that the device works again.',
    told.recoveryVisible === false && !hasEnded(told) && hiddenText(told),
    told.healedByItself > 0 && healedText(told),
    !hasEnded(told) && adviceText(told),
  ]);
}

function hiddenText({ recoveryLevel }: Told): string {
  return (
    `No recovery can be seen: the device sends only messages of the levels 0 to ${recoveryLevel - 1}, ` +
    `and a recovery has ${recoveryLevel} or more. ` +
    'Set "logging trap informational" on the device, or close the incident after the repair.'
  );
}

function healedText(told: Told): string {
  const { healedByItself } = told;
  const often = healedByItself === 1 ? 'once' : `${healedByItself} times`;
  return leadOf(told) === 'trust'
    ? `The device worked again ${often}, and no repair was seen. Lost trust does not end by itself: ask whether somebody has repaired the device.`
    : `The device worked again ${often} without a repair, which points to the network or to an outage.`;
}

function addressText({ address, sender }: Told): string {
  if (address !== null) return `address ${address}`;
  return sender === null ? 'address unknown' : `address unknown, messages come from ${sender}`;
}

/** The end of the grace period at a moment. It is never guessed: without a known success, only a bound is known. */
export function graceText(
  { graceUntil, graceUntilAtMost }: Pick<Told, 'graceUntil' | 'graceUntilAtMost'>,
  at: number,
): string {
  if (graceUntil !== null) {
    return graceUntil > at
      ? `licensed features work until ${timeText(graceUntil)}`
      : `the grace period ended ${timeText(graceUntil)}; licensed features may stop`;
  }
  if (graceUntilAtMost === null) return 'the end of the grace period is not known';
  return graceUntilAtMost > at
    ? `the end of the grace period is not known; it is not later than ${timeText(graceUntilAtMost)}`
    : `the grace period is over since ${timeText(graceUntilAtMost)} or earlier; licensed features may stop`;
}

/** Whether the repair can help: trust leads, the release does not have the new root already, the incident is open. */
export function isRepairable(told: Told): boolean {
  return leadOf(told) === 'trust' && told.status !== 'fixed' && !hasEnded(told);
}

/** The commands of the repair, as an operator types them, and the alternative; null where they cannot help. */
export function fixOf(told: Told): string | null {
  const { script, upgrade } = told.remediation;
  return isRepairable(told) ? `${script.join('\n')}\n! or: ${upgrade}` : null;
}

function adviceText(told: Told): string {
  const checks = told.checks.length === 0 ? '' : `Check: ${told.checks.join('; ')}.`;
  if (isRepairable(told)) {
    const upgrade = told.fixedIn === null ? 'upgrade to a release with the fix' : `upgrade to ${told.fixedIn} or later`;
    const repair = `import Cisco's trustpool bundle with the commands in "fix", or ${upgrade}`;
    const { newRoot, verify } = told.remediation;
    const first =
      told.level === 'suspected' ? `If "${verify}" on the device does not show ${newRoot}: ` : 'The repair: ';
    return `${first}${repair}.${checks === '' ? '' : ` ${checks}`}`;
  }
  const useless =
    told.status === 'fixed'
      ? 'The release has the new root, so an upgrade does not help.'
      : leadOf(told) === null
        ? 'No hypothesis leads, so no repair is advised.'
        : 'An import of the trustpool or an upgrade does not help against this.';
  return checks === '' ? useless : `${useless} ${checks}`;
}

/** `2022-02-05 06:00 UTC`. */
export function timeText(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The largest unit that fits, rounded down; empty below a minute. */
function forText(ms: number): string {
  for (const [unit, length] of UNITS) {
    const count = Math.floor(ms / length);
    if (count >= 1) return `, for ${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return '';
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

export function sentences(texts: readonly (string | false)[]): string {
  return texts.filter((text) => text !== false).join(' ');
}
