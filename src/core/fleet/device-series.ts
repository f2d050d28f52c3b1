/** The series of one device in `/metrics/devices`. */
import type { Advisory } from '../advisory/advisory.ts';
import { exposureOf, pidOf, releaseOf } from '../advisory/exposure.ts';
import { graceOf } from '../judge/verdict.ts';
import { type Condition, conditionOf, type Device, isSilent } from '../model/device.ts';
import { type Incident, isOpen, type Severity } from '../model/incident.ts';

/** Times are milliseconds; absent values null. */
export type DeviceSeries = {
  readonly plant: string | null;
  /** The product family of the advisory, else the product id. */
  readonly product: string | null;
  readonly release: string | null;
  readonly condition: Condition;
  /** The severity of the open incident; null without an open incident, and while it is suppressed. */
  readonly severity: Severity | null;
  /** Whether the device has an open incident that is not suppressed. */
  readonly open: boolean;
  readonly graceUntil: number | null;
  readonly graceUntilAtMost: number | null;
};

/** How long a finished incident is still shown, with value 0: several scrapes, so that Prometheus sees its end. */
export const SERIES_HELD_MS = 15 * 60_000;

/** `until`: the time from which the device is not shown; null without a limit. `rank`: the lowest are shown first. */
export type RankedSeries = { readonly series: DeviceSeries; readonly until: number | null; readonly rank: number };

/** Null for a device without anything to show: no open incident, no recent end of one, no failure. */
export function seriesOf(device: Device, advisory: Advisory): RankedSeries | null {
  const { state, inventory } = device;
  const { incident } = state;
  const condition = conditionOf(device);
  const open = isOpen(incident) && condition !== 'suppressed';
  const severity = open ? incident.severity : null;
  const endedAt = endOf(incident);
  const silent = isSilent(condition);
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

/** If not all devices can be shown, the most severe ones are shown. */
const RANKS: readonly Severity[] = ['critical', 'major', 'warning'];

/** The time at which the incident ended; null while it is open. */
function endOf(incident: Incident | null): number | null {
  if (incident === null) return null;
  const { phase } = incident;
  return phase.state === 'resolved' || phase.state === 'closed' ? phase.at : null;
}
