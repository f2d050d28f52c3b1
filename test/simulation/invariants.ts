/** What must hold of a store at any time, whatever went wrong before. */

import { type IncidentRecord, incidentRecord } from '../../src/core/diagnose/incident-record.ts';
import { conditionOf, type Device } from '../../src/core/model/device.ts';
import { isOpen, parseIncidentId } from '../../src/core/model/incident.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { TransitionRow } from '../../src/store/ports/queries.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory } from '../given.ts';

export async function incidentsIn(store: Store): Promise<IncidentRecord[]> {
  return everyRow((after) => store.incidents({ after, limit: 500 }));
}

async function devicesIn(store: Store): Promise<Device[]> {
  return everyRow((after) => store.devices({ after, limit: 500 }));
}

const OPEN = ['suspected', 'confirmed', 'recovering', 'stale', 'suppressed'];

/** From which states a change of each type may come, beside those that a late line or a merge brings. */
const FROM: Partial<Record<TransitionRow['type'], readonly (string | null)[]>> = {
  IncidentSuspected: [null],
  IncidentConfirmed: [null, 'suspected'],
  IncidentSuppressed: [null],
  IncidentRecovering: ['suspected', 'confirmed', 'suppressed', 'stale'],
  IncidentRegressed: ['recovering'],
  IncidentResolved: ['recovering'],
  IncidentReopened: ['resolved', 'stale', 'closed'],
  IncidentWentStale: ['suspected', 'confirmed', 'suppressed'],
  IncidentClosed: OPEN,
  SeverityRaised: OPEN,
};

/** Every invariant that does not hold, in words. */
export async function broken(store: Store): Promise<string[]> {
  const troubles: string[] = [];
  const [incidents, devices] = [await incidentsIn(store), await devicesIn(store)];
  const ids = new Set(incidents.map(({ id }) => id));
  if (ids.size !== incidents.length) troubles.push('two incidents have one id');
  const open = new Map<string, number>();
  for (const { device, state } of incidents) {
    if (OPEN.includes(state)) open.set(device, (open.get(device) ?? 0) + 1);
  }
  for (const [device, count] of open) if (count > 1) troubles.push(`${device} has ${count} open incidents`);
  for (const device of devices) {
    const record = incidentRecord(device, advisory);
    const stored = record === null ? null : await store.incident(record.id);
    if (JSON.stringify(stored) !== JSON.stringify(record))
      troubles.push(`${device.key}: its incident is not the stored one`);
    if (isOpen(device.state.incident) !== open.has(device.key)) troubles.push(`${device.key}: open or not?`);
    if (device.recent.some(({ at }, index) => at < (device.recent[index - 1]?.at ?? at))) {
      troubles.push(`${device.key}: its tail is out of order`);
    }
  }
  const { devices: counted } = await store.counts(0);
  for (const { condition, count } of counted) {
    const found = devices.filter((device) => conditionOf(device) === condition).length;
    if (found !== count) troubles.push(`${count} devices are counted as ${condition}, ${found} are`);
  }
  for (const { id, device, state, score } of incidents) {
    if (score < advisory.thresholds.suspected.score) troubles.push(`${id} has a score of ${score}`);
    const { ordinal = 0 } = parseIncidentId(advisory.prefix, id) ?? {};
    troubles.push(...brokenChain(id, state, await store.transitions(device, ordinal)));
  }
  return troubles;
}

/** Each change begins where the one before has ended, and may begin there. */
function brokenChain(id: string, state: string, rows: readonly TransitionRow[]): string[] {
  const troubles: string[] = [];
  let at: string | null = null;
  for (const { type, from, to, reason } of rows) {
    if (from !== at && reason !== 'same-device' && type !== 'IncidentWithdrawn') {
      troubles.push(`${id}: ${type} from ${from}, and it was ${at}`);
    }
    const allowed = FROM[type];
    if (allowed !== undefined && !allowed.includes(from)) troubles.push(`${id}: ${type} from ${from}`);
    at = type === 'IncidentWithdrawn' ? null : to;
  }
  if (at !== state) troubles.push(`${id}: it is ${state}, and was told to be ${at}`);
  return troubles;
}
