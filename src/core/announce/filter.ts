/** Which changes a sink wants. An empty list means all. */

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

/** Whether a change is sent to a sink, or why not: shared by logs and tests. */
export type Routing = 'routed' | 'other-state' | 'other-severity' | 'other-plant';

/** The plant of a device that nobody has put into one. */
export const NO_PLANT = UNKNOWN;

/**
 * A sink gets what leads into and out of its `states`, where it wants plant and severity. It gets every end, so that no
 * incident stays open there for ever: at its end an incident may have another severity or plant than in earlier notices,
 * or no plant any more where it is withdrawn.
 */
export function routingOf(subject: Subject, { states, severities, plants }: Filter): Routing {
  const { from, to, severity, plant } = subject;
  if (isEnd(subject)) return 'routed';
  if (plants.length > 0 && !plants.includes(plant ?? NO_PLANT)) return 'other-plant';
  if (severities.length > 0 && !severities.includes(severity)) return 'other-severity';
  if (states.length === 0 || states.includes(to)) return 'routed';
  return from !== null && states.includes(from) ? 'routed' : 'other-state';
}

/** What turns out to be offline licensing has ended, too. A note about an ended incident is no end. */
function isEnd({ from, to }: Subject): boolean {
  return from !== null && from !== to && (isOver(to) || to === 'suppressed');
}

export function isOver(state: IncidentState): boolean {
  return state === 'resolved' || state === 'closed';
}
