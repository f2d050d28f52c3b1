/** Which changes a sink wants to hear of. An empty list means all. */

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

/** Why something is told, or is not: shared by logs and tests. */
export type Routing = 'told' | 'other-state' | 'other-severity' | 'other-plant';

/** What nobody has put into a plant. */
export const NO_PLANT = UNKNOWN;

/**
 * A sink hears of what leads into and out of its `states`, while plant and severity are wanted, and of every end: what it
 * was told of must not stay open there for ever. At its end an incident may have another severity or plant than it had
 * when it was told, or no plant any more where it is withdrawn.
 */
export function routingOf(subject: Subject, { states, severities, plants }: Filter): Routing {
  const { from, to, severity, plant } = subject;
  if (isEnd(subject)) return 'told';
  if (plants.length > 0 && !plants.includes(plant ?? NO_PLANT)) return 'other-plant';
  if (severities.length > 0 && !severities.includes(severity)) return 'other-severity';
  if (states.length === 0 || states.includes(to)) return 'told';
  return from !== null && states.includes(from) ? 'told' : 'other-state';
}

/** What turns out to be offline licensing has ended as well, for whoever waits for it; a note about an end is none. */
function isEnd({ from, to }: Subject): boolean {
  return from !== null && from !== to && (isOver(to) || to === 'suppressed');
}

export function isOver(state: IncidentState): boolean {
  return state === 'resolved' || state === 'closed';
}
