import { advisoryOf } from '../config/advisory-file.ts';
import { instanceOf } from '../config/instance.ts';
import { loadConfig, parseAddress } from '../config/load.ts';
import { publicUrlOf } from '../config/public-url.ts';
import type { Config } from '../config/schema.ts';
import type { Evidence } from '../core/correlate/evidence.ts';
import { checkText } from '../core/diagnose/advice.ts';
import { type Explanation, momentOf } from '../core/diagnose/explain.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import { type Hypothesis, leaderIn } from '../core/judge/ranking.ts';
import type { Device } from '../core/model/device.ts';
import type { HypothesisName } from '../core/model/hypothesis.ts';
import { parseIncidentId } from '../core/model/incident.ts';
import { aliasesMeant, keyMeant } from '../core/model/names.ts';
import { OperatingError } from '../errors.ts';
import { requireJudged } from '../operate/bring-over.ts';
import { DeviceLoss, explainWithLoss, shownLoss, storedLosses } from '../operate/device-loss.ts';
import { FleetReport } from '../operate/fleet-report.ts';
import { goneText, whereItWent } from '../operate/gone-incident.ts';
import { lossesOfReceivers } from '../operate/receiver-losses.ts';
import { printable } from '../printable.ts';
import { clockOf } from '../server-clock.ts';
import { locationOf, openStore, placeOf } from '../store/open-store.ts';
import type { TransitionRow } from '../store/ports/queries.ts';
import type { Store } from '../store/ports/store.ts';
import { projectionOf } from '../store/projection.ts';
import { counted } from './counted.ts';
import { nearDevice } from './near-device.ts';
import { print, printJson, warn } from './output.ts';
import { verifyCommand } from './verify.ts';

type Options = { config?: string; data?: string; json?: boolean; verify?: boolean; exitCode?: boolean };

/** With `--exit-code`: there is an open incident. */
const OPEN = 3;

/** Only reads the database; a service may use the database at the same time. Returns the exit code. */
export async function explainCommand(name: string, options: Options): Promise<number> {
  const flags: Record<string, string> = options.data === undefined ? {} : { data: options.data };
  const config = loadConfig({ file: options.config, environment: process.env, flags });
  const advisory = await advisoryOf(config);
  const location = options.data ?? locationOf(config, instanceOf(config));
  const place = placeOf(location);
  const store = await openStore(location, projectionOf(advisory), 'read');
  try {
    await requireJudged(store, advisory, place);
    const now = await clockOf(store);
    const { prefix } = advisory;
    const where = (await store.incident(name)) === null ? await whereItWent(store, prefix, name) : null;
    if (where !== null && !('movedTo' in where)) throw new OperatingError('QVW_NOT_FOUND', goneText(name, where));
    const id = where?.movedTo ?? name;
    const named = (await store.incident(id)) === null ? null : parseIncidentId(prefix, id);
    const key = named?.device ?? keyMeant(name, await store.aliases(aliasesMeant(name)));
    const device = (await store.load([key])).get(key);
    if (device === undefined) {
      throw new OperatingError(
        'QVW_NOT_FOUND',
        `there is no device or incident "${name}" in ${place}: look the name up in /api/v1/devices, or give another --data${await nearDevice(store, name)}`,
      );
    }
    const ordinal = named?.ordinal ?? Math.max(1, device.state.ordinal);
    if (where !== null) warn(`${printable(goneText(name, where))}\n`);
    if (options.verify === true) {
      await verifyCommand(store, advisory, device, ordinal, options.json === true);
      return 0;
    }
    const incident = await store.incident(`${advisory.prefix}-${key}-${ordinal}`);
    const evidence = [...(await store.evidence(key, ordinal))];
    // The evidence since the last incident has the next ordinal: it may become the next incident.
    if (named === null && device.state.ordinal > 0) evidence.push(...(await store.evidence(key, ordinal + 1)));
    const changes = await store.transitions(key, ordinal);
    const moment = momentOf(device, now());
    const losses = new DeviceLoss(store, lossesIn(store, config));
    const past = named !== null && named.ordinal !== device.state.ordinal;
    const lost = past ? UNKNOWN_LOSS : await lossOf(device, named === null ? null : incident, losses, config);
    const hypotheses = await new FleetReport(store, advisory, now).hypotheses(device, moment);
    const fleetDiagnosis = leaderIn(hypotheses, advisory);
    const explanation = await explainWithLoss(device, moment, advisory, losses, fleetDiagnosis);
    const consoleUrl = urlOf(device, incident, config, '');
    const report: Report = {
      explanation,
      fleetDiagnosis,
      hypotheses,
      incident,
      changes,
      evidence,
      consoleUrl,
      ...lost,
    };
    if (options.json === true) printJson(report);
    else print(page(report));
    return options.exitCode === true && isOpenState(incident) ? OPEN : 0;
  } finally {
    await store.close();
  }
}

