import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState, Imported, SignalEvent } from '../model/device-state.ts';
import type { Change, Incident } from '../model/incident.ts';
import { limits } from '../model/limits.ts';
import { advanceTo, reassess, type Step, step } from './machine.ts';

/** A state that late signals can still change: snapshot past, the signals since, and the two together. */
export type Timeline = Pick<Device, 'snapshot' | 'snapshotAt' | 'recent' | 'state' | 'watermark'>;
export type TimelineUpdate = Timeline & { readonly changes: readonly Change[]; readonly past: readonly DeviceState[] };
/** `copy`: it was taken in before and changes nothing. `at`: its place in time; null if it is too old for any. */
export type Inserted = TimelineUpdate & { readonly copy: boolean; readonly at: number | null };

export function timelineOf({ snapshot, snapshotAt, recent, state, watermark }: Timeline): Timeline {
  return { snapshot, snapshotAt, recent, state, watermark };
}

/** Takes a signal in, in its place in time. */
export function insert(held: Timeline, event: SignalEvent, advisory: Advisory, own?: GrowableArrays): Inserted {
  const signal = positioned(held, event, advisory);
  if (signal === null) return { ...held, changes: [], past: [], copy: false, at: null };
  if (signal.fingerprint !== null && hasCopy(held.recent, signal))
    return { ...held, changes: [], past: [], copy: true, at: null };
  const { snapshot, snapshotAt, recent, state } = held;
  const watermark = Math.max(held.watermark, signal.at);
  const last = recent.at(-1);
  if (signal.at >= held.watermark && (last === undefined || inOrder(last, signal) <= 0)) {
    const next = step(state, signal, advisory);
    return {
      snapshot,
      snapshotAt,
      recent: appended(recent, signal, own),
      state: next.state,
      watermark,
      changes: next.changes,
      past: next.past,
      copy: false,
      at: signal.at,
    };
  }
  const late = recent.findIndex((other) => inOrder(signal, other) < 0);
  const at = late === -1 ? recent.length : late;
  const ordered = [...recent.slice(0, at), signal, ...recent.slice(at)];
  const told = foldRecent(snapshot, recent, held.watermark, advisory);
  const again = foldRecent(snapshot, ordered, watermark, advisory);
  const changes = changesBeyond(told.changes, again.changes) ?? amendments(told, again, signal.at);
  const folded = { snapshot, snapshotAt, recent: ordered, state: again.state, watermark, changes, past: again.past };
  return { ...folded, copy: false, at: signal.at };
}

/** Tails that whoever takes signals in made himself and has not given away: they may grow where they are. */
export type GrowableArrays = WeakSet<readonly SignalEvent[]>;

function appended(recent: readonly SignalEvent[], signal: SignalEvent, own?: GrowableArrays): readonly SignalEvent[] {
  if (own?.has(recent) === true) {
    (recent as SignalEvent[]).push(signal);
    return recent;
  }
  const grown = [...recent, signal];
  own?.add(grown);
  return grown;
}

/** The recent is in order: only what is near in time is looked at, the latest first. */
function hasCopy(recent: readonly SignalEvent[], signal: SignalEvent): boolean {
  for (let index = recent.length - 1; index >= 0; index--) {
    const other = recent[index] as SignalEvent;
    if (other.at < signal.at - limits.copyMs) return false;
    if (isCopy(other, signal)) return true;
  }
  return false;
}

/** The same message on another way, or once more on the same: two `logging host` lines, a relay, a replayed file. */
function isCopy(a: SignalEvent, b: SignalEvent): boolean {
  if (a.fingerprint === null || a.fingerprint !== b.fingerprint) return false;
  if (Math.abs(a.at - b.at) > limits.copyMs) return false;
  return a.counter === null || b.counter === null || a.counter === b.counter;
}

/**
 * The signal as it can still be taken in, or null if it decides nothing: a neutral one without a word on the clock, or
 * one that is older than the window. Where a storm has snapshot what is younger than that, it counts as just after.
 */
function positioned(held: Timeline, signal: SignalEvent, advisory: Advisory): SignalEvent | null {
  if (signal.kind === 'neutral' && signal.clock === null) return null;
  const newest = held.recent.at(-1)?.at ?? held.snapshotAt;
  if (signal.at < newest - advisory.correlation.windowMs) return null;
  return signal.at >= held.snapshotAt ? signal : { ...signal, at: held.snapshotAt };
}

function foldRecent(
  snapshot: DeviceState,
  recent: readonly SignalEvent[],
  watermark: number,
  advisory: Advisory,
): Step {
  const { state, changes, past } = foldSignals(snapshot, recent, advisory);
  const passed = advanceTo(state, watermark, advisory);
  return { state: passed.state, changes: [...changes, ...passed.changes], past };
}

/** Takes signals in, in their order. */
function foldSignals(snapshot: DeviceState, signals: readonly SignalEvent[], advisory: Advisory): Step {
  let state = snapshot;
  const changes: Change[] = [];
  const past: DeviceState[] = [];
  for (const signal of signals) {
    const next = step(state, signal, advisory);
    state = next.state;
    changes.push(...next.changes);
    past.push(...next.past);
  }
  return { state, changes, past };
}

/** What a late signal adds behind all that was told before; null if that no longer holds as it was told. */
function changesBeyond(told: readonly Change[], again: readonly Change[]): readonly Change[] | null {
  const holds = told.every((change, index) => again[index] !== undefined && sameChange(change, again[index]));
  return holds ? again.slice(told.length) : null;
}

function sameChange(a: Change, b: Change): boolean {
  return (
    a.type === b.type && a.ordinal === b.ordinal && a.from === b.from && a.to === b.to && a.severity === b.severity
  );
}

