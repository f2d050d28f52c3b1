/** The invariants of a store, which must hold at any time and after any fault. */

import { type IncidentRecord, incidentRecord } from '../../src/core/diagnose/incident-record.ts';
import { conditionOf, type Device } from '../../src/core/model/device.ts';
import { isOpen, parseIncidentId } from '../../src/core/model/incident.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { ListedIncident } from '../../src/store/ports/incidents.ts';
import type { TransitionRow } from '../../src/store/ports/queries.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory } from '../given.ts';
import { differencesIn } from '../store/incident-recount.ts';

export async function incidentsIn(store: Store): Promise<IncidentRecord[]> {
  return (await everyRow((after) => store.incidents({ after, limit: 500 }))).map(recordIn);
}

async function devicesIn(store: Store): Promise<Device[]> {
  return everyRow((after) => store.devices({ after, limit: 500 }));
}

const OPEN = ['suspected', 'confirmed', 'recovering', 'stale', 'suppressed'];

/** The states in which a change of each type may begin, except for changes by a late line or a merge. */
const FROM: Partial<Record<TransitionRow['type'], readonly (string | null)[]>> = {
  IncidentSuspected: [null],
  IncidentConfirmed: [null, 'suspected'],
  IncidentSuppressed: [null],
  IncidentRecovering: ['suspected', 'confirmed', 'suppressed', 'stale'],
  IncidentRegressed: ['recovering'],
  IncidentResolved: ['recovering', 'suppressed'],
  IncidentReopened: ['resolved', 'stale', 'closed'],
  IncidentWentStale: ['suspected', 'confirmed', 'recovering'],
  IncidentClosed: OPEN,
  SeverityRaised: OPEN,
};

/** Every invariant that does not hold, in words. `now`: the latest time by which anything was decided, in milliseconds. */
export async function violationsIn(store: Store, now: number): Promise<string[]> {
  const violations: string[] = [];
  const [incidents, devices] = [await incidentsIn(store), await devicesIn(store)];
  const ids = new Set(incidents.map(({ id }) => id));
  if (ids.size !== incidents.length) violations.push('two incidents have one id');
  const open = new Map<string, number>();
  for (const { device, state } of incidents) {
    if (OPEN.includes(state)) open.set(device, (open.get(device) ?? 0) + 1);
  }
  for (const [device, count] of open) if (count > 1) violations.push(`${device} has ${count} open incidents`);
  for (const device of devices) {
    const record = incidentRecord(device, advisory);
    const stored = record === null ? null : await store.incident(record.id);
    if (JSON.stringify(stored === null ? null : recordIn(stored)) !== JSON.stringify(record))
      violations.push(`${device.key}: the incident of the device differs from the stored one`);
    if (isOpen(device.state.incident) !== open.has(device.key))
      violations.push(`${device.key}: device and store disagree whether the incident is open`);
    if (device.recent.some(({ at }, index) => at < (device.recent[index - 1]?.at ?? at))) {
      violations.push(`${device.key}: the recent signals are out of order`);
    }
  }
  violations.push(...(await differencesIn(store)));
  const { devices: counted } = await store.counts(0);
  for (const { condition, count } of counted) {
    const found = devices.filter((device) => conditionOf(device) === condition).length;
    if (found !== count) violations.push(`${count} devices are counted as ${condition}, but there are ${found}`);
  }
  for await (const difference of store.recount(now)) violations.push(difference);
  for (const { id, device, state, score } of incidents) {
    // A state that has held for long needs no second family.
    if (score < 1) violations.push(`${id} has a score of ${score}`);
    const { ordinal = 0 } = parseIncidentId(advisory.prefix, id) ?? {};
    violations.push(...chainViolations(id, state, await store.transitions(device, ordinal)));
  }
  return violations;
}

/** The incident without what is stored beside it. */
function recordIn({
  plant,
  product,
  release,
  placeAssumed,
  address,
  repair,
  changedAt,
  acknowledged,
  ...record
}: ListedIncident) {
  return record;
}

/** Each change begins in the state in which the one before ended, and its type may begin there. */
function chainViolations(id: string, state: string, rows: readonly TransitionRow[]): string[] {
  const violations: string[] = [];
  let at: string | null = null;
  for (const { type, from, to, reason } of rows) {
    if (from !== at && reason !== 'same-device' && type !== 'IncidentWithdrawn') {
      violations.push(`${id}: ${type} from ${from}, but the state was ${at}`);
    }
    const allowed = FROM[type];
    if (allowed !== undefined && !allowed.includes(from)) violations.push(`${id}: ${type} from ${from}`);
    at = type === 'IncidentWithdrawn' ? null : to;
  }
  if (at !== state) violations.push(`${id}: the state is ${state}, but the last change led to ${at}`);
  return violations;
}
