/** What the texts of alerts and notices say of a device with an incident. */
import type { Advisory, Remediation } from '../advisory/advisory.ts';
import { exposureOf, pidOf, releaseOf } from '../advisory/exposure.ts';
import { checksFor, checkText } from '../diagnose/advice.ts';
import { clockWasSetAt } from '../diagnose/clock-was-set.ts';
import type { IncidentRecord } from '../diagnose/incident-record.ts';
import type { Device } from '../model/device.ts';
import { recoveryVisible } from '../model/heard.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { type IncidentState, type Level, levelOf, type Severity } from '../model/incident.ts';

/** Times: milliseconds; null where a value is not known. */
export type Told = {
  readonly incident: string;
  readonly device: string;
  readonly plant: string | null;
  /** Of the inventory. */
  readonly address: string | null;
  /** The address that the last message came from: of the device, or of a relay. */
  readonly sender: string | null;
  readonly product: string | null;
  readonly release: string | null;
  readonly status: 'affected' | 'fixed' | 'unknown';
  /** The nearest release with the fix. */
  readonly fixedIn: string | null;
  readonly state: IncidentState;
  /** The level, also where the state does not name it. */
  readonly level: Level;
  readonly severity: Severity;
  /** The leading hypothesis by the facts of the device alone; null where none leads. */
  readonly diagnosis: HypothesisName | null;
  /** The leading hypothesis in view of the fleet; null where none leads, or the fleet was not asked. */
  readonly fleetDiagnosis: HypothesisName | null;
  readonly openedAt: number;
  readonly lastFailureAt: number | null;
  /** When the wrong clock was set, if the device has not failed since. */
  readonly clockSetAt: number | null;
  /** The families that failed. */
  readonly families: readonly string[];
  readonly score: number;
  /** The number of messages. */
  readonly evidence: number;
  readonly regressions: number;
  readonly graceUntil: number | null;
  readonly graceUntilAtMost: number | null;
  /** The repair of lost trust. */
  readonly remediation: Pick<Remediation, 'script' | 'upgrade' | 'verify'> & { readonly newRoot: string };
  /** False: the device sends no message of a level that a recovery has. */
  readonly recoveryVisible: boolean | null;
  /** The lowest level number of a recovery. */
  readonly recoveryLevel: number;
  /** How often the device worked again without a repair. */
  readonly healedByItself: number;
  /** What to check under the leading hypothesis. */
  readonly checks: readonly string[];
};

type Later = 'lastFailureAt' | 'clockSetAt' | 'recoveryLevel';

/** As it is stored: older versions lack some values. */
export type StoredTold = Omit<Told, Later> & Partial<Pick<Told, Later>>;

export function withLater(told: StoredTold, { visibility }: Advisory): Told {
  const { lastFailureAt = null, clockSetAt = null, recoveryLevel = visibility.level + 1 } = told;
  return { ...told, lastFailureAt, clockSetAt, recoveryLevel };
}

/** The part of a device that texts need. A store can give it without the signals. */
export type KnownDevice = Pick<Device, 'key' | 'peer' | 'serial' | 'inventory' | 'heard' | 'state'>;

/**
 * `device`: null where the store does not have it any more. `record`: its incident, at the moment to tell of.
 * `fleetDiagnosis`: null where the fleet was not asked.
 */
export function toldOf(
  device: KnownDevice | null,
  record: IncidentRecord,
  plant: string | null,
  advisory: Advisory,
  fleetDiagnosis: HypothesisName | null = null,
): Told {
  const exposure = device === null ? null : exposureOf(device.state, advisory);
  return {
    incident: record.id,
    device: record.device,
    plant,
    address: device?.inventory?.address ?? null,
    sender: device?.peer ?? null,
    product: device === null ? null : pidOf(device.state),
    release: device === null ? null : releaseOf(device.state),
    status: exposure?.status ?? 'unknown',
    fixedIn: exposure?.fixedIn ?? null,
    state: record.state,
    level: levelIn(device, record),
    severity: record.severity,
    diagnosis: record.diagnosis,
    openedAt: Date.parse(record.openedAt),
    lastFailureAt: device?.state.incident?.lastFailureAt ?? null,
    clockSetAt: device === null ? null : clockWasSetAt(device.state),
    families: record.families,
    score: record.score,
    evidence: record.evidence,
    regressions: record.regressions,
    graceUntil: instantOf(record.graceUntil),
    graceUntilAtMost: instantOf(record.graceUntilAtMost),
    remediation: remediationIn(advisory),
    fleetDiagnosis,
    recoveryVisible: device === null ? null : recoveryVisible(device.heard, advisory.visibility),
    recoveryLevel: advisory.visibility.level + 1,
    healedByItself: record.healedByItself,
    checks: checksFor(device?.state ?? null, fleetDiagnosis ?? record.diagnosis, advisory).map(checkText),
  };
}

function remediationIn({ remediation: { script, upgrade, verify, newRoot } }: Advisory): Told['remediation'] {
  return { script, upgrade, verify, newRoot: newRoot.name };
}

/** `device` may be further than `record`, which is the incident after one of several changes. */
function levelIn(device: KnownDevice | null, { state, confirmedAt }: IncidentRecord): Level {
  if (state === 'suspected' || state === 'confirmed') return state;
  const incident = device?.state.incident;
  if (incident != null) return levelOf(incident.phase);
  return confirmedAt === null ? 'suspected' : 'confirmed';
}

function instantOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
