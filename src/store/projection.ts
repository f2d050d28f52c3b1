import type { Advisory } from '../core/advisory/advisory.ts';
import { nextDeadline } from '../core/correlate/deadlines.ts';
import { judgedBy } from '../core/correlate/judged-by.ts';
import { type IncidentFacts, incidentFacts } from '../core/diagnose/incident-facts.ts';
import { type IncidentRecord, incidentRecord } from '../core/diagnose/incident-record.ts';
import { type RankedSeries, seriesOf } from '../core/fleet/device-series.ts';
import { failingGrace } from '../core/fleet/failing-grace.ts';
import { type Member, memberOf } from '../core/fleet/member.ts';
import { conditionOf, type Device, evictionRank } from '../core/model/device.ts';
import { recoveryVisible } from '../core/model/heard.ts';
import { judgmentOf } from './judgment.ts';

/** Values that a store computes from each device and stores with it, to find and count devices. Pure functions. */
export type Projection = {
  /** Null where the device has no incident. */
  readonly incidentOf: (device: Device) => IncidentRecord | null;
  /** What lists of incidents say of the device. */
  readonly factsOf: (device: Pick<Device, 'inventory' | 'peer' | 'state'>) => IncidentFacts;
  readonly conditionOf: (device: Device) => string;
  /** Devices with the lowest rank are evicted first; null for a device that is never evicted. */
  readonly evictionRank: (device: Device) => number | null;
  /** The device's row of `/metrics/devices`, and when the row expires; null for no row. */
  readonly seriesOf: (device: Device) => RankedSeries | null;
  /** Null unless the device fails; `until` is null where only an upper bound is known. */
  readonly graceOf: (device: Device) => { until: number | null } | null;
  /** What the fleet shows of the device. */
  readonly memberOf: (device: Device) => Member;
  /** Whether the device sends no line that could be a recovery. */
  readonly isRecoveryHidden: (device: Device) => boolean;
  /** When the passing of time alone will change the device's state next; null for never. */
  readonly deadlineOf: (device: Device) => number | null;
  /** What judges devices now. It is stored with each of them. */
  readonly judgedBy: () => string;
  /** All by which this process judges: processes on one database must have the same text. */
  readonly judgment: () => string;
};

/** The projection under an advisory. */
export function projectionOf(advisory: Advisory): Projection {
  return projectionBy(() => advisory);
}

/** The projection under the advisory that is in use at each moment. */
export function projectionBy(advisory: () => Advisory): Projection {
  return {
    incidentOf: (device) => incidentRecord(device, advisory()),
    factsOf: (device) => incidentFacts(device, advisory()),
    conditionOf,
    evictionRank,
    seriesOf: (device) => seriesOf(device, advisory()),
    graceOf: (device) => failingGrace(device, conditionOf(device), advisory()),
    memberOf: (device) => memberOf(device, advisory()),
    isRecoveryHidden: ({ heard }) => recoveryVisible(heard, advisory().visibility) === false,
    deadlineOf: ({ state }) => nextDeadline(state, advisory())?.at ?? null,
    judgedBy: () => judgedBy(advisory()),
    judgment: () => judgmentOf(advisory()),
  };
}
