import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../device.ts';
import type { Change, Incident } from '../incident.ts';
import { limits } from '../limits.ts';
import type { Course, Imported, Observed } from './course.ts';
import { pass, review, type Step, step } from './machine.ts';

/** A course that late signals can still change: settled past, the signals since, and the two together. */
export type Held = Pick<Device, 'settled' | 'settledTo' | 'tail' | 'course' | 'passedTo'>;
export type Folded = Held & { readonly changes: readonly Change[]; readonly past: readonly Course[] };
/** `copy`: it was taken in before and changes nothing. `at`: its place in time; null if it is too old for any. */
export type Taken = Folded & { readonly copy: boolean; readonly at: number | null };

export function heldOf({ settled, settledTo, tail, course, passedTo }: Held): Held {
  return { settled, settledTo, tail, course, passedTo };
}

/** Takes a signal in, in its place in time. */
export function takeIn(held: Held, sighted: Observed, advisory: Advisory, own?: Own): Taken {
  const signal = placed(held, sighted, advisory);
  if (signal === null) return { ...held, changes: [], past: [], copy: false, at: null };
  if (signal.fingerprint !== null && hasCopy(held.tail, signal))
    return { ...held, changes: [], past: [], copy: true, at: null };
  const { settled, settledTo, tail, course } = held;
  const passedTo = Math.max(held.passedTo, signal.at);
  const last = tail.at(-1);
  if (signal.at >= held.passedTo && (last === undefined || inOrder(last, signal) <= 0)) {
    const next = step(course, signal, advisory);
    return {
      settled,
      settledTo,
      tail: appended(tail, signal, own),
      course: next.course,
      passedTo,
      changes: next.changes,
      past: next.past,
      copy: false,
      at: signal.at,
    };
  }
  const late = tail.findIndex((other) => inOrder(signal, other) < 0);
  const at = late === -1 ? tail.length : late;
  const ordered = [...tail.slice(0, at), signal, ...tail.slice(at)];
  const told = foldTail(settled, tail, held.passedTo, advisory);
  const again = foldTail(settled, ordered, passedTo, advisory);
  const changes = changesBeyond(told.changes, again.changes) ?? amendments(told, again, signal.at);
  const folded = { settled, settledTo, tail: ordered, course: again.course, passedTo, changes, past: again.past };
  return { ...folded, copy: false, at: signal.at };
}

/** Tails that whoever takes signals in made himself and has not given away: they may grow where they are. */
export type Own = WeakSet<readonly Observed[]>;

function appended(tail: readonly Observed[], signal: Observed, own?: Own): readonly Observed[] {
  if (own?.has(tail) === true) {
    (tail as Observed[]).push(signal);
    return tail;
  }
  const grown = [...tail, signal];
  own?.add(grown);
  return grown;
}

/** The tail is in order: only what is near in time is looked at, the latest first. */
function hasCopy(tail: readonly Observed[], signal: Observed): boolean {
  for (let index = tail.length - 1; index >= 0; index--) {
    const other = tail[index] as Observed;
    if (other.at < signal.at - limits.copyMs) return false;
    if (isCopy(other, signal)) return true;
  }
  return false;
}

/** The same message on another way, or once more on the same: two `logging host` lines, a relay, a replayed file. */
function isCopy(a: Observed, b: Observed): boolean {
  if (a.fingerprint === null || a.fingerprint !== b.fingerprint) return false;
  if (Math.abs(a.at - b.at) > limits.copyMs) return false;
  return a.counter === null || b.counter === null || a.counter === b.counter;
}

/**
 * The signal as it can still be taken in, or null if it decides nothing: a neutral one without a word on the clock, or
 * one that is older than the window. Where a storm has settled what is younger than that, it counts as just after.
 */
function placed(held: Held, signal: Observed, advisory: Advisory): Observed | null {
  if (signal.kind === 'neutral' && signal.clock === null) return null;
  const newest = held.tail.at(-1)?.at ?? held.settledTo;
  if (signal.at < newest - advisory.correlation.windowMs) return null;
  return signal.at >= held.settledTo ? signal : { ...signal, at: held.settledTo };
}

function foldTail(settled: Course, tail: readonly Observed[], passedTo: number, advisory: Advisory): Step {
  const { course, changes, past } = foldSignals(settled, tail, advisory);
  const passed = pass(course, passedTo, advisory);
  return { course: passed.course, changes: [...changes, ...passed.changes], past };
}

