/** Which devices to repair next, and the commands for each. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import { adviceFor, checkText } from '../diagnose/advice.ts';
import { clockWasSetAt } from '../diagnose/clock-was-set.ts';
import { remediationOf } from '../diagnose/remediation.ts';
import { graceOf } from '../judge/verdict.ts';
import { conditionOf, type Device } from '../model/device.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { incidentId, isOpen } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';
import { type NeedName, needNames, shownNeed } from './shown-needs.ts';

export type RepairTask = {
  readonly device: string;
  readonly hostname: string | null;
  readonly address: string | null;
  readonly serial: string | null;
  readonly pid: string | null;
  readonly release: string | null;
  readonly plant: string | null;
  /** Null: none is open, and captures show that something is to be done. */
  readonly incident: string | null;
  /** What is to be done without an open incident; null with one. */
  readonly need: NeedName | null;
  /** Of the incident; without one the condition of the device. */
  readonly state: string;
  /** Null without an incident. */
  readonly severity: string | null;
  /** The last failure of the device: no success, and no line that only says something else. */
  readonly lastFailureAt: string | null;
  readonly graceUntil: string | null;
  readonly graceUntilAtMost: string | null;
  /** `seen`: a repair was seen, and the device still fails. Null: no repair was seen. */
  readonly remediation: string | null;
  /** Null: no hypothesis leads. */
  readonly diagnosis: HypothesisName | null;
  /** The nearest release with the fix, if an upgrade can help. */
  readonly fixedIn: string | null;
  /** The commands of the repair, in their order; empty where a repair cannot help. */
  readonly commands: readonly string[];
  /** What to check at the device, with the commands that show it. */
  readonly checks: readonly string[];
};

/**
 * What to do at a device: a repair where trust leads, else checks. Without an open incident what captures show. Null if there
 * is nothing to do: also where the incident is recovering, or suppressed by offline licensing. `diagnosis`: the hypothesis to go by, if it is not the
 * incident's own. `now`: milliseconds.
 */
export function taskOf(
  device: Device,
  now: number,
  advisory: Advisory,
  diagnosis: HypothesisName | null = null,
): RepairTask | null {
  const { state, key } = device;
  const { incident } = state;
  if (!isOpen(incident)) return taskByCapture(device, now, advisory);
  const { phase } = incident;
  if (phase.state === 'recovering' || phase.state === 'suppressed') return null;
  const leading = diagnosis ?? incident.diagnosis;
  const advice = adviceFor(state, leading, advisory);
  return {
    ...identityOf(device),
    incident: incidentId(advisory.prefix, key, incident.ordinal),
    need: null,
    state: phase.state,
    severity: incident.severity,
    lastFailureAt: toIso(incident.lastFailureAt),
    ...stateOfRepair(device, now, advisory),
    diagnosis: leading,
    fixedIn: advice.upgradeTo,
    commands: advice.commands,
    checks: [...advice.checks.map(checkText), ...(isSuccessUnknown(state) ? [NO_SUCCESS] : [])],
  };
}

/** What to do at a device without an open incident; null if captures show nothing. */
function taskByCapture(device: Device, now: number, advisory: Advisory): RepairTask | null {
  const need = shownNeed(device, advisory);
  if (need === null) return null;
  return {
    ...identityOf(device),
    ...{ incident: null, need: need.need, state: conditionOf(device), severity: null, lastFailureAt: null },
    ...stateOfRepair(device, now, advisory),
    diagnosis: null,
    fixedIn: need.commands.length === 0 ? null : (exposureOf(device.state, advisory)?.fixedIn ?? null),
    commands: need.commands,
    checks: [need.says],
  };
}

function identityOf(device: Device) {
  const { key, keyFrom, inventory, peer, serial, state } = device;
  return {
    device: key,
    hostname: inventory?.hostname ?? (keyFrom === 'peer' || keyFrom === 'serial' ? null : key),
    address: inventory?.address ?? peer,
    serial: inventory?.serial ?? serial,
    pid: inventory?.pid ?? state.pid,
    release: inventory?.release ?? state.release,
    plant: inventory?.plant ?? null,
  };
}

function stateOfRepair({ state }: Device, now: number, advisory: Advisory) {
  const { until, untilAtMost } = graceOf(state, advisory);
  const remediation = remediationOf(state, now, advisory)?.state ?? null;
  return { graceUntil: toIso(until), graceUntilAtMost: toIso(untilAtMost), remediation };
}

/**
 * The place of a device among those to repair, by the diagnosis of its incident: as `inUrgency` compares their tasks, first
 * by `rank`, then by `until` (milliseconds), then by name. Null where `taskOf` has none.
 */
export function urgencyOf(
  device: Pick<Device, 'state' | 'trustpool' | 'captured' | 'lastSeenAt' | 'heard'>,
  advisory: Advisory,
): { rank: number; until: number } | null {
  const { state } = device;
  const { incident } = state;
  if (!isOpen(incident)) {
    const need = shownNeed(device, advisory);
    return need === null ? null : { rank: BY_CAPTURE + needNames.indexOf(need.need), until: NEVER };
  }
  if (incident.phase.state === 'recovering' || incident.phase.state === 'suppressed') return null;
  const { until, untilAtMost } = graceOf(state, advisory);
  const hasRepair = adviceFor(state, incident.diagnosis, advisory).commands.length > 0;
  return {
    rank: Number(!hasRepair) * 100 + (SEVERITY[incident.severity] ?? 9) * 10 + Number(state.repair !== null),
    until: Math.floor(until ?? untilAtMost ?? NEVER),
  };
}

/** Without a success nobody knows when the grace period ends: a capture may know it. */
const NO_SUCCESS = 'no last success known: collect "show license status"';

/** A device that failed until its clock was set works now. */
function isSuccessUnknown(state: Device['state']): boolean {
  return state.graceFrom === null && clockWasSetAt(state) === null;
}

/** After every incident: what only captures show. */
const BY_CAPTURE = 1000;

/** After every time. */
const NEVER = Number.MAX_SAFE_INTEGER;

const SEVERITY = { critical: 0, major: 1, warning: 2 } as Record<string, number>;

/**
 * Compares two tasks, the most urgent first: open incidents before what only captures show, repairs before checks, then by severity, then devices without a repair
 * before those with one, then by the end of the grace period (an upper bound counts as an end), then by name.
 */
export function inUrgency(a: RepairTask, b: RepairTask): number {
  return (
    Number(a.incident === null) - Number(b.incident === null) ||
    (a.need !== null && b.need !== null
      ? needNames.indexOf(a.need) - needNames.indexOf(b.need) || compare(a.device, b.device)
      : inUrgencyOfIncidents(a, b))
  );
}

function inUrgencyOfIncidents(a: RepairTask, b: RepairTask): number {
  const end = ({ graceUntil, graceUntilAtMost }: RepairTask) => graceUntil ?? graceUntilAtMost ?? '9';
  return (
    Number(a.commands.length === 0) - Number(b.commands.length === 0) ||
    (SEVERITY[a.severity ?? ''] ?? 9) - (SEVERITY[b.severity ?? ''] ?? 9) ||
    Number(a.remediation !== null) - Number(b.remediation !== null) ||
    compare(end(a), end(b)) ||
    compare(a.device, b.device)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
