/**
 * The order of a device's lines by their numbers, where the stamps contradict them: NTP has stepped the clock back, or
 * the autumn hour came twice and the stamps have no zone. A line with a later number then gets a later time.
 */
import type { SignalEvent } from '../model/device-state.ts';
import { limits } from '../model/limits.ts';

/**
 * The signals with `signal` in its place. `recent`: in the order of their times. `at`: the time that `signal` got.
 * `moved`: signals that were there, and whose times changed.
 */
export type Placed = {
  readonly recent: readonly SignalEvent[];
  readonly signal: SignalEvent;
  readonly moved: readonly SignalEvent[];
};

/** Finds the place of a signal. Usually nothing contradicts, and nothing is moved. */
export function placeByNumber(recent: readonly SignalEvent[], signal: SignalEvent): Placed {
  const placed = behindEarlier(recent, signal);
  const late = writtenAfter(recent, placed);
  if (late.length === 0) return { recent, signal: placed, moved: NONE };
  const byNumber = [...late].sort((a, b) => (distance(b, a) ?? 0) - (distance(a, b) ?? 0));
  const moved = byNumber.map((other, index) => ({ ...other, at: placed.at + index + 1 }));
  return { recent: recent.filter((other) => !late.includes(other)), signal: placed, moved };
}

/** A line that arrived after lines with earlier numbers was written after them, whatever its stamp says. */
function behindEarlier(recent: readonly SignalEvent[], signal: SignalEvent): SignalEvent {
  let { at } = signal;
  for (let index = recent.length - 1; index >= 0; index--) {
    const other = recent[index] as SignalEvent;
    if (other.at < signal.at) break;
    const ahead = distance(other, signal);
    const most = bySequence(other, signal) === null ? limits.numberNear : limits.numberSpan;
    if (ahead !== null && ahead > 0 && ahead <= most) at = Math.max(at, other.at + 1);
  }
  return at === signal.at ? signal : { ...signal, at };
}

/**
 * The lines that were written after `signal`, although their stamps are earlier and they arrived earlier. After a restart
 * numbers begin anew, so only lines that are near in number and time are moved, and no low numbers. The message counter
 * does not tell here: a device that sends to two collectors counts for each.
 */
function writtenAfter(recent: readonly SignalEvent[], signal: SignalEvent): readonly SignalEvent[] {
  if ((signal.sequence ?? 0) < limits.numberLeast) return NONE;
  let late: SignalEvent[] | null = null;
  for (let index = recent.length - 1; index >= 0; index--) {
    const other = recent[index] as SignalEvent;
    if (other.at < signal.at - limits.numberStepMs) break;
    const ahead = other.at > signal.at ? null : bySequence(signal, other);
    if (ahead === null || ahead <= 0 || ahead > limits.numberNear) continue;
    late ??= [];
    late.push(other);
  }
  return late ?? NONE;
}

const NONE: readonly SignalEvent[] = [];

/** How much later the number of `b` is; null if the two have no numbers of the same kind. */
function distance(a: SignalEvent, b: SignalEvent): number | null {
  const sequences = bySequence(a, b);
  if (sequences !== null) return sequences;
  return a.counter !== null && b.counter !== null ? b.counter - a.counter : null;
}

function bySequence(a: SignalEvent, b: SignalEvent): number | null {
  return a.sequence !== null && b.sequence !== null ? b.sequence - a.sequence : null;
}