/** As `isOpen`: neither resolved nor closed. */
function isOpenState(incident: IncidentRecord | null): boolean {
  return incident !== null && incident.state !== 'resolved' && incident.state !== 'closed';
}

/** As the service stored them at its last orderly stop; on PostgreSQL as all instances have told them. */
function lossesIn({ sources }: Store, { feed }: Config) {
  const { receivers } = sources;
  return receivers === null ? storedLosses(sources) : lossesOfReceivers({ receivers, feed });
}

type Lost = {
  /** As the service stored it at its last orderly stop; null if nothing is stored. */
  readonly loss: ReturnType<typeof shownLoss> | null;
  /** If `loss` is null: the URL at which a running service gives the loss. */
  readonly lossUrl: string | null;
};

const UNKNOWN_LOSS: Lost = { loss: null, lossUrl: null };

/** As in the API: for an incident the lines since it opened, for a device all lines. */
async function lossOf(
  device: Device,
  incident: IncidentRecord | null,
  losses: DeviceLoss,
  config: Config,
): Promise<Lost> {
  const loss = await losses.of(device, incident === null ? null : Date.parse(incident.openedAt));
  if (loss !== null) return { loss: shownLoss(loss), lossUrl: null };
  return { loss: null, lossUrl: device.peer === null ? null : urlOf(device, incident, config, '/api/v1') };
}

/** Of the incident or the device at the running service, below `base`; null where the configuration has no HTTP port. */
function urlOf(
  { key }: Device,
  incident: IncidentRecord | null,
  { http }: Config,
  base: '' | '/api/v1',
): string | null {
  if (http.listen === null) return null;
  const [collection, name] = incident === null ? ['devices', key] : ['incidents', incident.id];
  return `${publicUrlOf(http, parseAddress(http.listen))}${base}/${collection}/${encodeURIComponent(name)}`;
}

/** As `--json` prints it. */
type Report = Lost & {
  /** The page in the console. */
  readonly consoleUrl: string | null;
  readonly explanation: Explanation;
  /** The leading hypothesis in view of the fleet; null if none leads. */
  readonly fleetDiagnosis: HypothesisName | null;
  readonly hypotheses: readonly Hypothesis[];
  readonly incident: IncidentRecord | null;
  readonly changes: readonly TransitionRow[];
  readonly evidence: readonly Evidence[];
};

function page(report: Report): string {
  const { explanation, fleetDiagnosis, hypotheses, incident, changes, evidence, loss, lossUrl, consoleUrl } = report;
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
    ...nextLines(explanation),
    grace(explanation),
    ...facts(explanation),
    ...heardLines(explanation),
    ...(loss === null ? [] : [`When the service was last stopped: ${loss.text}`]),
    ...(lossUrl === null ? [] : [`Were lines of this device lost? Ask the running service: ${lossUrl}`]),
    ...explanation.hints.map((hint) => `Note: ${hint}`),
    ...(consoleUrl === null ? [] : [`In the console of the running service: ${consoleUrl}`]),
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

/** A repair where it can help, and what to check. */
function nextLines({ next }: Explanation): string[] {
  const upgrade = next.upgradeTo === null ? [] : [`upgrade to ${next.upgradeTo} or later, or:`];
  return [
    ...(next.commands.length === 0 ? [] : ['Repair:', ...[...upgrade, ...next.commands].map((line) => `  ${line}`)]),
    ...listed('Check:', next.checks.map(checkText)),
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
