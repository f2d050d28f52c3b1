/** What an incident may really have been, as the API knows it; a test holds both together. */
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
