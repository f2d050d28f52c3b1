/** What `explain` says of a device, as a text for people. */
import type { Evidence } from '../core/correlate/evidence.ts';
import { checkText } from '../core/diagnose/advice.ts';
import type { Explanation } from '../core/diagnose/explain.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import type { Hypothesis } from '../core/judge/ranking.ts';
import type { HypothesisName } from '../core/model/hypothesis.ts';
import type { shownLoss } from '../operate/device-loss.ts';
import { printable } from '../printable.ts';
import type { TransitionRow } from '../store/ports/queries.ts';
import { counted } from './counted.ts';

export type Lost = {
  /** As the service stored it at its last orderly stop; null if nothing is stored. */
  readonly loss: ReturnType<typeof shownLoss> | null;
  /** If `loss` is null: the URL at which a running service gives the loss. */
  readonly lossUrl: string | null;
};

/** As `--json` prints it. */
export type Report = Lost & {
  /** The page in the console. */
  readonly consoleUrl: string | null;
  /** The page that says what to do at an open incident; null without one. */
  readonly runbookUrl: string | null;
  readonly explanation: Explanation;
  /** The leading hypothesis in view of the fleet; null if none leads. */
  readonly fleetDiagnosis: HypothesisName | null;
  readonly hypotheses: readonly Hypothesis[];
  readonly incident: IncidentRecord | null;
  readonly changes: readonly TransitionRow[];
  readonly evidence: readonly Evidence[];
};

/** The report for people: the verdict first, what to do last. */
export function explainPage(report: Report): string {
  const { explanation, fleetDiagnosis, hypotheses, incident, changes, evidence, loss, lossUrl } = report;
  const { suspected, confirmed } = explanation.thresholds;
  return [
    `${explanation.device}: ${explanation.condition}`,
    explanation.conclusion,
    '',
    `Advisory ${explanation.advisory}; clock of the device: ${explanation.clock}; ${diagnoses(explanation, fleetDiagnosis)}`,
    `Score ${explanation.score} (suspected: ${suspected.score} or more, from at least ${counted(suspected.families, 'family', 'families')}; confirmed: ${confirmed.score} or more)`,
    ...familyLines(explanation),
    ...causeLines(hypotheses),
    ...listed('Captures show:', explanation.captured.map(capturedLine)),
    ...listed('What would change the verdict:', explanation.wouldChange),
    grace(explanation),
    ...facts(explanation),
    ...heardLines(explanation),
    ...(loss === null ? [] : [`When the service was last stopped: ${loss.text}`]),
    ...(lossUrl === null ? [] : [`Were lines of this device lost? Ask the running service: ${lossUrl}`]),
    ...explanation.hints.map((hint) => `Note: ${hint}`),
    '',
    ...(incident === null
      ? []
      : [
          `Incident ${incident.id}: ${incident.state}, severity ${incident.severity}, highest score ${incident.score}, ${counted(incident.evidence, 'signal')}, ${counted(incident.regressions, 'regression')}`,
        ]),
    ...changes.map(({ type, at, reason }) => `  ${iso(at)} ${type} (${reason})`),
    ...(evidence.length === 0
      ? []
      : ['', 'Evidence (the first and last lines of each mnemonic; lines that changed the incident are marked *):']),
    ...evidence.flatMap(({ at, kind, family, cause, weight, raw, decisive, ...times }) => [
      `${decisive ? '* ' : '  '}${iso(at)} ${kind}, family ${family ?? '-'}, cause ${cause ?? '-'}, weight ${weight}; ${timesOf(times)}`,
      `    ${raw}`,
    ]),
    ...(evidence.length === 0 && changes.length === 0 ? [] : ['']),
    ...whatToDo(report),
    '',
  ]
    .map(printable)
    .join('\n');
}

function familyLines({ families, counterEvidence, thresholds: { windowHours } }: Explanation): string[] {
  if (families.length === 0 && counterEvidence.length === 0)
    return [`No failures; an event counts for ${windowHours} h, a state until a success`];
  return [
    `Failures by family; an event counts for ${windowHours} h, a state until a success:`,
    ...families.map(
      ({ name, weight, count, firstAt, lastAt, inWindow }) =>
        `  ${name}: weight ${weight}, ${counted(count, 'signal')}, ${firstAt} to ${lastAt}${inWindow ? '' : ', too old to count'}`,
    ),
    ...counterEvidence.map(
      ({ mnemonic, manner, serverKind, count, lastAt }) =>
        `  without weight: ${mnemonic}, ${manner}, server ${serverKind}: ${counted(count, 'signal')}, the last at ${lastAt}`,
    ),
  ];
}

