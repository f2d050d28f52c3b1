/** In which orders incidents are listed, and by what they are counted. */

/**
 * With `-` the largest first. `-severity`: the gravest first, and of equal ones those that opened last; `severity` is the
 * reverse. `graceUntil`: the known end of the grace period or its upper bound; incidents without one, and those that are over,
 * are last in both directions. Equal ones are in the order of their devices.
 */
export const incidentSorts = [
  'openedAt',
  '-openedAt',
  'changedAt',
  '-changedAt',
  'graceUntil',
  '-graceUntil',
  'device',
  '-device',
  'severity',
  '-severity',
] as const;
export type IncidentSort = (typeof incidentSorts)[number];

/** The values of `acknowledged` are true and false, those of the others texts, or null where there is none. */
export const incidentFacets = [
  'state',
  'severity',
  'plant',
  'product',
  'release',
  'diagnosis',
  'acknowledged',
] as const;
export type IncidentFacet = (typeof incidentFacets)[number];
