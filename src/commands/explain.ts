import { advisoryOf } from '../config/advisory-file.ts';
import { loadConfig, parseAddress } from '../config/load.ts';
import { publicUrlOf } from '../config/public-url.ts';
import type { Config } from '../config/schema.ts';
import type { Evidence } from '../core/correlate/evidence.ts';
import { type Explanation, momentOf } from '../core/diagnose/explain.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import type { Hypothesis } from '../core/judge/ranking.ts';
import type { Device } from '../core/model/device.ts';
import { parseIncidentId } from '../core/model/incident.ts';
import { aliasesMeant, keyMeant } from '../core/model/names.ts';
import { OperatingError } from '../errors.ts';
import { DeviceLoss, explainWithLoss, shownLoss, storedLosses } from '../operate/device-loss.ts';
import { FleetReport } from '../operate/fleet-report.ts';
import { openStore } from '../store/open-store.ts';
import type { TransitionRow } from '../store/ports/queries.ts';
import { projectionOf } from '../store/projection.ts';
import { printable } from './printable.ts';
import { verifyCommand } from './verify.ts';

type Options = { config?: string; data?: string; json?: boolean; verify?: boolean };

/** Reads the database beside a running service; changes nothing. */
export async function explainCommand(name: string, options: Options): Promise<void> {
  const flags: Record<string, string> = options.data === undefined ? {} : { data: options.data };
  const config = loadConfig({ file: options.config, environment: process.env, flags });
  const advisory = await advisoryOf(config);
  const store = await openStore(config.data, projectionOf(advisory), 'read');
  try {
    const named = (await store.incident(name)) === null ? null : parseIncidentId(advisory.prefix, name);
    const key = named?.device ?? keyMeant(name, await store.aliases(aliasesMeant(name)));
    const device = (await store.load([key])).get(key);
    if (device === undefined) {
      throw new OperatingError(
        'QVW_NOT_FOUND',
        `there is no device or incident "${name}" in ${config.data}: GET /api/v1/devices lists them`,
      );
    }
    const ordinal = named?.ordinal ?? Math.max(1, device.state.ordinal);
    if (options.verify === true) return await verifyCommand(store, advisory, device, ordinal, options.json === true);
    const incident = await store.incident(`${advisory.prefix}-${key}-${ordinal}`);
    const evidence = [...(await store.evidence(key, ordinal))];
    // What came since the last incident may become the next one.
    if (named === null && device.state.ordinal > 0) evidence.push(...(await store.evidence(key, ordinal + 1)));
    const changes = await store.transitions(key, ordinal);
    const moment = momentOf(device, Date.now());
    const losses = new DeviceLoss(store, storedLosses(store.sources));
    const explanation = await explainWithLoss(device, moment, advisory, losses);
    const past = named !== null && named.ordinal !== device.state.ordinal;
    const lost = past ? UNTOLD : await lossOf(device, named === null ? null : incident, losses, config);
    const hypotheses = await new FleetReport(store, advisory, Date.now).hypotheses(device, moment);
    const whole = { explanation, hypotheses, incident, changes, evidence, ...lost };
    process.stdout.write(options.json === true ? `${JSON.stringify(whole)}\n` : page(whole));
  } finally {
    await store.close();
  }
}

type Lost = {
  /** As it was when the service was last stopped in good order. */
  readonly loss: ReturnType<typeof shownLoss> | null;
  /** Where a running service tells it, if it is not known here. */
  readonly lossUrl: string | null;
};

const UNTOLD: Lost = { loss: null, lossUrl: null };

/** As the API has it: of an incident since it opened, of a device ever. */
async function lossOf(
  device: Device,
  incident: IncidentRecord | null,
  losses: DeviceLoss,
  config: Config,
): Promise<Lost> {
  const loss = await losses.of(device, incident === null ? null : Date.parse(incident.openedAt));
  if (loss !== null) return { loss: shownLoss(loss), lossUrl: null };
  const { http } = config;
  if (device.peer === null || http.listen === null) return UNTOLD;
  const [collection, name] = incident === null ? ['devices', device.key] : ['incidents', incident.id];
  const url = publicUrlOf(http, parseAddress(http.listen));
  return { loss: null, lossUrl: `${url}/api/v1/${collection}/${encodeURIComponent(name)}` };
}