/** What the device's own facts say and, where it differs, what the fleet says: that first. */
function diagnoses({ diagnosis }: Explanation, fleetDiagnosis: HypothesisName | null): string {
  const own = `diagnosis: ${diagnosis ?? 'none'}`;
  return fleetDiagnosis === null || fleetDiagnosis === diagnosis
    ? own
    : `diagnosis in view of the fleet: ${fleetDiagnosis}; by the device alone: ${diagnosis ?? 'none'}`;
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  - ${line}`)];
}

/** A repair where it can help, what to check, and where there is more. */
function whatToDo({ explanation: { next }, consoleUrl, runbookUrl }: Report): string[] {
  const upgrade = next.upgradeTo === null ? [] : [`upgrade to ${next.upgradeTo} or later, or:`];
  return [
    ...(next.commands.length === 0 ? [] : ['Repair:', ...[...upgrade, ...next.commands].map((line) => `  ${line}`)]),
    ...listed('Check:', next.checks.map(checkText)),
    ...(consoleUrl === null ? [] : [`In the console of the running service: ${consoleUrl}`]),
    ...(runbookUrl === null ? [] : [`In its runbook: ${runbookUrl}`]),
  ];
}

/** The best first. */
function causeLines(hypotheses: readonly Hypothesis[]): string[] {
  if (hypotheses.length === 0) return [];
  return [
    'Hypotheses, with points and reasons; the first one with 3 points leads:',
    ...hypotheses.map(({ cause, score, for: reasons, against }, index) => {
      const contrary = against.length > 0 ? `; against: ${against.join('; ')}` : '';
      return `  ${index + 1}. ${cause} (${score}): ${reasons.join('; ')}${contrary}`;
    }),
  ];
}

/** Lines about the device itself and its repair. */
function facts({ facts: { pid, release, plant, licensing, status, because }, remediation }: Explanation): string[] {
  const shown = Object.entries({ product: pid, release, plant, licensing })
    .filter(([, fact]) => fact !== null)
    .map(([name, fact]) => `${name} ${fact?.value} (${fact?.from})`);
  return [
    ...(shown.length === 0 ? [] : [`Known: ${shown.join(', ')}. Advisory: ${status}, ${because}`]),
    ...(remediation === null
      ? []
      : [`Remediation ${remediation.state}, by ${remediation.by} at ${remediation.seenAt}`]),
  ];
}

/** When the last line of any kind came, and which levels were seen. */
function heardLines({ heardAt, level, recoveryVisible }: Explanation): string[] {
  if (heardAt === null) return ['No line of this device was heard'];
  const seen = level === null ? '' : `; highest level number seen: ${level}`;
  const visible = recoveryVisible === true ? ', so that a recovery can be seen' : '';
  return [`Last line of any kind at ${heardAt}${seen}${visible}`];
}

function grace({ graceUntil, graceUntilAtMost, lastSuccessAt, facts: { licensing } }: Explanation): string {
  if (graceUntil !== null)
    return `Grace period until ${graceUntil}: one year after the last success at ${lastSuccessAt}`;
  if (graceUntilAtMost !== null) return `Grace period until ${graceUntilAtMost} at the latest: no success was seen`;
  if (licensing !== null && licensing.value !== 'online')
    return `No grace period is known: licensing is ${licensing.value}`;
  return 'Grace period unknown: neither a success nor a failure was seen';
}

const TIME_SOURCES: Record<Evidence['timeUsed'], string> = {
  stamp: 'timestamp of the device',
  relay: 'timestamp of the relay',
  receipt: 'time of receipt',
  archive: 'time of the previous line',
};

const REJECTIONS: Record<NonNullable<Evidence['stampRejected']>, string> = {
  'no-date': 'no date',
  'not-synchronized': 'clock not set',
  'no-zone': 'no time zone',
  'relay-differs': 'a day or more off the timestamp of the relay',
  future: 'in the future',
  'too-old': 'too old',
};

/** Which time counts for a line and, if it is not the timestamp of the device, why. */
function timesOf({ timeUsed, stampRejected, stamp }: Pick<Evidence, 'timeUsed' | 'stampRejected' | 'stamp'>): string {
  if (stampRejected === null) return `time: ${TIME_SOURCES[timeUsed]}`;
  const rejected = stamp === null ? '' : ` ${iso(stamp)}`;
  return `time: ${TIME_SOURCES[timeUsed]} (timestamp of the device${rejected} not used: ${REJECTIONS[stampRejected]})`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function capturedLine({ what, value, at, line, assumed }: Explanation['captured'][number]): string {
  return `${what} ${value} (${at === null ? 'at an unknown time' : `at ${at}`}, line ${line}${assumed ? ', form assumed' : ''})`;
}
