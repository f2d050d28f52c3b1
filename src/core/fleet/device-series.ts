/** What `/metrics/devices` says of one device. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, pidOf, releaseOf } from '../advisory/exposure.ts';
import { graceOf } from '../judge/verdict.ts';
import { type Condition, conditionOf, type Device } from '../model/device.ts';
import { type Incident, isOpen, type Severity } from '../model/incident.ts';

/** Times are milliseconds; absent values null. */
export type DeviceSeries = {
  readonly plant: string | null;
  /** The product family of the advisory, else the product id. */
  readonly product: string | null;
  readonly release: string | null;
  readonly condition: Condition;
  /** Of the open incident; null also while it is suppressed. */
  readonly severity: Severity | null;
  /** It has an incident that means something: one that is suppressed does not count. */
  readonly open: boolean;
  readonly graceUntil: number | null;
  readonly graceUntilAtMost: number | null;
};

/** An incident that is over is shown at 0 for so long: several scrapes, so that its end is seen, and then no more. */
export const SERIES_HELD_MS = 15 * 60_000;

/** `until`: when it ends to have something to say; null as long as nothing changes. `rank`: the least are shown first. */
export type Said = { readonly series: DeviceSeries; readonly until: number | null; readonly rank: number };

/** Null for a device that has nothing to say. */
export function seriesOf(device: Device, advisory: Advisory): Said | null {
  const { state, inventory } = device;
  const { incident } = state;
  const condition = conditionOf(device);
  const open = isOpen(incident) && condition !== 'suppressed';
  const severity = open ? incident.severity : null;
  const endedAt = endOf(incident);
  const silent = condition === 'ok' || condition === 'unheard';
  if (silent && endedAt === null) return null;
  const grace = graceOf(state, advisory);
  return {
    series: {
      plant: inventory?.plant ?? null,
      product: exposureOf(state, advisory)?.family ?? pidOf(state),
      release: releaseOf(state),
      condition,
      severity,
      open,
      graceUntil: grace.until,
      graceUntilAtMost: grace.untilAtMost,
    },
    until: silent && endedAt !== null ? endedAt + SERIES_HELD_MS : null,
    rank: severity === null ? RANKS.length : RANKS.indexOf(severity),
  };
}

/** Where not all can be shown, the gravest come first. */
const RANKS: readonly Severity[] = ['critical', 'major', 'warning'];

/** Null while it is open. */
function endOf(incident: Incident | null): number | null {
  if (incident === null) return null;
  const { phase } = incident;
  return phase.state === 'resolved' || phase.state === 'closed' ? phase.at : null;
}
