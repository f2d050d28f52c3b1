/**
 * The numbers of one sender, one after the other: what came, what is missing, what came twice or late. A number goes on
 * with the run of the series, or with the other run that was seen beside it, or with neither.
 *
 * - Up to 64 ahead of the run: what is between is lost, until it comes late (64 numbers, 10 s).
 * - Anything else begins the other run, and claims nothing. A second line on end that goes on with it decides: ahead
 *   within what a sender may send meanwhile, what is between is lost; further ahead it is another sender or a counter
 *   that was set (an epoch); behind, the device began anew. Neither says what was lost, so nothing is claimed.
 * - Where the run that was left goes on, there are two senders: what was claimed when it was left is taken back. Each
 *   such return, each change between the two runs and each step back is a doubt; a series with too many is given up.
 *
 * Assumed: a device that restarts and is heard again only when it has counted beyond the number before is not noticed.
 */
import { doubt, reasonToGiveUp } from './doubt.ts';
import { keepCheckpoint, newHistory } from './history.ts';
import { lossLimits } from './loss-limits.ts';
import type { Run, Series } from './series.ts';
import { distance, isSet, mark, shift, WINDOW } from './window.ts';

/** Takes one number that was received at `at`. The state is the same object, changed; null begins one. */
export function track(state: Series | null, number: number, at: number): Series {
  if (state === null) return begin(number, at, 1);
  if (at >= state.checkpointAt) checkpoint(state, at);
  // Nearly every line is this one.
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

/** Shared: it is replaced, never changed. */
const NOTHING_LEFT: readonly number[] = [];

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
    retired: NOTHING_LEFT,
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
  if (state.why === null) keepCheckpoint(state.history, state.at, state);
  state.checkpointAt = at + lossLimits.checkpointMs;
}

function giveUp(state: Series, at: number): void {
  state.next = Number.NaN;
  state.candidate = null;
  state.retired = NOTHING_LEFT;
  state.history = newHistory(at);
  state.checkpointAt = at + lossLimits.checkpointMs;
  // When it was given up.
  state.at = at;
}

function takeIrregular(state: Series, number: number, at: number): void {
  const { candidate: other } = state;
  const step = distance(state.head, number);
  const beside = other === null ? Number.NaN : distance(other.head, number);
  if (step > 0 && step <= WINDOW) {
    if (state.onCandidate && other !== null) other.changes++;
    state.onCandidate = false;
    continueRun(state, number, step, at);
    settle(state, at);
  } else if (step <= 0 && step > -WINDOW && at - state.at <= lossLimits.reorderMs) takeLate(state, number, step, at);
  else if (other !== null && beside > (other.wasRun ? 0 : -WINDOW) && beside <= WINDOW) {
    continueCandidate(state, other, number, beside, at);
  } else beginCandidate(state, number, step > 0, at);
}

/** Forward within the run. */
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

/** The numbers have begun again. Whether there is a zero is not known: it is not missed. Late lines are all of the run. */
function wrap(state: Series, number: number): void {
  state.floor = -WINDOW;
  if (number === 0) return;
  state.lost--;
  mark(state, number);
}

/** A queue that came late has caught up: what the run ahead of it had brought is not missing. */
function recognise(state: Series, ahead: Run, step: number): void {
  for (let back = 1; back < step; back++) {
    const before = ahead.head - (state.head - back);
    if (before < 0 || before >= WINDOW || !isSet(ahead, before) || isSet(state, back)) continue;
    mark(state, back);
    state.lost--;
  }
}

/** The run has gone on: a number beside it that nothing followed was a stray, or the run has come up to it. */
function settle(state: Series, at: number): void {
  const { candidate: other } = state;
  if (other === null || other.wasRun) return;
  if (at - other.at > lossLimits.reorderMs) dropCandidate(state, other);
  else if (other.ahead && other.floor - state.head <= WINDOW) {
    state.candidate = null;
    for (let back = Math.min(other.head - other.floor, WINDOW - 1); back >= 0; back--) {
      if (!isSet(other, back)) continue;
      const step = other.head - back - state.head;
      if (step > 0) continueRun(state, other.head - back, step, at);
      else state.duplicates++;
    }
  }
}

/** At or behind the head: a copy, or a line that others overtook. `step` is 0 to -63. */
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
  // Before the first number that was seen nothing had been claimed; now what is between is missing.
  const below = distance(number, state.floor);
  if (below > 0) {
    state.lost += below - 1;
    state.floor = number;
  } else state.lost = Math.max(0, state.lost - 1);
}

/** With neither run: it may be the first of a new one. */
function beginCandidate(state: Series, number: number, ahead: boolean, at: number): void {
  const { candidate: other } = state;
  if (other !== null) {
    if (!other.wasRun) doubt(state, 1, at);
    dropCandidate(state, other);
  }
  if (state.retired.some((head) => number > head && number <= head + WINDOW)) doubt(state, RETURN, at);
  state.candidate = { head: number, low: 1, high: 0, floor: number, at, count: 1, changes: 0, ahead, wasRun: false };
  state.onCandidate = true;
  state.next = Number.NaN;
}

/** A return to a run that was left weighs as much as three other contradictions. */
const RETURN = 3;

/** With the other run; twice on end, and it becomes the run. */
function continueCandidate(state: Series, other: Run, number: number, step: number, at: number): void {
  const again = state.onCandidate;
  if (!again) other.changes++;
  state.onCandidate = true;
  state.next = Number.NaN;
  other.at = at;
  if (step > 0) {
    shift(other, number, step);
    other.count++;
  } else if (!isSet(other, -step)) {
    mark(other, -step);
    other.count++;
    if (distance(number, other.floor) > 0) other.floor = number;
  } else state.duplicates++;
  if (again && step !== 0) promoteCandidate(state, other, at);
}

/** The other run becomes the run of the series, and the run the one that was left. */
function promoteCandidate(state: Series, other: Run, at: number): void {
  const { head, low, high } = state;
  const ahead = other.wasRun && head > other.head;
  const left: Run = { head, low, high, floor: head, at: state.at, count: 1, changes: 0, ahead, wasRun: true };
  const inner = Math.max(0, other.head - other.floor + 1 - other.count);
  const gap = other.floor - state.head - 1;
  state.lost += inner;
  state.received += other.wasRun ? other.count - 1 : other.count;
  if (other.wasRun) {
    // Two senders: that the numbers between the two were lost is not true.
    state.lost = Math.max(0, state.lost - state.claimed);
    state.claimed = 0;
    state.floor = Math.min(state.floor, other.head - WINDOW);
    doubt(state, RETURN + other.changes, at);
  } else if (gap >= 0 && gap <= mostLost(at - state.at)) {
    state.lost += gap;
    state.claimed = gap;
  } else {
    if (gap > 0) state.epochs++;
    else state.restarts++;
    state.claimed = 0;
    state.floor = other.floor;
    doubt(state, 1, at);
  }
  state.head = other.head;
  state.low = other.low;
  state.high = other.high;
  state.at = at;
  state.candidate = left;
  state.onCandidate = false;
}

function mostLost(elapsedMs: number): number {
  return lossLimits.gapLines + (Math.max(0, elapsedMs) / 1000) * lossLimits.gapLinesPerSecond;
}

/** Nothing follows the other run: what was seen of it belongs to nothing, or it is one that was left before. */
function dropCandidate(state: Series, other: Run): void {
  if (other.wasRun) state.retired = [...state.retired.slice(-3), other.head];
  state.strays += other.wasRun ? other.count - 1 : other.count;
  state.candidate = null;
}