type Whole = Lost & {
  readonly explanation: Explanation;
  readonly hypotheses: readonly Hypothesis[];
  readonly incident: IncidentRecord | null;
  readonly changes: readonly TransitionRow[];
  readonly evidence: readonly Evidence[];
};

function page({ explanation, hypotheses, incident, changes, evidence, loss, lossUrl }: Whole): string {
  const { thresholds } = explanation;
  return [
    `${explanation.device}: ${explanation.condition}`,
    explanation.conclusion,
    '',
    `advisory ${explanation.advisory}; clock of the device: ${explanation.clock}; diagnosis: ${explanation.diagnosis ?? 'none'}`,
    `score now ${explanation.score}; suspected from ${thresholds.suspected.score} of ${thresholds.suspected.families} families, confirmed from ${thresholds.confirmed.score}, within ${thresholds.windowHours} h`,
    ...explanation.families.map(
      ({ name, weight, count, firstAt, lastAt, inWindow }) =>
        `  ${name}: weight ${weight}, ${count} x, ${firstAt} to ${lastAt}${inWindow ? '' : ', outside the window'}`,
    ),
    ...explanation.counterEvidence.map(
      ({ cause, count, lastAt }) => `  counter-evidence ${cause}: ${count} x, last ${lastAt}`,
    ),
    ...hypotheses.flatMap(({ cause, score, for: speaking, against }, index) => [
      `${index + 1}. ${cause} (${score}): ${speaking.join('; ')}${against.length > 0 ? `; against: ${against.join('; ')}` : ''}`,
    ]),
    grace(explanation),
    ...facts(explanation),
    ...(loss === null ? [] : [`when the service was last stopped: ${loss.text}`]),
    ...(lossUrl === null ? [] : [`whether lines of it were lost, a running service knows: ${lossUrl}`]),
    ...explanation.hints.map((hint) => `note: ${hint}`),
    '',
    ...(incident === null
      ? []
      : [
          `incident ${incident.id}: ${incident.state}, ${incident.severity}, highest score ${incident.score}, ${incident.evidence} signals, ${incident.regressions} regressions`,
        ]),
    ...changes.map(({ type, at, reason }) => `  ${iso(at)} ${type} (${reason})`),
    ...(evidence.length === 0
      ? []
      : ['', 'evidence (first and last lines of each mnemonic, and those that changed the incident: *):']),
    ...evidence.map(
      ({ at, kind, family, cause, weight, raw, decisive, ...times }) =>
        `${decisive ? '* ' : '  '}${iso(at)} ${kind} ${family ?? '-'} ${cause ?? '-'} weight ${weight}; ${timesOf(times)}\n    ${printable(raw)}`,
    ),
    '',
  ].join('\n');
}

/** What is known of the device itself, and of its repair. */
function facts({ facts: { pid, release, plant, licensing, status, because }, remediation }: Explanation): string[] {
  const shown = Object.entries({ product: pid, release, plant, licensing })
    .filter(([, fact]) => fact !== null)
    .map(([name, fact]) => `${name} ${fact?.value} (${fact?.from})`);
  return [
    ...(shown.length === 0 ? [] : [`${shown.join(', ')}: ${status}, ${because}`]),
    ...(remediation === null ? [] : [`remediation ${remediation.state}: ${remediation.by} at ${remediation.seenAt}`]),
  ];
}

function grace({ graceUntil, graceUntilAtMost, lastSuccessAt }: Explanation): string {
  if (graceUntil !== null) return `grace until ${graceUntil}: one year after the last success, ${lastSuccessAt}`;
  if (graceUntilAtMost !== null) return `grace unknown, as no success was seen; at most until ${graceUntilAtMost}`;
  return 'grace unknown: neither a success nor a failure was seen';
}

/** Which time decided, and why not the device's own. */
function timesOf({ timeUsed, stampRejected, stamp }: Pick<Evidence, 'timeUsed' | 'stampRejected' | 'stamp'>): string {
  if (stampRejected === null) return `time of the ${timeUsed}`;
  const own = stamp === null ? '' : ` ${iso(stamp)}`;
  return `time of the ${timeUsed}; its stamp${own} was not used: ${stampRejected}`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
