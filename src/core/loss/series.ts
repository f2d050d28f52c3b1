import type { History } from './history.ts';
import type { Window } from './window.ts';

/** Why a series was given up: it mixes numbers of several senders, or its sender counts in steps. */
export type GiveUpReason = 'interleaved' | 'stride';

/** The numbers of one sender. A plain object, changed in place by each line. */
export type Series = Window & {
  /** The next number if nothing is lost; NaN if no number may take the fast path. */
  next: number;
  /** The lowest number since the last restart: lower numbers do not count as lost. */
  floor: number;
  /** The time of receipt of the last line of the run, in milliseconds. */
  at: number;
  received: number;
  lost: number;
  reordered: number;
  duplicates: number;
  restarts: number;
  /** The number of jumps that are too far to be loss. */
  epochs: number;
  /** The number of lines whose numbers continued no run. */
  strays: number;
  candidate: Run | null;
  /** Whether the last line continued the candidate run. */
  onCandidate: boolean;
  /** The lines counted as lost when the candidate became the run; subtracted if the former run continues. */
  claimed: number;
  /** The last numbers of former runs; at most four. */
  retired: readonly number[];
  doubts: number;
  doubtAt: number;
  /** The last step of more than one, how often it repeated in a row, and the value of `received` at that time. */
  stride: number;
  strides: number;
  stridesAt: number;
  why: GiveUpReason | null;
  /** The series is reliable if it received more lines than this. */
  believedFrom: number;
  history: History;
  checkpointAt: number;
};

/** A candidate run: numbers that do not continue the series, of a restarted device or of a second sender. */
export type Run = Window & {
  floor: number;
  at: number;
  /** The number of different numbers received. */
  count: number;
  /** How often the lines changed between the candidate and the run of the series. */
  changes: number;
  /** Whether the candidate is ahead of the run: it began there, or it was the run until an older run continued. */
  ahead: boolean;
  /** Whether the candidate is the former run of the series. */
  wasRun: boolean;
};

/** Whether the totals of a series may be reported. A single number shows nothing. */
export function isReliable(series: Series): boolean {
  return series.why === null && series.received > series.believedFrom;
}
