/**
 * Follows the numbers of one sender and counts received, lost, repeated and late lines. A number continues the run of
 * the series, or the candidate run, or neither.
 *
 * - Up to 64 ahead of the run: the numbers between are lost, unless they arrive late (64 numbers, 10 s).
 * - Any other number starts a candidate run (as RFC 3550 A.1 does), and nothing is counted lost. If the next line
 *   continues the candidate, the candidate becomes the run. If the candidate is ahead by no more than a sender can send
 *   in the time, the numbers between are lost. Further ahead means another sender or a counter that was set (an epoch),
 *   behind means a restart: both say nothing about loss, so nothing is counted lost.
 * - If the former run continues, there are two senders: the loss that was counted at the switch is subtracted again.
 *   Each such return, each change between the two runs and each step back is a doubt; a series with too many is given
 *   up.
 *
 * Assumed: nothing detects a device that restarts and whose next line has a number above the last one before.
 */
import { doubt, reasonToGiveUp } from './doubt.ts';
import { addCheckpoint, newHistory } from './history.ts';
import { lossLimits } from './loss-limits.ts';
import type { Run, Series } from './series.ts';
import { distance, isSet, mark, shift, WINDOW } from './window.ts';

/** Counts one number, received at `at` (milliseconds). Changes `state` and returns it; null starts a new series. */
export function track(state: Series | null, number: number, at: number): Series {
  if (state === null) return begin(number, at, 1);
  if (at >= state.checkpointAt) checkpoint(state, at);
  // Fast path: nearly every line has the expected number.
  if (number === state.next) {
    shift(state, number, 1);
    state.next = number + 1;
    state.received++;
    state.at = at;
    return state;
  }
  if (state.why !== null) return at - state.at < lossLimits.retryMs ? state : begin(number, at, lossLimits.retryLines);
  takeIrregular(state, number, at);
  if (reasonToGiveUp(state)) giveUp(state, at);
  else if (!state.onCandidate) state.next = state.head + 1;
  return state;
}

/** Shared by all series: `retired` is replaced, never changed in place. */
const NO_RETIRED: readonly number[] = [];

function begin(number: number, at: number, believedFrom: number): Series {
  return {
    head: number,
    low: 1,
    high: 0,
    next: number + 1,
    floor: number,
    at,
    received: 1,
    lost: 0,
    reordered: 0,
    duplicates: 0,
    restarts: 0,
    epochs: 0,
    strays: 0,
    candidate: null,
    onCandidate: false,
    claimed: 0,
    retired: NO_RETIRED,
    doubts: 0,
    doubtAt: at,
    stride: 0,
    strides: 0,
    stridesAt: 0,
    why: null,
    believedFrom,
    history: newHistory(at),
    checkpointAt: at + lossLimits.checkpointMs,
  };
}

function checkpoint(state: Series, at: number): void {
  if (state.why === null) addCheckpoint(state.history, state.at, state);
  state.checkpointAt = at + lossLimits.checkpointMs;
}

function giveUp(state: Series, at: number): void {
  state.next = Number.NaN;
  state.candidate = null;
  state.retired = NO_RETIRED;
  state.history = newHistory(at);
  state.checkpointAt = at + lossLimits.checkpointMs;
  // From here `at` is the time of giving up: `retryMs` counts from it.
  state.at = at;
}

function takeIrregular(state: Series, number: number, at: number): void {
  const { candidate } = state;
  const step = distance(state.head, number);
  const candidateStep = candidate === null ? Number.NaN : distance(candidate.head, number);
  if (step > 0 && step <= WINDOW) {
    if (state.onCandidate && candidate !== null) candidate.changes++;
    state.onCandidate = false;
    continueRun(state, number, step, at);
    settle(state, at);
  } else if (step <= 0 && step > -WINDOW && at - state.at <= lossLimits.reorderMs) takeLate(state, number, step, at);
  else if (candidate !== null && candidateStep > (candidate.wasRun ? 0 : -WINDOW) && candidateStep <= WINDOW) {
    continueCandidate(state, candidate, number, candidateStep, at);
  } else beginCandidate(state, number, step > 0, at);
}

/** The number is 1 to 64 ahead of the run. */
function continueRun(state: Series, number: number, step: number, at: number): void {
  shift(state, number, step);
  state.received++;
  state.lost += step - 1;
  state.at = at;
  if (number < step) wrap(state, number);
  if (step === 1) return;
  if (state.candidate?.wasRun && state.candidate.ahead) recognise(state, state.candidate, step);
  state.strides = step === state.stride && state.received === state.stridesAt + 1 ? state.strides + 1 : 1;
  state.stride = step;
  state.stridesAt = state.received;
}

/**
 * The numbers have wrapped. It is not known whether the sender uses zero, so zero does not count as lost. Late lines
 * from before the wrap belong to the run.
 */
function wrap(state: Series, number: number): void {
  state.floor = -WINDOW;
  if (number === 0) return;
  state.lost--;
  mark(state, number);
}

