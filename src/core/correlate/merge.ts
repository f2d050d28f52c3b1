/** Merges two devices that turned out to be the same. */
import type { Advisory } from '../advisory/advisory.ts';
import { mergeCaptured } from '../model/captured.ts';
import type { Device } from '../model/device.ts';
import type { Claim, DeviceState } from '../model/device-state.ts';
import { mergeHeard } from '../model/heard.ts';
import { type Change, type Incident, isOpen, levelOf, type Phase } from '../model/incident.ts';
import { earlier, later } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import { merge } from './apply-signal.ts';
import { worse } from './evolve.ts';
import { mergeSenders } from './senders.ts';
import { mergeTimelines } from './timeline.ts';

/**
 * `withdrawn`: changes reported under the old key (its incident moved or was withdrawn). `fromOrdinal`: incidents of
 * the old key from this ordinal on belong to the device's last incident; earlier ones are finished and stay under the
 * old key.
 */
export type Merged = {
  readonly device: Device;
  readonly changes: readonly Change[];
  readonly past: readonly DeviceState[];
  readonly withdrawn: readonly Change[];
  readonly fromOrdinal: number;
};

/** Merges `from` into `into`. The incidents of `into` that differ afterwards are amended. */
export function mergeDevices(into: Device, from: Device, advisory: Advisory): Merged {
  const { changes, past, joined, ...timeline } = mergeTimelines(into, from, mergeStates, advisory);
  const latest = (from.lastSeenAt ?? -1) > (into.lastSeenAt ?? -1) ? from : into;
  const shown = (from.serialAt ?? -1) > (into.serialAt ?? -1) ? from : into;
  const [intoSnapshot, fromSnapshot] = joined;
  const isFinished = !isOpen(from.state.incident) && from.state.ordinal === fromSnapshot.ordinal;
  const wasFinished = fromSnapshot.incident !== null && !isOpen(fromSnapshot.incident);
  // `mergeIncidents` keeps the incident of `into`: a finished one of `from` stays under the old key.
  const stays = isFinished && wasFinished && intoSnapshot.incident !== null;
  return {
    device: {
      ...into,
      peer: latest.peer ?? into.peer ?? from.peer,
      pid: latest.pid ?? into.pid ?? from.pid,
      serial: shown.serial,
      serialAt: shown.serialAt,
      foreignSerial: null,
      inventory: into.inventory ?? from.inventory,
      trustpool: (into.trustpool?.at ?? 0) >= (from.trustpool?.at ?? 0) ? into.trustpool : from.trustpool,
      captured: mergeCaptured(into.captured, from.captured),
      timeQuality: latest.timeQuality,
      firstSeenAt: earlier(into.firstSeenAt, from.firstSeenAt),
      lastSeenAt: latest.lastSeenAt,
      messages: into.messages + from.messages,
      heard: mergeHeard(into.heard, from.heard),
      senders: mergeSenders(into, from),
      ...timeline,
    },
    changes,
    past,
    withdrawn: stays ? [] : withdrawals(from),
    fromOrdinal: stays ? from.state.ordinal + 1 : lastOrdinal(from.state),
  };
}

/** `from` under a key without a device: keeps its whole state; its incident is announced again under the new key. */
export function renamed(from: Device, key: string, keyFrom: Device['keyFrom']): Merged {
  const { incident } = from.state;
  const changes = incident === null ? [] : [moved('IncidentAmended', incident, null, from.watermark)];
  const device = { ...from, key, keyFrom, version: 0 };
  return { device, changes, past: [], withdrawn: withdrawals(from), fromOrdinal: lastOrdinal(from.state) };
}

/** The ordinal of the last incident, or of the first one that may open. */
export function lastOrdinal({ incident, ordinal }: DeviceState): number {
  return incident === null ? ordinal + 1 : incident.ordinal;
}

function withdrawals({ state, watermark }: Device): Change[] {
  const { incident } = state;
  return incident === null ? [] : [moved('IncidentWithdrawn', incident, incident.phase.state, watermark)];
}

function moved(type: Change['type'], incident: Incident, from: Change['from'], at: number): Change {
  const to = type === 'IncidentWithdrawn' ? 'closed' : incident.phase.state;
  return { type, ordinal: incident.ordinal, at, from, to, severity: incident.severity, reason: 'same-device' };
}

