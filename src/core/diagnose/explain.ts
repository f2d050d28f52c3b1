import type { Advisory } from '../advisory/advisory.ts';
import { amongOthers, holds, usesOwnServer } from '../judge/claims.ts';
import { type Facts, factsOf, hintsOf } from '../judge/facts.ts';
import { diagnose } from '../judge/ranking.ts';
import { type Cap, graceOf, verdictAt } from '../judge/verdict.ts';
import type { Device } from '../model/device.ts';
import { conditionOf, heardAt } from '../model/device.ts';
import type { Claim, DeviceState } from '../model/device-state.ts';
import { recoveryVisible } from '../model/heard.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { isOpen } from '../model/incident.ts';
import { toIso } from '../model/instant.ts';
import type { Manner, ServerKind } from '../model/message.ts';
import { type Advice, adviceFor } from './advice.ts';
import { conclusionOf, endingOf, wouldChange } from './conclusion.ts';
import { recoveryHint } from './recovery-hint.ts';
import { type Remediation, remediationOf } from './remediation.ts';
import { waitingHints } from './waiting-hint.ts';

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
  /** Failures without weight: how they came about, and at which server. */
  readonly counterEvidence: readonly {
    mnemonic: string;
    manner: Manner;
    serverKind: ServerKind;
    count: number;
    lastAt: string;
  }[];
  /** The leading hypothesis: of the open incident, else by the present facts; null if none leads. */
  readonly diagnosis: HypothesisName | null;
  /** Why the device is not confirmed although its symptoms would do; null if nothing caps it. */
  readonly cap: Cap | null;
  readonly clock: 'set' | 'unset' | 'off' | 'unknown';
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
  /** What captures showed, each with the line that states it: it goes behind the inventory. */
  readonly captured: readonly {
    what: string;
    value: string;
    at: string | null;
    line: number;
    text: string;
    /** No public output shows this form of the line. */
    assumed: boolean;
  }[];
  readonly remediation: {
    readonly state: Remediation['state'];
    readonly by: Remediation['by'];
    readonly seenAt: string;
    readonly verifiedAt: string | null;
  } | null;
  /** Contradictions and warnings for an operator to check. */
  readonly hints: readonly string[];
  /** The verdict in one sentence. */
  readonly conclusion: string;
  readonly wouldChange: readonly string[];
  /** What to do, by the diagnosis: in view of the fleet where the fleet was asked. */
  readonly next: Advice;
  /** How the last incident ended; null while one is open, and without one. */
  readonly ended: string | null;
};

/** The watermark of a device in milliseconds; `now` for a device that never sent a message. */
export function momentOf({ lastSeenAt, watermark }: Device, now: number): number {
  return lastSeenAt === null && watermark < 0 ? now : watermark;
}

/**
 * `at`: the moment to explain, in milliseconds. The device's watermark (`momentOf`) explains the last decision.
 * `fleetDiagnosis`: the hypothesis that leads in view of the fleet; null if none does, or the fleet was not asked.
 */
export function explain(
  device: Device,
  at: number,
  advisory: Advisory,
  fleetDiagnosis: HypothesisName | null = null,
): Explanation {
  const { state } = device;
  const verdict = verdictAt(state, at, advisory);
  const claims = claimsOf(state, advisory);
  const { suspected } = advisory.thresholds;
  const grace = graceOf(state, advisory);
  const diagnosis = diagnosisAt(state, at, advisory);
  const hints = hintsOf(device, advisory);
  const hint = recoveryHint(device, advisory);
  const waiting = waitingHints(device);
  return {
    device: device.key,
    condition: conditionOf(device),
    advisory: `${advisory.id} version ${advisory.version}`,
    at: iso(at),
    score: verdict.score,
    families: familiesOf(claims, at, advisory),
    thresholds: {
      suspected: { score: suspected.score, families: suspected.families },
      confirmed: advisory.thresholds.confirmed,
      windowHours: advisory.correlation.windowMs / 3_600_000,
    },
    counterEvidence: counterEvidenceOf(claims),
    diagnosis,
    cap: verdict.cap,
    clock: state.clock ?? 'unknown',
    lastSuccessAt: toIso(state.lastSuccessAt),
    graceUntil: toIso(grace.until),
    graceUntilAtMost: toIso(grace.untilAtMost),
    heardAt: toIso(heardAt(device)),
    level: device.heard?.level ?? null,
    recoveryVisible: recoveryVisible(device.heard, advisory.visibility),
    facts: factsOf(device, advisory),
    captured: (device.captured?.facts ?? []).map((fact) => ({
      ...fact,
      at: toIso(fact.at),
      assumed: fact.assumed === true,
    })),
    remediation: shownRemediation(remediationOf(state, at, advisory)),
    hints: [...hints, ...(hint === null ? [] : [hint]), ...waiting],
    conclusion: [conclusionOf(state, at, advisory, fleetDiagnosis, hint), ...waiting.map(asSentence)].join(' '),
    wouldChange: wouldChange(state, at, advisory),
    next: adviceFor(state, fleetDiagnosis ?? diagnosis, advisory),
    ended: endingOf(state),
  };
}

function asSentence(hint: string): string {
  return `${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`;
}

/** The diagnosis of the open incident, else what the device's present facts say. */
export function diagnosisAt(state: DeviceState, at: number, advisory: Advisory): HypothesisName | null {
  return isOpen(state.incident) ? state.incident.diagnosis : diagnose(state, at, advisory);
}

/** The claims, each as it counted when it was said last. */
function claimsOf(state: DeviceState, advisory: Advisory): Claim[] {
  return state.claims.map((claim) =>
    amongOthers(claim, usesOwnServer(state, claim.lastAt, advisory), claim.lastAt, advisory),
  );
}

/** The claims of each family together; those that do not count are counter-evidence. */
function familiesOf(all: readonly Claim[], at: number, advisory: Advisory): Explanation['families'] {
  const byFamily = new Map<string, Claim[]>();
  for (const claim of all) {
    if (claim.isFailure && claim.weight === 0) continue;
    byFamily.set(claim.family, [...(byFamily.get(claim.family) ?? []), claim]);
  }
  return [...byFamily].map(([name, claims]) => ({
    name,
    weight: advisory.families.get(name)?.weight ?? 0,
    firstAt: iso(Math.min(...claims.map(({ firstAt }) => firstAt))),
    lastAt: iso(Math.max(...claims.map(({ lastAt }) => lastAt))),
    count: claims.reduce((sum, { count }) => sum + count, 0),
    inWindow: claims.some((claim) => holds(claim, at, advisory)),
  }));
}

function counterEvidenceOf(all: readonly Claim[]): Explanation['counterEvidence'] {
  return all
    .filter(({ isFailure, weight }) => isFailure && weight === 0)
    .map(({ mnemonic, manner, server, count, lastAt }) => {
      return { mnemonic, manner: manner ?? 'aborted', serverKind: server, count, lastAt: iso(lastAt) };
    });
}

export function shownRemediation(remediation: Remediation | null): Explanation['remediation'] {
  if (remediation === null) return null;
  const { state, by, seenAt, verifiedAt } = remediation;
  return { state, by, seenAt: iso(seenAt), verifiedAt: toIso(verifiedAt) };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
