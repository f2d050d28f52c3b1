import { advisoryOf } from '../config/advisory-file.ts';
import { instanceOf } from '../config/instance.ts';
import { loadConfig, parseAddress } from '../config/load.ts';
import { publicUrlOf } from '../config/public-url.ts';
import type { Config } from '../config/schema.ts';
import { momentOf } from '../core/diagnose/explain.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import { leaderIn } from '../core/judge/ranking.ts';
import type { Device } from '../core/model/device.ts';
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
import type { Store } from '../store/ports/store.ts';
import { projectionOf } from '../store/projection.ts';
import { explainPage, type Lost, type Report } from './explain-page.ts';
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
      runbookUrl: isOpenState(incident) ? runbookUrlOf(config) : null,
      ...lost,
    };
    if (options.json === true) printJson(report);
    else print(explainPage(report));
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
  return receivers === null ? storedLosses(sources) : lossesOfReceivers({ receivers, feed: () => feed });
}

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
  const service = serviceUrlOf(http);
  if (service === null) return null;
  const [collection, name] = incident === null ? ['devices', key] : ['incidents', incident.id];
  return `${service}${base}/${collection}/${encodeURIComponent(name)}`;
}

function runbookUrlOf({ http }: Config): string | null {
  const service = serviceUrlOf(http);
  return service === null ? null : `${service}/runbook#quovadistrustfailure`;
}

/** Null where the configuration has no HTTP port. */
function serviceUrlOf(http: Config['http']): string | null {
  return http.listen === null ? null : publicUrlOf(http, parseAddress(http.listen));
}
