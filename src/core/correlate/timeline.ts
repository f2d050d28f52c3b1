import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState, Imported, SignalEvent } from '../model/device-state.ts';
import type { Change, Incident } from '../model/incident.ts';
import { limits } from '../model/limits.ts';
import { copyIn, noted, withoutCopies } from './copies.ts';
import { advanceTo, reassess, type Step, step } from './machine.ts';
import { byNumber, contradicts } from './number-order.ts';

/**
 * The part of a device that late signals can still change. `snapshot`: the state up to `snapshotAt`; `recent`: the
 * later signals, in the order of their times; `state`: the snapshot with the recent signals folded in, at the time
 * `watermark`.
 */
export type Timeline = Pick<Device, 'snapshot' | 'snapshotAt' | 'recent' | 'state' | 'watermark'>;
export type TimelineUpdate = Timeline & { readonly changes: readonly Change[]; readonly past: readonly DeviceState[] };
/**
 * `copy`: the signal is a copy of a known one and changes nothing. `shownBefore`: only a capture has shown it so far. `tooLate`:
 * later lines of the device are beyond the lateness, so that it changes nothing. `at`: the time of the signal in the timeline; null
 * if the signal is not in it: a copy, too old, or without effect.
 */
export type Inserted = TimelineUpdate & {
  readonly copy: boolean;
  readonly shownBefore?: true;
  readonly tooLate?: true;
  readonly at: number | null;
};

export function timelineOf({ snapshot, snapshotAt, recent, state, watermark }: Timeline): Timeline {
  return { snapshot, snapshotAt, recent, state, watermark };
}