/** Equal times are ordered by what the signals say, so that the order of arrival decides nothing. */
export function inOrder(a: SignalEvent, b: SignalEvent): number {
  if (a.at !== b.at) return a.at - b.at;
  const [left, right] = [orderKey(a), orderKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderKey({ kind, mnemonic, cause, peers }: SignalEvent): string {
  return `${kind === 'recovery' ? 1 : 0} ${mnemonic} ${cause ?? ''} ${peers.join()}`;
}

/** The inventory says something of the device: it holds for all of its state. */
export function withInventory(held: Timeline, imported: Imported, advisory: Advisory): TimelineUpdate {
  const snapshot = reassess({ ...held.snapshot, imported }, advisory);
  const told = foldRecent(held.snapshot, held.recent, held.watermark, advisory);
  const again = foldRecent(snapshot, held.recent, held.watermark, advisory);
  const state = reassess(again.state, advisory);
  const changes = amendments({ ...told, state: held.state }, { ...again, state }, held.watermark).map((change) => ({
    ...change,
    reason: 'inventory-changed' as const,
  }));
  return { ...held, snapshot, state, changes, past: again.past };
}

/** The two held as one: their snapshot pasts as one, made so by `join`, their signals in order, each once. */
export function mergeTimelines(
  held: Timeline,
  other: Timeline,
  join: (snapshot: DeviceState, other: DeviceState) => DeviceState,
  advisory: Advisory,
): TimelineUpdate & { readonly joined: readonly [own: DeviceState, other: DeviceState] } {
  const snapshotAt = Math.max(held.snapshotAt, other.snapshotAt);
  const watermark = Math.max(held.watermark, other.watermark);
  const own = snapshotUpTo(snapshotAt, held.snapshot, held.recent, advisory);
  const added = snapshotUpTo(
    snapshotAt,
    other.snapshot,
    other.recent.filter((signal) => !hasCopy(held.recent, signal)),
    advisory,
  );
  const snapshot = join(own.snapshot, added.snapshot);
  const recent = [...own.recent, ...added.recent].sort(inOrder);
  const told = foldRecent(held.snapshot, held.recent, held.watermark, advisory);
  const again = foldRecent(snapshot, recent, watermark, advisory);
  // An incident of its own that was over, where the other one's goes on as the next.
  const over = own.snapshot.incident !== null && snapshot.ordinal > own.snapshot.ordinal ? [own.snapshot] : [];
  const past = [...own.past, ...over, ...again.past];
  const changes = amendments(told, { ...again, past }, watermark).map((change) => {
    return { ...change, reason: 'same-device' as const };
  });
  const joined = [own.snapshot, added.snapshot] as const;
  return { snapshot, snapshotAt, recent, state: again.state, watermark, changes, past, joined };
}

/** The snapshot past with every signal before a time in it, and those that are left. */
function snapshotUpTo(to: number, snapshot: DeviceState, recent: readonly SignalEvent[], advisory: Advisory) {
  const from = recent.findIndex(({ at }) => at >= to);
  const [before, after] = from === -1 ? [recent, []] : [recent.slice(0, from), recent.slice(from)];
  const { state, past } = foldSignals(snapshot, before, advisory);
  return { snapshot: state, recent: after, past };
}

/**
 * What a late signal changed, said as one change an incident: the transitions that were told before are not told
 * again. Incidents that there never were are withdrawn.
 */
function amendments(told: Step, again: Step, at: number): Change[] {
  const [before, after] = [incidentsOf(told), incidentsOf(again)];
  const changes: Change[] = [];
  for (const [ordinal, { phase, severity }] of before) {
    if (!after.has(ordinal)) changes.push(amendment('IncidentWithdrawn', ordinal, at, phase.state, 'closed', severity));
  }
  for (const [ordinal, { phase, severity }] of after) {
    const was = before.get(ordinal);
    if (was?.phase.state === phase.state && was.severity === severity) continue;
    changes.push(amendment('IncidentAmended', ordinal, at, was?.phase.state ?? null, phase.state, severity));
  }
  return changes;
}

/** By ordinal: those that ended within the recent, then the last one. */
function incidentsOf({ past, state }: Step): Map<number, Incident> {
  const incidents = new Map<number, Incident>();
  for (const { incident } of [...past, state]) if (incident !== null) incidents.set(incident.ordinal, incident);
  return incidents;
}

function amendment(
  type: 'IncidentAmended' | 'IncidentWithdrawn',
  ordinal: number,
  at: number,
  from: Change['from'],
  to: Change['to'],
  severity: Change['severity'],
): Change {
  return { type, ordinal, at, from, to, severity, reason: 'late-evidence' };
}

/** Signals older than the window, or beyond the recent's limit, become part of the snapshot past. */
export function compact(held: Timeline, advisory: Advisory): Timeline {
  const { snapshot, recent, state, watermark } = held;
  const newest = recent.at(-1);
  if (newest === undefined) return held;
  const horizon = newest.at - advisory.correlation.windowMs;
  let keepFrom = recent.length > limits.recentSignals ? Math.ceil(limits.recentSignals / 4) : 0;
  while (keepFrom < recent.length - 1 && (recent[keepFrom] as SignalEvent).at < horizon) keepFrom++;
  if (keepFrom === 0) return held;
  const past = recent.slice(0, keepFrom).reduce((state, signal) => step(state, signal, advisory).state, snapshot);
  return {
    snapshot: past,
    snapshotAt: (recent[keepFrom - 1] as SignalEvent).at,
    recent: recent.slice(keepFrom),
    state,
    watermark,
  };
}
