/** Merges two devices that turned out to be the same. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState, Seen } from '../model/device-state.ts';
import { mergeHeard } from '../model/heard.ts';
import { type Change, type Incident, isOpen, levelOf, type Phase } from '../model/incident.ts';
import { earlier, later } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import { merge } from './apply-signal.ts';
import { worse } from './evolve.ts';
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
      serial: latest.serial ?? into.serial ?? from.serial,
      inventory: into.inventory ?? from.inventory,
      trustpool: (into.trustpool?.at ?? 0) >= (from.trustpool?.at ?? 0) ? into.trustpool : from.trustpool,
      timeQuality: latest.timeQuality,
      firstSeenAt: earlier(into.firstSeenAt, from.firstSeenAt),
      lastSeenAt: latest.lastSeenAt,
      messages: into.messages + from.messages,
      heard: mergeHeard(into.heard, from.heard),
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
    families: mergeSeen(a.families, b.families, since),
    counter: mergeSeen(a.counter, b.counter, since),
    failingPeers: failing.reduce<readonly string[]>(
      (peers, state) => merge(peers, state.failingPeers, limits.failingPeers),
      [],
    ),
    criticalAt: later(after(a.criticalAt), after(b.criticalAt)),
    clock: a.clock ?? b.clock,
    lastSuccessAt,
    firstFailureAt: earlier(after(a.firstFailureAt), after(b.firstFailureAt)),
    lastFailureAt,
    pid: a.pid ?? b.pid,
    release: a.release ?? b.release,
    imported: a.imported ?? b.imported,
    repair: (a.repair?.at ?? 0) >= (b.repair?.at ?? 0) ? a.repair : b.repair,
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
    evidence: a.incident.evidence + b.incident.evidence,
    regressions: a.incident.regressions + b.incident.regressions,
    consequence: a.incident.consequence || b.incident.consequence,
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
  const since = { from: levelOf(phase), since: successAt };
  const ended: Phase =
    phase.state === 'suppressed' ? { state: 'resolved', ...since, at: successAt } : { state: 'recovering', ...since };
  return { ...incident, phase: ended };
}

function mergeSeen(a: Readonly<Record<string, Seen>>, b: Readonly<Record<string, Seen>>, since: number) {
  const merged: Record<string, Seen> = {};
  for (const [name, seen] of [...Object.entries(a), ...Object.entries(b)]) {
    if (seen.lastAt <= since) continue;
    const other = merged[name];
    merged[name] =
      other === undefined
        ? seen
        : {
            firstAt: Math.min(seen.firstAt, other.firstAt),
            lastAt: Math.max(seen.lastAt, other.lastAt),
            count: seen.count + other.count,
          };
  }
  return merged;
}