/** A queue of late lines has caught up: numbers that the run ahead had already received are not lost. */
function recognise(state: Series, ahead: Run, step: number): void {
  for (let back = 1; back < step; back++) {
    const before = ahead.head - (state.head - back);
    if (before < 0 || before >= WINDOW || !isSet(ahead, before) || isSet(state, back)) continue;
    mark(state, back);
    state.lost--;
  }
}

/** The run has continued: drops a candidate that nothing followed as strays, or joins one that the run has reached. */
function settle(state: Series, at: number): void {
  const { candidate } = state;
  if (candidate === null || candidate.wasRun) return;
  if (at - candidate.at > lossLimits.reorderMs) dropCandidate(state, candidate);
  else if (candidate.ahead && candidate.floor - state.head <= WINDOW) {
    state.candidate = null;
    for (let back = Math.min(candidate.head - candidate.floor, WINDOW - 1); back >= 0; back--) {
      if (!isSet(candidate, back)) continue;
      const step = candidate.head - back - state.head;
      if (step > 0) continueRun(state, candidate.head - back, step, at);
      else state.duplicates++;
    }
  }
}

/** The number is at or behind the head: a copy, or a line that others overtook. `step` is 0 to -63. */
function takeLate(state: Series, number: number, step: number, at: number): void {
  state.onCandidate = false;
  state.at = at;
  if (isSet(state, -step)) {
    state.duplicates++;
    return;
  }
  mark(state, -step);
  state.received++;
  state.reordered++;
  // Below the first number nothing counted as lost so far; now the numbers between do.
  const below = distance(number, state.floor);
  if (below > 0) {
    state.lost += below - 1;
    state.floor = number;
  } else state.lost = Math.max(0, state.lost - 1);
}

/** The number continues neither run: it may be the first of a new one. */
function beginCandidate(state: Series, number: number, ahead: boolean, at: number): void {
  const { candidate } = state;
  if (candidate !== null) {
    if (!candidate.wasRun) doubt(state, 1, at);
    dropCandidate(state, candidate);
  }
  if (state.retired.some((head) => number > head && number <= head + WINDOW)) doubt(state, RETURN, at);
  state.candidate = { head: number, low: 1, high: 0, floor: number, at, count: 1, changes: 0, ahead, wasRun: false };
  state.onCandidate = true;
  state.next = Number.NaN;
}

/** A return to a former run weighs as much as three other contradictions. */
const RETURN = 3;

/** The number continues the candidate run; the second line in a row makes it the run. */
function continueCandidate(state: Series, candidate: Run, number: number, step: number, at: number): void {
  const repeated = state.onCandidate;
  if (!repeated) candidate.changes++;
  state.onCandidate = true;
  state.next = Number.NaN;
  candidate.at = at;
  if (step > 0) {
    shift(candidate, number, step);
    candidate.count++;
  } else if (!isSet(candidate, -step)) {
    mark(candidate, -step);
    candidate.count++;
    if (distance(number, candidate.floor) > 0) candidate.floor = number;
  } else state.duplicates++;
  if (repeated && step !== 0) promoteCandidate(state, candidate, at);
}

/** The candidate becomes the run of the series, and the former run becomes the candidate. */
function promoteCandidate(state: Series, candidate: Run, at: number): void {
  const { head, low, high } = state;
  const ahead = candidate.wasRun && head > candidate.head;
  const former: Run = { head, low, high, floor: head, at: state.at, count: 1, changes: 0, ahead, wasRun: true };
  const inner = Math.max(0, candidate.head - candidate.floor + 1 - candidate.count);
  const gap = candidate.floor - state.head - 1;
  state.lost += inner;
  state.received += candidate.wasRun ? candidate.count - 1 : candidate.count;
  if (candidate.wasRun) {
    // There are two senders: the numbers between their runs were not lost.
    state.lost = Math.max(0, state.lost - state.claimed);
    state.claimed = 0;
    state.floor = Math.min(state.floor, candidate.head - WINDOW);
    doubt(state, RETURN + candidate.changes, at);
  } else if (gap >= 0 && gap <= mostLost(at - state.at)) {
    state.lost += gap;
    state.claimed = gap;
  } else {
    if (gap > 0) state.epochs++;
    else state.restarts++;
    state.claimed = 0;
    state.floor = candidate.floor;
    doubt(state, 1, at);
  }
  state.head = candidate.head;
  state.low = candidate.low;
  state.high = candidate.high;
  state.at = at;
  state.candidate = former;
  state.onCandidate = false;
}

function mostLost(elapsedMs: number): number {
  return lossLimits.gapLines + (Math.max(0, elapsedMs) / 1000) * lossLimits.gapLinesPerSecond;
}

/** Nothing continues the candidate: counts its lines as strays, and remembers its head if it is a former run. */
function dropCandidate(state: Series, candidate: Run): void {
  if (candidate.wasRun) state.retired = [...state.retired.slice(-3), candidate.head];
  state.strays += candidate.wasRun ? candidate.count - 1 : candidate.count;
  state.candidate = null;
}
