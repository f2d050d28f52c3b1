/**
 * Which signals are of one message: by two ways, of a file that is replayed, or in a capture and by syslog. A counter belongs to the
 * way that a line comes (one `logging host`): by another way the same line has another one.
 */
import type { Copy, SignalEvent } from '../model/device-state.ts';
import { limits } from '../model/limits.ts';

/** The index of the signal that is of the same message; -1 if there is none. `recent`: in the order of the times. */
export function copyIn(recent: readonly SignalEvent[], signal: SignalEvent): number {
  const index = signal.fingerprint === null ? -1 : equalIn(recent, signal);
  return index !== -1 || (isDated(signal) && signal.shown !== 'line') ? index : undatedIn(recent, signal);
}

/** Whether the fingerprint is of a date. */
export function isDated({ fingerprint }: SignalEvent): boolean {
  return fingerprint !== null && fingerprint >= 0;
}

/**
 * Compares only signals near in time, the latest first. By another way, the k-th of equal lines is the k-th of the first way: the
 * larger count holds.
 */
function equalIn(recent: readonly SignalEvent[], signal: SignalEvent): number {
  let other = -1;
  for (let index = recent.length - 1; index >= 0; index--) {
    const known = recent[index] as SignalEvent;
    if (known.at < signal.at - limits.copyMs) break;
    if (known.fingerprint !== signal.fingerprint || Math.abs(known.at - signal.at) > limits.copyMs) continue;
    if (isCopy(known, signal)) return index;
    if (isByOtherWay(known, signal)) other = index;
  }
  return other;
}

/** Of two signals with one fingerprint. */
function isCopy(known: SignalEvent, signal: SignalEvent): boolean {
  if (known.shown !== undefined || signal.shown !== undefined) return areSame(known.counter, signal.counter);
  // An uptime has few digits; without numbers, two lines of one way may be a repetition: a relay may have written the stamp.
  if (!isDated(signal) || !isNumbered(known) || !isNumbered(signal)) return false;
  if (signal.sequence !== null) return true;
  const counter = counterBy(known, signal.way);
  return counter !== undefined && areSame(counter, signal.counter);
}

function isByOtherWay(known: SignalEvent, signal: SignalEvent): boolean {
  if (known.shown !== undefined || signal.shown !== undefined) return false;
  if (Math.abs(known.at - signal.at) > limits.otherWayMs) return false;
  return counterBy(known, signal.way) === undefined && 1 + (known.copies?.length ?? 0) < limits.ways;
}

/** The counter that a line had by this way; undefined if it has not come by it. */
function counterBy(signal: SignalEvent, way: string | null): number | null | undefined {
  if (signal.way === way) return signal.counter;
  return signal.copies?.find((copy) => copy.way === way)?.counter;
}

function areSame(a: number | null, b: number | null): boolean {
  return a === null || b === null || a === b;
}

/** Notes that the signal at `index` has come by this way, too. A line with a sequence number is the same by any way. */
export function noted(recent: readonly SignalEvent[], index: number, { way, counter }: Copy): readonly SignalEvent[] {
  const known = recent[index] as SignalEvent;
  if (known.sequence !== null || known.shown !== undefined || counterBy(known, way) !== undefined) return recent;
  return recent.with(index, { ...known, copies: [...(known.copies ?? []), { way, counter }] });
}

/** The signals of two lists: `own` are those of `from` that are no copies of signals in `into`. */
export function withoutCopies(into: readonly SignalEvent[], from: readonly SignalEvent[]) {
  const own: SignalEvent[] = [];
  let recent = into;
  for (const signal of from) {
    const index = copyIn(recent, signal);
    if (index === -1) own.push(signal);
    else if (signal.shown === undefined)
      for (const copy of [signal, ...(signal.copies ?? [])]) recent = noted(recent, index, copy);
  }
  return { recent, own };
}

/** The counters of two lines by one way by which both came; null if there is none: those of two ways cannot be compared. */
export function countersOf(a: SignalEvent, b: SignalEvent): readonly [a: number, b: number] | null {
  for (const { way, counter } of a.copies === undefined ? [a] : [a, ...a.copies]) {
    const other = counterBy(b, way);
    if (counter !== null && other != null) return [counter, other];
  }
  return null;
}

function isNumbered({ counter, sequence }: SignalEvent): boolean {
  return counter !== null || sequence !== null;
}

/** A line by syslog without a date is dated by its receipt. It comes that late at most (assumed). */
const UNDATED_MS = 2 * 60_000;

/**
 * Of a line that a capture shows the line by syslog without a date that means the same, or the other way round: the nearest
 * one.
 */
function undatedIn(recent: readonly SignalEvent[], signal: SignalEvent): number {
  let [nearest, distance] = [-1, UNDATED_MS];
  for (let index = recent.length - 1; index >= 0; index--) {
    const other = recent[index] as SignalEvent;
    if (other.at < signal.at - UNDATED_MS) break;
    const [shown, sent] = signal.shown === 'line' ? [signal, other] : [other, signal];
    if (shown.shown !== 'line' || sent.shown !== undefined || isDated(sent)) continue;
    if (Math.abs(other.at - signal.at) > distance || !meansTheSame(shown, sent)) continue;
    [nearest, distance] = [index, Math.abs(other.at - signal.at)];
  }
  return nearest;
}

function meansTheSame(a: SignalEvent, b: SignalEvent): boolean {
  return (
    a.kind === b.kind &&
    a.mnemonic === b.mnemonic &&
    a.cause === b.cause &&
    a.manner === b.manner &&
    a.server === b.server &&
    a.peers.join() === b.peers.join()
  );
}
