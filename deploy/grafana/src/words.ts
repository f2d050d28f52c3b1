/** The values of labels, with their colours and names in the dashboards. */

import type { GraceBucket } from '../../../src/core/fleet/fleet-count.ts';
import type { Condition } from '../../../src/core/model/device.ts';
import type { IncidentState, Severity } from '../../../src/core/model/incident.ts';
import type { Steps } from './panels.ts';

export const colorOfState: Readonly<Record<IncidentState, string>> = {
  suspected: 'yellow',
  confirmed: 'red',
  recovering: 'light-green',
  resolved: 'green',
  stale: 'purple',
  suppressed: 'light-blue',
  closed: 'text',
};

export const colorOfCondition: Readonly<Record<Condition, string>> = {
  ok: 'green',
  heard: 'semi-dark-blue',
  unheard: 'text',
  watching: 'blue',
  ...colorOfState,
};

/** In increasing severity. */
export const colorOfSeverity: Readonly<Record<Severity, string>> = {
  warning: 'yellow',
  major: 'orange',
  critical: 'dark-red',
};

/** In stacking order: the most urgent at the bottom. */
export const nameOfGrace: Readonly<Record<GraceBucket, { readonly name: string; readonly color: string }>> = {
  over: { name: 'over', color: 'dark-red' },
  days7: { name: 'up to 7 days', color: 'red' },
  days30: { name: 'up to 30 days', color: 'orange' },
  days60: { name: 'up to 60 days', color: 'yellow' },
  days180: { name: 'up to 180 days', color: 'light-yellow' },
  longer: { name: 'longer', color: 'green' },
  bounded: { name: 'only a bound is known', color: 'purple' },
};

const DAY = 86_400;
/** Colours by the seconds left of a grace period. */
export const LEFT: Steps = ['dark-red', [0, 'red'], [7 * DAY, 'orange'], [30 * DAY, 'yellow'], [60 * DAY, 'green']];
