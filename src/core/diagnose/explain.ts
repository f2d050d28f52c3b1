import type { Advisory } from '../advisory/advisory.ts';
import { diagnose } from '../judge/diagnosis.ts';
import { type Facts, factsOf, hintsOf } from '../judge/facts.ts';
import { graceOf, verdictAt } from '../judge/verdict.ts';
import type { Device } from '../model/device.ts';
import { conditionOf, heardAt } from '../model/device.ts';
import { recoveryVisible } from '../model/heard.ts';
import { type Incident, isOpen } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';
import { recoveryHint } from './recovery-hint.ts';
import { type Remediation, remediationOf } from './remediation.ts';

/** Why a device has an incident, or has none: score, thresholds and counter-evidence. Times are ISO 8601 in UTC. */
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
  /** The time of the last line of any kind, and the highest level number in the lines. */
  readonly heardAt: string | null;
  readonly level: number | null;
  /** False: the device sends no line that could be a recovery. Null: too little is known. */
  readonly recoveryVisible: boolean | null;
  /** Facts about the device; a value of the inventory goes before a learnt one. */
  readonly facts: Facts;
  readonly remediation: {
    readonly state: Remediation['state'];
    readonly by: Remediation['by'];
    readonly seenAt: string;
    readonly verifiedAt: string | null;
  } | null;
  /** Contradictions and warnings for an operator to check. */
  readonly hints: readonly string[];
  readonly conclusion: string;
};

/** The watermark of a device in milliseconds; `now` for a device that never sent a message. */
export function momentOf({ lastSeenAt, watermark }: Device, now: number): number {
  return lastSeenAt === null && watermark < 0 ? now : watermark;
}

/** `at`: the moment to explain, in milliseconds. The device's watermark (`momentOf`) explains the last decision. */
export function explain(device: Device, at: number, advisory: Advisory): Explanation {
  const { state } = device;
  const verdict = verdictAt(state, at, advisory);
  const grace = graceOf(state, advisory);
  const hints = hintsOf(device, advisory);
  const hint = recoveryHint(device);
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
    heardAt: toIso(heardAt(device)),
    level: device.heard?.level ?? null,
    recoveryVisible: recoveryVisible(device.heard),
    facts: factsOf(device, advisory),
    remediation: shownRemediation(remediationOf(state, at, advisory)),
    hints: hint === null ? hints : [...hints, hint],
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
    if (state === 'stale')
      return 'Stale: no evidence for a long time. Silence does not show that the device has recovered.';
    if (state === 'suppressed')
      return 'Suppressed: the inventory says offline licensing; the device needs no connection, and failures mean nothing.';
    if (capped && state === 'suspected')
      return 'At most suspected: the clock of the device is not set, so every certificate looks invalid.';
    return `${state === 'confirmed' ? 'Confirmed' : 'Suspected'}: ${incident.families.join(', ')}; highest score ${incident.score}.`;
  }
  const last = state.incident as Incident | null;
  const before = last === null ? '' : `The last incident is ${last.phase.state}. `;
  if (families.length === 0) {
    const cause = diagnose(state, at, advisory);
    const why =
      cause === null
        ? 'no failure with weight in the window'
        : `the failures of the device point to ${cause}, a cause without weight`;
    return `${before}No incident: ${why}.`;
  }
  if (families.length < suspected.families)
    return `${before}No incident: only ${families.join(', ')} failed, and ${suspected.families} families are needed; the device is watched.`;
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