/** Inserts a signal at its place in time. A late signal folds all recent signals again. */
export function insert(
  timeline: Timeline,
  event: SignalEvent,
  advisory: Advisory,
  growable?: GrowableArrays,
): Inserted {
  const signal = positioned(timeline, event, advisory);
  if (signal === null) {
    const without = { ...timeline, changes: [], past: [], copy: false, at: null };
    return event.kind === 'neutral' ? without : { ...without, tooLate: true };
  }
  const copy = copyIn(timeline.recent, signal);
  if (copy !== -1) return withCopy(timeline, copy, signal, growable);
  const { snapshot, snapshotAt, recent, state } = timeline;
  const watermark = Math.max(timeline.watermark, signal.at);
  const last = recent.at(-1);
  const isNext = signal.at >= timeline.watermark && (last === undefined || inOrder(last, signal) <= 0);
  if (isNext && !contradicts(recent, signal)) {
    const next = step(state, signal, advisory);
    return {
      snapshot,
      snapshotAt,
      recent: append(recent, signal, growable),
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
  const before = foldRecent(snapshot, recent, timeline.watermark, advisory);
  const after = foldRecent(snapshot, ordered, watermark, advisory);
  const changes = changesBeyond(before.changes, after.changes) ?? amendments(before, after, signal.at);
  const folded = { snapshot, snapshotAt, recent: ordered, state: after.state, watermark, changes, past: after.past };
  return { ...folded, copy: false, at: signal.at };
}

/** Arrays created in this batch and not yet published; safe to append in place. */
export type GrowableArrays = WeakSet<readonly SignalEvent[]>;

function append(
  recent: readonly SignalEvent[],
  signal: SignalEvent,
  growable?: GrowableArrays,
): readonly SignalEvent[] {
  if (growable?.has(recent) === true) {
    (recent as SignalEvent[]).push(signal);
    return recent;
  }
  const grown = [...recent, signal];
  growable?.add(grown);
  return grown;
}

/**
 * A line that comes by syslog after a capture has shown it takes the place of the shown one, as if it had come first; but not
 * with numbers that contradict the order in which the capture was folded.
 */
function withCopy(timeline: Timeline, index: number, signal: SignalEvent, growable?: GrowableArrays): Inserted {
  const { shown, counter, way, sequence } = signal;
  const { shown: known, ...twin } = timeline.recent[index] as SignalEvent;
  const same = { ...timeline, changes: [], past: [], copy: true, at: null };
  if (known === undefined && shown === undefined) {
    const recent = noted(timeline.recent, index, signal);
    if (recent !== timeline.recent) growable?.add(recent);
    return { ...same, recent };
  }
  if (known !== 'line' || shown !== undefined) return same;
  const recent = timeline.recent.with(index, { ...twin, counter, way, sequence });
  return { ...same, recent: byNumber(recent) === recent ? recent : timeline.recent, shownBefore: true };
}

/**
 * The signal with its time in the timeline. Null if the signal decides nothing: a neutral one that says nothing about
 * the clock, or one that is too late. If `compact` has moved the snapshot into the lateness, as in a storm, a signal
 * from before the snapshot gets the snapshot's time.
 */
function positioned(timeline: Timeline, signal: SignalEvent, advisory: Advisory): SignalEvent | null {
  if (signal.kind === 'neutral' && signal.clock === null) return null;
  const newest = newestLineAt(timeline);
  if (signal.at < newest - advisory.correlation.latenessMs) return null;
  return signal.at >= timeline.snapshotAt ? signal : { ...signal, at: timeline.snapshotAt };
}

/** The time of the newest line; what captures show makes no line late. The time of the snapshot if there is none. */
export function newestLineAt({ recent, snapshotAt }: Pick<Timeline, 'recent' | 'snapshotAt'>): number {
  return recent.findLast(({ shown }) => shown === undefined)?.at ?? snapshotAt;
}

function foldRecent(
  snapshot: DeviceState,
  recent: readonly SignalEvent[],
  watermark: number,
  advisory: Advisory,
): Step {
  const { state, changes, past } = foldSignals(snapshot, recent, advisory);
  const passed = advanceTo(state, watermark, advisory);
  return { state: passed.state, changes: [...changes, ...passed.changes], past: [...past, ...passed.past] };
}

/** Folds signals into a state, in the order of their times, or of their numbers where these contradict the times. */
function foldSignals(snapshot: DeviceState, signals: readonly SignalEvent[], advisory: Advisory): Step {
  let state = snapshot;
  const changes: Change[] = [];
  const past: DeviceState[] = [];
  for (const signal of byNumber(signals)) {
    const next = step(state, signal, advisory);
    state = next.state;
    changes.push(...next.changes);
    past.push(...next.past);
  }
  return { state, changes, past };
}

/** The changes that follow the former ones; null if a former change no longer holds. */
function changesBeyond(before: readonly Change[], after: readonly Change[]): readonly Change[] | null {
  const holds = before.every((change, index) => after[index] !== undefined && sameChange(change, after[index]));
  return holds ? after.slice(before.length) : null;
}

function sameChange(a: Change, b: Change): boolean {
  return (
    a.type === b.type && a.ordinal === b.ordinal && a.from === b.from && a.to === b.to && a.severity === b.severity
  );
}

/**
 * Orders signals by time, and signals of equal times by their content, so that the order of arrival decides nothing.
 */
export function inOrder(a: SignalEvent, b: SignalEvent): number {
  if (a.at !== b.at) return a.at - b.at;
  const [left, right] = [orderKey(a), orderKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderKey({ kind, mnemonic, cause, peers, server, manner, clock, facts }: SignalEvent): string {
  const said = `${mnemonic} ${cause ?? ''} ${peers.join()} ${server} ${manner ?? ''}`;
  return `${kind === 'recovery' ? 1 : 0} ${said} ${clock ?? ''} ${JSON.stringify(facts)}`;
}

/** Applies facts of the inventory. They hold for all of the timeline, so the snapshot and the state are reassessed. */
export function withInventory(timeline: Timeline, imported: Imported, advisory: Advisory): TimelineUpdate {
  const snapshot = reassess({ ...timeline.snapshot, imported }, advisory);
  const before = foldRecent(timeline.snapshot, timeline.recent, timeline.watermark, advisory);
  const after = foldRecent(snapshot, timeline.recent, timeline.watermark, advisory);
  const state = reassess(after.state, advisory);
  const changes = amendments({ ...before, state: timeline.state }, { ...after, state }, timeline.watermark).map(
    (change) => ({
      ...change,
      reason: 'inventory-changed' as const,
    }),
  );
  return { ...timeline, snapshot, state, changes, past: after.past };
}

/**
 * Merges two timelines: `join` merges the two snapshots, both moved to the later time; the recent signals of both
 * follow in order, without copies. `joined`: the two snapshots before `join`.
 */
export function mergeTimelines(
  into: Timeline,
  from: Timeline,
  join: (into: DeviceState, from: DeviceState) => DeviceState,
  advisory: Advisory,
): TimelineUpdate & { readonly joined: readonly [into: DeviceState, from: DeviceState] } {
  const snapshotAt = Math.max(into.snapshotAt, from.snapshotAt);
  const watermark = Math.max(into.watermark, from.watermark);
  const { recent: together, own } = withoutCopies(into.recent, from.recent);
  const intoParts = snapshotUpTo(snapshotAt, into.snapshot, together, advisory);
  const fromParts = snapshotUpTo(snapshotAt, from.snapshot, own, advisory);
  const snapshot = join(intoParts.snapshot, fromParts.snapshot);
  const recent = [...intoParts.recent, ...fromParts.recent].sort(inOrder);
  const before = foldRecent(into.snapshot, into.recent, into.watermark, advisory);
  const after = foldRecent(snapshot, recent, watermark, advisory);
  // The incident of `into` was finished, and the incident of `from` continues as the next one.
  const over =
    intoParts.snapshot.incident !== null && snapshot.ordinal > intoParts.snapshot.ordinal ? [intoParts.snapshot] : [];
  const past = [...intoParts.past, ...over, ...after.past];
  const changes = amendments(before, { ...after, past }, watermark).map((change) => {
    return { ...change, reason: 'same-device' as const };
  });
  const joined = [intoParts.snapshot, fromParts.snapshot] as const;
  return { snapshot, snapshotAt, recent, state: after.state, watermark, changes, past, joined };
}

/** The snapshot with every signal before the time `to` folded in, and the remaining signals. */
function snapshotUpTo(to: number, snapshot: DeviceState, recent: readonly SignalEvent[], advisory: Advisory) {
  const from = recent.findIndex(({ at }) => at >= to);
  const [earlier, later] = from === -1 ? [recent, []] : [recent.slice(0, from), recent.slice(from)];
  const { state, past } = foldSignals(snapshot, earlier, advisory);
  return { snapshot: state, recent: later, past };
}

/**
 * The difference between two results as one change per incident, without repeating the transitions that were announced
 * before. An incident that no longer exists is withdrawn.
 */
export function amendments(former: Step, corrected: Step, at: number): Change[] {
  const [before, after] = [incidentsOf(former), incidentsOf(corrected)];
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

/** By ordinal: the incidents that finished within the recent signals, then the last one. */
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

/** Folds signals that no late line can precede any more, or beyond `limits.recentSignals`, into the snapshot. */
export function compact(timeline: Timeline, advisory: Advisory): Timeline {
  const { snapshot, recent, state, watermark } = timeline;
  if (recent.length === 0) return timeline;
  const horizon = newestLineAt(timeline) - advisory.correlation.latenessMs;
  let keepFrom = recent.length > limits.recentSignals ? Math.ceil(limits.recentSignals / 4) : 0;
  while (keepFrom < recent.length - 1 && (recent[keepFrom] as SignalEvent).at < horizon) keepFrom++;
  if (keepFrom === 0) return timeline;
  return {
    snapshot: foldSignals(snapshot, recent.slice(0, keepFrom), advisory).state,
    snapshotAt: (recent[keepFrom - 1] as SignalEvent).at,
    recent: recent.slice(keepFrom),
    state,
    watermark,
  };
}
