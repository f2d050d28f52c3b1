/**
 * The order of a device's lines by their numbers, where the stamps contradict them: NTP has stepped the clock back, or
 * the autumn hour came twice and the stamps have no zone. The result depends on the lines alone, not on their arrival.
 */
import type { SignalEvent } from '../model/device-state.ts';
import { limits } from '../model/limits.ts';
import { countersOf } from './copies.ts';

/**
 * The signals in the order of their numbers, each with the time at which it is folded. `signals`: in the order of their
 * times. Returns `signals` itself if nothing contradicts.
 */
export function byNumber(signals: readonly SignalEvent[]): readonly SignalEvent[] {
  let moved: SignalEvent[] | null = null;
  for (let index = 0; index < signals.length; index++) {
    const before = writtenBefore(signals, index);
    if (before === null) continue;
    moved ??= [...signals];
    moved[index] = { ...(signals[index] as SignalEvent), at: before.at + 1 };
  }
  if (moved === null) return signals;
  // The sort is stable, so that of equal times the numbers' order stays.
  return moved.sort((a, b) => a.at - b.at || (numberOf(a) ?? 0) - (numberOf(b) ?? 0));
}

/** Whether a signal, appended to signals that are not later, was written before one of them. */
export function contradicts(signals: readonly SignalEvent[], signal: SignalEvent): boolean {
  const number = numberOf(signal);
  if (number === null || number < limits.numberLeast) return false;
  for (let index = signals.length - 1; index >= 0; index--) {
    const earlier = signals[index] as SignalEvent;
    if (earlier.at < signal.at - limits.numberStepMs) return false;
    if (isBehind(earlier, signal)) return true;
  }
  return false;
}

/** The last signal with a later time that was written before the signal at `index`; null if there is none. */
function writtenBefore(signals: readonly SignalEvent[], index: number): SignalEvent | null {
  const signal = signals[index] as SignalEvent;
  if (numberOf(signal) === null) return null;
  let last: SignalEvent | null = null;
  for (let later = index + 1; later < signals.length; later++) {
    const other = signals[later] as SignalEvent;
    // Numbers begin anew with a restart.
    if (other.at > signal.at + limits.numberStepMs || other.facts?.restarted === true) break;
    if (isBehind(signal, other) && !hasTwin(signals, signal) && !hasTwin(signals, other)) last = other;
  }
  return last;
}

/** Whether the numbers say that `signal` was written after `other`, whose stamp is later. Low numbers say nothing. */
function isBehind(signal: SignalEvent, other: SignalEvent): boolean {
  if (other.at <= signal.at) return false;
  if (signal.sequence !== null && other.sequence !== null)
    return isNear(other.sequence, signal.sequence, limits.sequencesNear);
  if (signal.copies === undefined && other.copies === undefined) {
    // As below, without lists: this runs for each pair of signals.
    if (signal.way !== other.way || signal.counter === null || other.counter === null) return false;
    return isNear(other.counter, signal.counter, limits.countersNear);
  }
  const counters = countersOf(other, signal);
  return counters !== null && isNear(...counters, limits.countersNear);
}

function isNear(lower: number, higher: number, most: number): boolean {
  return lower < higher && lower >= limits.numberLeast && higher - lower <= most;
}

/** A device that sends to two collectors counts for each: what came twice has two counters, which tell nothing. */
function hasTwin(signals: readonly SignalEvent[], signal: SignalEvent): boolean {
  if (signal.sequence !== null) return false;
  return signals.some(
    (other) =>
      other.mnemonic === signal.mnemonic &&
      other.manner === signal.manner &&
      other.server === signal.server &&
      other.counter !== signal.counter &&
      Math.abs(other.at - signal.at) <= limits.copyMs,
  );
}

function numberOf({ sequence, counter }: SignalEvent): number | null {
  return sequence ?? counter;
}
