/** Which changes a sink gets. An empty list means all. */

import type { IncidentState, Severity } from '../model/incident.ts';
import { UNKNOWN } from '../model/inventory.ts';

export type Filter = {
  readonly states: readonly IncidentState[];
  readonly severities: readonly Severity[];
  readonly plants: readonly string[];
};

export type Subject = {
  readonly from: IncidentState | null;
  readonly to: IncidentState;
  readonly severity: Severity;
  readonly plant: string | null;
};

/** Whether a change is sent to a sink, or the reason why not. Logs and tests share these values. */
export type Routing = 'routed' | 'other-state' | 'other-severity' | 'other-plant';

/** The plant of a device for which the inventory names no plant. */
export const NO_PLANT = UNKNOWN;

/**
 * A sink gets the changes into and out of its `states` if it wants the plant and the severity. A sink gets every end,
 * so that no incident stays open at the receiver for ever: at its end an incident may have another severity or plant
 * than in earlier notices, or no plant if the incident is withdrawn.
 */
export function routingOf(subject: Subject, { states, severities, plants }: Filter): Routing {
  const { from, to, severity, plant } = subject;
  if (isEnd(subject)) return 'routed';
  if (plants.length > 0 && !plants.includes(plant ?? NO_PLANT)) return 'other-plant';
  if (severities.length > 0 && !severities.includes(severity)) return 'other-severity';
  if (states.length === 0 || states.includes(to)) return 'routed';
  return from !== null && states.includes(from) ? 'routed' : 'other-state';
}

/** The change to `suppressed` (offline licensing) is an end as well. A note about a finished incident is no end. */
function isEnd({ from, to }: Subject): boolean {
  return from !== null && from !== to && (isOver(to) || to === 'suppressed');
}

export function isOver(state: IncidentState): boolean {
  return state === 'resolved' || state === 'closed';
}
