/** Which devices to repair next, and the commands for each. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import { remediationOf } from '../diagnose/remediation.ts';
import { diagnoseIncident } from '../judge/diagnosis.ts';
import { graceOf } from '../judge/verdict.ts';
import type { Device } from '../model/device.ts';
import { incidentId, isOpen } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';

export type RepairTask = {
  readonly device: string;
  readonly hostname: string | null;
  readonly address: string | null;
  readonly serial: string | null;
  readonly pid: string | null;
  readonly release: string | null;
  readonly plant: string | null;
  readonly incident: string;
  readonly state: string;
  readonly severity: string;
  readonly graceUntil: string | null;
  readonly graceUntilAtMost: string | null;
  /** `seen`: a repair was seen, and the device still fails. Null: no repair was seen. */
  readonly remediation: string | null;
  readonly fixedIn: string | null;
  /** The commands to type, in their order. */
  readonly commands: readonly string[];
};

/**
 * The repair task for a device. Null if there is nothing to repair: no open incident with the diagnosis `trust`, or the
 * incident is recovering, or it is suppressed by offline licensing. `now`: milliseconds.
 */
export function taskOf(device: Device, now: number, advisory: Advisory): RepairTask | null {
  const { state, inventory, key } = device;
  const { incident } = state;
  if (!isOpen(incident)) return null;
  const { phase } = incident;
  if (phase.state === 'recovering' || phase.state === 'suppressed' || diagnoseIncident(incident, state) !== 'trust')
    return null;
  const grace = graceOf(state, advisory);
  return {
    device: key,
    hostname: inventory?.hostname ?? (device.keyFrom === 'peer' || device.keyFrom === 'serial' ? null : key),
    address: inventory?.address ?? device.peer,
    serial: inventory?.serial ?? device.serial,
    pid: inventory?.pid ?? state.pid,
    release: inventory?.release ?? state.release,
    plant: inventory?.plant ?? null,
    incident: incidentId(advisory.prefix, key, incident.ordinal),
    state: phase.state,
    severity: incident.severity,
    graceUntil: toIso(grace.until),
    graceUntilAtMost: toIso(grace.untilAtMost),
    remediation: remediationOf(state, now, advisory)?.state ?? null,
    fixedIn: exposureOf(state, advisory)?.fixedIn ?? null,
    commands: advisory.remediation.script,
  };
}

const SEVERITY = { critical: 0, major: 1, warning: 2 } as Record<string, number>;

/**
 * Compares two tasks, the most urgent first: by severity, then devices without a repair before those with one, then by
 * the end of the grace period (an upper bound counts as an end), then by name.
 */
export function inUrgency(a: RepairTask, b: RepairTask): number {
  const end = ({ graceUntil, graceUntilAtMost }: RepairTask) => graceUntil ?? graceUntilAtMost ?? '9';
  return (
    (SEVERITY[a.severity] ?? 9) - (SEVERITY[b.severity] ?? 9) ||
    Number(a.remediation !== null) - Number(b.remediation !== null) ||
    compare(end(a), end(b)) ||
    compare(a.device, b.device)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
