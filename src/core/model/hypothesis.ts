/** What may be wrong with a device. The one that leads by points is the device's diagnosis. */

/** Order of hypotheses with equal points: trust, then those that a person can repair, the surest repair first. */
export const hypotheses = [
  'trust',
  'interception',
  'clock',
  'configuration',
  'dns',
  'network',
  'own-server',
  'outage',
  'out-of-compliance',
] as const;
export type HypothesisName = (typeof hypotheses)[number];