function mergeStates(a: DeviceState, b: DeviceState): DeviceState {
  const lastSuccessAt = later(a.lastSuccessAt, b.lastSuccessAt);
  const since = lastSuccessAt ?? Number.NEGATIVE_INFINITY;
  const after = (at: number | null) => (at !== null && at > since ? at : null);
  const failing = [a, b].filter((state) => after(state.lastFailureAt) !== null);
  const lastFailureAt = later(after(a.lastFailureAt), after(b.lastFailureAt));
  const incident = recovered(mergeIncidents(a, b), lastFailureAt === null ? lastSuccessAt : null);
  return {
    claims: mergeClaims(a.claims, b.claims, since),
    failingPeers: failing.reduce<readonly string[]>(
      (peers, state) => merge(peers, state.failingPeers, limits.failingPeers),
      [],
    ),
    criticalAt: later(after(a.criticalAt), after(b.criticalAt)),
    clock: a.clock ?? b.clock,
    lastSuccessAt,
    graceFrom: later(a.graceFrom, b.graceFrom),
    movedAt: earlier(after(a.movedAt), after(b.movedAt)),
    firstFailureAt: earlier(after(a.firstFailureAt), after(b.firstFailureAt)),
    failsSince: earlier(after(a.failsSince), after(b.failsSince)),
    lastFailureAt,
    pid: a.pid ?? b.pid,
    release: a.release ?? b.release,
    licensing: a.licensing ?? b.licensing,
    uses: a.uses ?? b.uses,
    imported: a.imported ?? b.imported,
    ofSeveral: a.ofSeveral || b.ofSeveral,
    repair: (a.repair?.at ?? 0) >= (b.repair?.at ?? 0) ? a.repair : b.repair,
    lostRepair: (a.lostRepair?.lostAt ?? 0) >= (b.lostRepair?.lostAt ?? 0) ? a.lostRepair : b.lostRepair,
    heals: [...new Set([...a.heals, ...b.heals])].sort((x, y) => x - y).slice(-limits.heals),
    clockSetAt: later(a.clockSetAt, b.clockSetAt),
    configuredAt: later(a.configuredAt, b.configuredAt),
    wrongClock: a.wrongClock ?? b.wrongClock,
    healed: (a.healed?.to ?? 0) >= (b.healed?.to ?? 0) ? a.healed : b.healed,
    ordinal: Math.max(a.ordinal, incident?.ordinal ?? 0),
    incident,
  };
}

/** Two open incidents become one; an open incident replaces a finished one. */
function mergeIncidents(a: DeviceState, b: DeviceState): Incident | null {
  if (b.incident === null) return a.incident;
  if (a.incident === null) return { ...b.incident, ordinal: a.ordinal + 1 };
  if (!isOpen(b.incident)) return a.incident;
  if (!isOpen(a.incident)) return { ...b.incident, ordinal: a.ordinal + 1 };
  const higher = b.incident.score > a.incident.score ? b.incident : a.incident;
  return {
    ...higher,
    phase: mergePhases(a.incident.phase, b.incident.phase),
    ordinal: a.incident.ordinal,
    severity: worse(a.incident.severity, b.incident.severity),
    families: merge(a.incident.families, b.incident.families),
    openedAt: Math.min(a.incident.openedAt, b.incident.openedAt),
    confirmedAt: earlier(a.incident.confirmedAt, b.incident.confirmedAt),
    firstEvidenceAt: Math.min(a.incident.firstEvidenceAt, b.incident.firstEvidenceAt),
    lastEvidenceAt: Math.max(a.incident.lastEvidenceAt, b.incident.lastEvidenceAt),
    lastFailureAt: later(a.incident.lastFailureAt, b.incident.lastFailureAt),
    evidence: a.incident.evidence + b.incident.evidence,
    regressions: a.incident.regressions + b.incident.regressions,
    consequence: a.incident.consequence || b.incident.consequence,
    healedByItself: a.incident.healedByItself + b.incident.healedByItself,
  };
}

const PRECEDENCE: readonly Phase['state'][] = ['confirmed', 'suspected', 'suppressed', 'stale', 'recovering'];

/**
 * For open incidents: a device that fails under one name fails, and an incident confirmed under one name is confirmed.
 */
function mergePhases(a: Phase, b: Phase): Phase {
  const level = levelOf(a) === 'confirmed' || levelOf(b) === 'confirmed' ? 'confirmed' : 'suspected';
  const phase = PRECEDENCE.indexOf(a.state) <= PRECEDENCE.indexOf(b.state) ? a : b;
  return 'from' in phase ? { ...phase, from: level } : { state: level };
}

/** The incident after a success under the other name. `successAt`: null if a failure followed the success. */
function recovered(incident: Incident | null, successAt: number | null): Incident | null {
  if (incident === null || successAt === null || successAt <= incident.lastEvidenceAt) return incident;
  const { phase } = incident;
  if (!isOpen(incident) || phase.state === 'recovering') return incident;
  const since = { from: levelOf(phase), since: successAt, moved: false };
  const ended: Phase =
    phase.state === 'suppressed' ? { state: 'resolved', ...since, at: successAt } : { state: 'recovering', ...since };
  return { ...incident, phase: ended };
}

function mergeClaims(a: DeviceState['claims'], b: DeviceState['claims'], since: number): DeviceState['claims'] {
  const merged: Claim[] = [];
  for (const claim of [...a, ...b]) {
    if (claim.lastAt <= since) continue;
    const isSame = (other: Claim) =>
      other.mnemonic === claim.mnemonic && other.server === claim.server && other.manner === claim.manner;
    const index = merged.findIndex(isSame);
    if (index === -1) merged.push(claim);
    else merged[index] = mergedClaim(merged[index] as Claim, claim);
  }
  return merged.slice(-limits.claims);
}

function mergedClaim(a: Claim, b: Claim): Claim {
  const aloneAt =
    a.aloneAt === null || b.aloneAt === null
      ? null
      : [...new Set([...a.aloneAt, ...b.aloneAt])].sort((x, y) => x - y).slice(-limits.heals);
  return {
    ...a,
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
    count: a.count + b.count,
    soundAt: later(a.soundAt, b.soundAt),
    aloneAt,
  };
}