/** Takes signals in, in their order. */
function foldSignals(settled: Course, signals: readonly Observed[], advisory: Advisory): Step {
  let course = settled;
  const changes: Change[] = [];
  const past: Course[] = [];
  for (const signal of signals) {
    const next = step(course, signal, advisory);
    course = next.course;
    changes.push(...next.changes);
    past.push(...next.past);
  }
  return { course, changes, past };
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
export function inOrder(a: Observed, b: Observed): number {
  if (a.at !== b.at) return a.at - b.at;
  const [left, right] = [orderKey(a), orderKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderKey({ kind, mnemonic, cause, peers }: Observed): string {
  return `${kind === 'recovery' ? 1 : 0} ${mnemonic} ${cause ?? ''} ${peers.join()}`;
}

/** The inventory says something of the device: it holds for all of its course. */
export function withImported(held: Held, imported: Imported, advisory: Advisory): Folded {
  const settled = review({ ...held.settled, imported }, advisory);
  const told = foldTail(held.settled, held.tail, held.passedTo, advisory);
  const again = foldTail(settled, held.tail, held.passedTo, advisory);
  const course = review(again.course, advisory);
  const changes = amendments({ ...told, course: held.course }, { ...again, course }, held.passedTo).map((change) => ({
    ...change,
    reason: 'inventory-changed' as const,
  }));
  return { ...held, settled, course, changes, past: again.past };
}

/** The two held as one: their settled pasts as one, made so by `join`, their signals in order, each once. */
export function together(
  held: Held,
  other: Held,
  join: (settled: Course, other: Course) => Course,
  advisory: Advisory,
): Folded & { readonly joined: readonly [own: Course, other: Course] } {
  const settledTo = Math.max(held.settledTo, other.settledTo);
  const passedTo = Math.max(held.passedTo, other.passedTo);
  const own = settledUpTo(settledTo, held.settled, held.tail, advisory);
  const added = settledUpTo(
    settledTo,
    other.settled,
    other.tail.filter((signal) => !hasCopy(held.tail, signal)),
    advisory,
  );
  const settled = join(own.settled, added.settled);
  const tail = [...own.tail, ...added.tail].sort(inOrder);
  const told = foldTail(held.settled, held.tail, held.passedTo, advisory);
  const again = foldTail(settled, tail, passedTo, advisory);
  // An incident of its own that was over, where the other one's goes on as the next.
  const over = own.settled.incident !== null && settled.ordinal > own.settled.ordinal ? [own.settled] : [];
  const past = [...own.past, ...over, ...again.past];
  const changes = amendments(told, { ...again, past }, passedTo).map((change) => {
    return { ...change, reason: 'same-device' as const };
  });
  const joined = [own.settled, added.settled] as const;
  return { settled, settledTo, tail, course: again.course, passedTo, changes, past, joined };
}

/** The settled past with every signal before a time in it, and those that are left. */
function settledUpTo(to: number, settled: Course, tail: readonly Observed[], advisory: Advisory) {
  const from = tail.findIndex(({ at }) => at >= to);
  const [before, after] = from === -1 ? [tail, []] : [tail.slice(0, from), tail.slice(from)];
  const { course, past } = foldSignals(settled, before, advisory);
  return { settled: course, tail: after, past };
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

/** By ordinal: those that ended within the tail, then the last one. */
function incidentsOf({ past, course }: Step): Map<number, Incident> {
  const incidents = new Map<number, Incident>();
  for (const { incident } of [...past, course]) if (incident !== null) incidents.set(incident.ordinal, incident);
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

/** Signals older than the window, or beyond the tail's limit, become part of the settled past. */
export function settle(held: Held, advisory: Advisory): Held {
  const { settled, tail, course, passedTo } = held;
  const newest = tail.at(-1);
  if (newest === undefined) return held;
  const horizon = newest.at - advisory.correlation.windowMs;
  let keepFrom = tail.length > limits.tailSignals ? Math.ceil(limits.tailSignals / 4) : 0;
  while (keepFrom < tail.length - 1 && (tail[keepFrom] as Observed).at < horizon) keepFrom++;
  if (keepFrom === 0) return held;
  const past = tail.slice(0, keepFrom).reduce((state, signal) => step(state, signal, advisory).course, settled);
  return {
    settled: past,
    settledTo: (tail[keepFrom - 1] as Observed).at,
    tail: tail.slice(keepFrom),
    course,
    passedTo,
  };
}
