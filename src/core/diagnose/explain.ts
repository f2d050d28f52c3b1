import type { Advisory } from '../advisory/advisory.ts';
import { diagnose } from '../judge/diagnosis.ts';
import { type Facts, factsOf, hintsOf } from '../judge/facts.ts';
import { graceOf, verdictAt } from '../judge/verdict.ts';
import type { Device } from '../model/device.ts';
import { conditionOf } from '../model/device.ts';
import { type Incident, isOpen } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';
import { type Remediation, remediationOf } from './remediation.ts';

/** Why a device has an incident, or why it has none: the sum, what it was held against, and what speaks against it. */
export type Explanation = {
  readonly device: string;
  readonly condition: string;
  readonly advisory: string;
  readonly at: string;
  readonly score: number;
  readonly families: readonly {
    name: string;
    weight: number;
    firstAt: string;
    lastAt: string;
    count: number;
    inWindow: boolean;
  }[];
  readonly thresholds: {
    suspected: { score: number; families: number };
    confirmed: { score: number };
    windowHours: number;
  };
  readonly counterEvidence: readonly { cause: string; count: number; lastAt: string }[];
  readonly diagnosis: string | null;
  readonly clock: 'set' | 'unset' | 'unknown';
  readonly lastSuccessAt: string | null;
  readonly graceUntil: string | null;
  readonly graceUntilAtMost: string | null;
  /** What is known of the device itself; the inventory goes before what was learnt. */
  readonly facts: Facts;
  readonly remediation: {
    readonly state: Remediation['state'];
    readonly by: Remediation['by'];
    readonly seenAt: string;
    readonly verifiedAt: string | null;
  } | null;
  /** What a person should look at. */
  readonly hints: readonly string[];
  readonly conclusion: string;
};

/** The time that a device has come to; of one that has never spoken, now. */
export function momentOf({ lastSeenAt, watermark }: Device, now: number): number {
  return lastSeenAt === null && watermark < 0 ? now : watermark;
}

/** `at`: the moment for which it is explained; the time that the device has come to shows what decided last. */
export function explain(device: Device, at: number, advisory: Advisory): Explanation {
  const { state } = device;
  const verdict = verdictAt(state, at, advisory);
  const grace = graceOf(state, advisory);
  return {
    device: device.key,
    condition: conditionOf(device),
    advisory: `${advisory.id} version ${advisory.version}`,
    at: iso(at),
    score: verdict.score,
    families: Object.entries(state.families).map(([name, seen]) => ({
      name,
      weight: advisory.families.get(name)?.weight ?? 0,
      firstAt: iso(seen.firstAt),
      lastAt: iso(seen.lastAt),
      count: seen.count,
      inWindow: seen.lastAt > at - advisory.correlation.windowMs,
    })),
    thresholds: {
      suspected: advisory.thresholds.suspected,
      confirmed: advisory.thresholds.confirmed,
      windowHours: advisory.correlation.windowMs / 3_600_000,
    },
    counterEvidence: Object.entries(state.counter).map(([cause, { count, lastAt }]) => ({
      cause,
      count,
      lastAt: iso(lastAt),
    })),
    diagnosis: diagnose(state, at, advisory),
    clock: state.clock ?? 'unknown',
    lastSuccessAt: toIso(state.lastSuccessAt),
    graceUntil: toIso(grace.until),
    graceUntilAtMost: toIso(grace.untilAtMost),
    facts: factsOf(device, advisory),
    remediation: shownRemediation(remediationOf(state, at, advisory)),
    hints: hintsOf(device, advisory),
    conclusion: conclusion(device, at, advisory),
  };
}

function conclusion(device: Device, at: number, advisory: Advisory): string {
  const { state } = device;
  const { incident } = state;
  const { score, families, capped } = verdictAt(state, at, advisory);
  const { suspected } = advisory.thresholds;
  if (isOpen(incident)) {
    const { state } = incident.phase;
    if (state === 'recovering')
      return `Recovering: resolved ${minutes(advisory.correlation.holdTimeMs)} after the success, if no failure comes.`;
    if (state === 'stale') return 'Stale: no evidence for long. Silence is not health.';
    if (state === 'suppressed')
      return 'Suppressed: the inventory says offline licensing, which needs no connection; its failures mean nothing.';
    if (capped && state === 'suspected')
      return 'At most suspected: the clock of the device is not set, which makes every certificate look invalid.';
    return `${state === 'confirmed' ? 'Confirmed' : 'Suspected'}: ${incident.families.join(', ')}; highest score ${incident.score}.`;
  }
  const last = state.incident as Incident | null;
  const before = last === null ? '' : `The last incident is ${last.phase.state}. `;
  if (families.length === 0) {
    const cause = diagnose(state, at, advisory);
    const why =
      cause === null ? 'no failure with weight in the window' : `its failures point to ${cause}, which has no weight`;
    return `${before}No incident: ${why}.`;
  }
  if (families.length < suspected.families)
    return `${before}No incident: one failing family alone (${families.join()}) is only watched.`;
  return `${before}No incident: the score ${score} is below ${suspected.score}.`;
}

export function shownRemediation(remediation: Remediation | null): Explanation['remediation'] {
  if (remediation === null) return null;
  const { state, by, seenAt, verifiedAt } = remediation;
  return { state, by, seenAt: iso(seenAt), verifiedAt: toIso(verifiedAt) };
}

function minutes(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
