/** A device whose lines were received, or that was decided about, while the clock of the service was ahead. */
import type { Kept } from './rejudge.ts';

/** Names of values that are times. What a device said of the time (`facts`, `clock`, stamps) is no time of the service. */
const TIMES = /^(at|.*At|heals|from|to|.*From|until|watermark)$/;
const NO_TIMES = new Set(['facts', 'clock', 'inventory']);
/** Between two times that are pulled back, so that they keep their order. Milliseconds. */
const APART_MS = 0.001;

/**
 * The device and its lines with every time that is beyond `now` pulled back to `now`, in the same order. Returns the same
 * object if there is none. What was decided at such a time is to be judged anew afterwards. `now`: milliseconds.
 */
export function pulledBack(kept: Kept, now: number): Kept {
  const beyond = new Set<number>();
  const note = (time: number) => {
    if (time > now && Number.isFinite(time)) beyond.add(time);
    return time;
  };
  eachTime(kept.device, note);
  for (const row of kept.evidence) eachLineTime(row, note);
  if (beyond.size === 0) return kept;
  const ordered = [...beyond].sort((a, b) => a - b);
  const times = new Map(ordered.map((time, index) => [time, now - (ordered.length - 1 - index) * APART_MS]));
  const pull = (time: number) => times.get(time) ?? time;
  return {
    device: eachTime(kept.device, pull),
    evidence: kept.evidence.map((row) => eachLineTime(row, pull)),
  };
}

function eachLineTime(row: Kept['evidence'][number], change: (time: number) => number): Kept['evidence'][number] {
  const { at, receivedAt, foldedAt } = row;
  return {
    ...row,
    at: change(at),
    receivedAt: change(receivedAt),
    foldedAt: foldedAt === null ? null : change(foldedAt),
  };
}

function eachTime<T>(value: T, change: (time: number) => number): T {
  if (Array.isArray(value)) return value.map((item) => eachTime(item, change)) as T;
  if (value === null || typeof value !== 'object') return value;
  const changed = Object.entries(value).map(([name, part]) => {
    if (NO_TIMES.has(name)) return [name, part];
    return [name, TIMES.test(name) ? timeOrTimes(part, change) : eachTime(part, change)];
  });
  return Object.fromEntries(changed) as T;
}

function timeOrTimes(value: unknown, change: (time: number) => number): unknown {
  if (typeof value === 'number') return change(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value.map(change);
  return eachTime(value, change);
}
