/** Which changes a sink wants to hear of. An empty list means all. */
import { UNKNOWN } from '../fleet.ts';
import type { IncidentState, Severity } from '../incident.ts';

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
 * A sink with `states` hears of changes into and out of them, and of every end: what it was told of must not stay open
 * there for ever.
 */
export function routingOf({ from, to, severity, plant }: Subject, filter: Filter): Routing {
  const { states, severities, plants } = filter;
  if (plants.length > 0 && !plants.includes(plant ?? NO_PLANT)) return 'other-plant';
  if (severities.length > 0 && !severities.includes(severity)) return 'other-severity';
  if (states.length === 0 || isOver(to) || states.includes(to)) return 'told';
  return from !== null && states.includes(from) ? 'told' : 'other-state';
}

export function isOver(state: IncidentState): boolean {
  return state === 'resolved' || state === 'closed';
}
