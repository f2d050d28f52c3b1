/**
 * The parts of a device's record that come often and have the same keys each time: they are arrays of their values, as a
 * record that fits twice into a page of the file needs half the room. New values are appended. Older files have objects.
 */
import type { Claim } from '../../core/model/device-state.ts';
import type { Heard } from '../../core/model/heard.ts';
import type { Incident } from '../../core/model/incident.ts';

export type PackedClaim = readonly [
  family: string,
  mnemonic: string,
  isFailure: boolean,
  server: Claim['server'],
  byHost: boolean,
  manner: Claim['manner'],
  kind: Claim['kind'],
  weight: number,
  firstAt: number,
  lastAt: number,
  count: number,
  soundAt: number | null,
  aloneAt: Claim['aloneAt'],
];

export type PackedIncident = readonly [
  ordinal: number,
  phase: Incident['phase'],
  severity: Incident['severity'],
  score: number,
  families: readonly string[],
  openedAt: number,
  confirmedAt: number | null,
  firstEvidenceAt: number,
  lastEvidenceAt: number,
  lastFailureAt: number | null,
  evidence: number,
  regressions: number,
  diagnosis: Incident['diagnosis'],
  healedByItself: number,
  endedBy: Incident['endedBy'],
  consequence: boolean,
];

/** The last three are left out where no line was watched. */
export type PackedHeard =
  | readonly [lastAt: number, level: number | null]
  | readonly [lastAt: number, level: number | null, firstWatchedAt: number, lastWatchedAt: number, watched: number];

export function packClaim(claim: Claim): PackedClaim {
  const { family, mnemonic, isFailure, server, byHost, manner, kind } = claim;
  const { weight, firstAt, lastAt, count, soundAt, aloneAt } = claim;
  return [family, mnemonic, isFailure, server, byHost, manner, kind, weight, firstAt, lastAt, count, soundAt, aloneAt];
}

export function unpackClaim(packed: PackedClaim): Claim {
  const [family, mnemonic, isFailure, server, byHost, manner, kind, ...numbers] = packed;
  const [weight, firstAt, lastAt, count, soundAt, aloneAt] = numbers;
  const meaning = { family, mnemonic, isFailure, server, byHost, manner, kind, weight };
  return { ...meaning, firstAt, lastAt, count, soundAt, aloneAt };
}

export function packIncident(incident: Incident): PackedIncident {
  return [
    incident.ordinal,
    incident.phase,
    incident.severity,
    incident.score,
    incident.families,
    incident.openedAt,
    incident.confirmedAt,
    incident.firstEvidenceAt,
    incident.lastEvidenceAt,
    incident.lastFailureAt,
    incident.evidence,
    incident.regressions,
    incident.diagnosis,
    incident.healedByItself,
    incident.endedBy,
    incident.consequence,
  ];
}

export function unpackIncident(packed: PackedIncident): Incident {
  const [ordinal, phase, severity, score, families, openedAt, confirmedAt, firstEvidenceAt, ...rest] = packed;
  const [lastEvidenceAt, lastFailureAt, evidence, regressions, diagnosis, healedByItself, endedBy, consequence] = rest;
  return {
    ...{ ordinal, phase, severity, score, families, openedAt, confirmedAt, firstEvidenceAt, lastEvidenceAt },
    ...{ lastFailureAt, evidence, regressions, diagnosis, healedByItself, endedBy, consequence },
  };
}

export function packHeard({ lastAt, level, watched }: Heard): PackedHeard {
  return watched === null ? [lastAt, level] : [lastAt, level, watched.firstAt, watched.lastAt, watched.lines];
}

export function unpackHeard([lastAt, level, ...watched]: PackedHeard): Heard {
  const [firstAt, watchedTo, lines] = watched;
  if (firstAt === undefined || watchedTo === undefined || lines === undefined) return { lastAt, level, watched: null };
  return { lastAt, level, watched: { firstAt, lastAt: watchedTo, lines } };
}
