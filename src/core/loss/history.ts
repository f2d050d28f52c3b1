/**
 * Totals of a series at some times, to answer `lost since`. A checkpoint has the time of the last line before it. The
 * answer since a time is the present totals minus those of the latest checkpoint that is not later, together with the
 * time of that checkpoint. Checkpoints are 15 minutes apart. If there are too many, the one whose absence costs least
 * in relation to its age is deleted, so that the resolution is the greater of 15 minutes and half of the age.
 */
import { lossLimits } from './loss-limits.ts';

/** Rows of `at` and the five totals, flat, oldest first. */
export type History = number[];

export type Totals = { received: number; lost: number; reordered: number; duplicates: number; restarts: number };

const ROW = 6;

export function newHistory(at: number): History {
  return [at, 0, 0, 0, 0, 0];
}

export function addCheckpoint(history: History, at: number, totals: Totals): void {
  const { received, lost, reordered, duplicates, restarts } = totals;
  history.push(at, received, lost, reordered, duplicates, restarts);
  if (history.length <= lossLimits.checkpoints * ROW) return;
  history.splice(leastMissed(history, at) * ROW, ROW);
}

/**
 * The increase of the totals since the latest checkpoint that is not after `time`; `since` is the time of that
 * checkpoint. `time` in milliseconds; null: since the beginning.
 */
export function since(history: History, time: number | null, totals: Totals): Totals & { since: number } {
  let row = 0;
  if (time !== null) while ((history[row + ROW] ?? Number.POSITIVE_INFINITY) <= time) row += ROW;
  const before = (field: number) => history[row + field] as number;
  return {
    since: before(0),
    // A late line may have filled a gap from before the checkpoint, so a difference can be negative.
    received: Math.max(0, totals.received - before(1)),
    lost: Math.max(0, totals.lost - before(2)),
    reordered: Math.max(0, totals.reordered - before(3)),
    duplicates: Math.max(0, totals.duplicates - before(4)),
    restarts: Math.max(0, totals.restarts - before(5)),
  };
}

/** The inner checkpoint whose deletion leaves the smallest hole in relation to its age. The first one always stays. */
function leastMissed(history: History, now: number): number {
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < history.length / ROW - 1; i++) {
    const from = history[(i - 1) * ROW] as number;
    const to = history[(i + 1) * ROW] as number;
    const cost = (to - from) / Math.max(1, now - from);
    if (cost < least) [least, best] = [cost, i];
  }
  return best;
}
