import type { Device } from '../../core/model/device.ts';
import type { DeviceState } from '../../core/model/device-state.ts';
import { incidentStates, severities } from '../../core/model/incident.ts';

/** The last instant of a JavaScript date; `Number.MIN_SAFE_INTEGER` stands for a time before all lines. */
const LATEST_MS = 8.64e15;

/** Why an unpacked device cannot have been stored by this program; null if it can. */
export function deviceProblem(device: Device, key: string): string | null {
  if (device.key !== key) return `its record is of ${device.key}`;
  for (const name of ['version', 'messages', 'snapshotAt', 'watermark'] as const) {
    if (!isTime(device[name])) return `${name} is ${device[name]}`;
  }
  for (const name of ['firstSeenAt', 'lastSeenAt'] as const) {
    if (device[name] !== null && !isTime(device[name])) return `${name} is ${device[name]}`;
  }
  if (device.recent.some(({ at, mnemonic }) => !isTime(at) || typeof mnemonic !== 'string'))
    return 'a recent signal has no time or no mnemonic';
  if (
    device.senders.some(
      ({ address, since, lastAt }) => typeof address !== 'string' || !isTime(since) || !isTime(lastAt),
    )
  )
    return 'a sender has no address or no times';
  return stateProblem(device.snapshot) ?? stateProblem(device.state);
}

function stateProblem({ ordinal, claims, incident }: DeviceState): string | null {
  if (!Number.isInteger(ordinal) || ordinal < 0) return `ordinal is ${ordinal}`;
  if (!Array.isArray(claims)) return 'its claims are no list';
  if (claims.some(({ firstAt, lastAt, count }) => !isTime(firstAt) || !isTime(lastAt) || !isTime(count)))
    return 'a claim has no times';
  if (incident === null) return null;
  if (!Number.isInteger(incident.ordinal) || incident.ordinal > ordinal)
    return `its incident has the ordinal ${incident.ordinal}`;
  if (!incidentStates.includes(incident.phase.state)) return `the state of its incident is ${incident.phase.state}`;
  if (!severities.includes(incident.severity)) return `the severity of its incident is ${incident.severity}`;
  return isTime(incident.openedAt) && isTime(incident.lastEvidenceAt) ? null : 'its incident has no times';
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && value <= LATEST_MS;
}
