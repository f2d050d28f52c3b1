import type { History } from './history.ts';
import type { Window } from './window.ts';

/** Why nothing is said of a series: numbers of several senders in it, or a sender that counts in steps. */
export type GivenUp = 'interleaved' | 'stride';

/** The numbers of one sender. A plain object that is changed with each line, and can be stored as it is. */
export type Series = Window & {
  /** The number that comes next if nothing is lost; NaN where it would be no ordinary line. */
  next: number;
  /** The lowest number since the last restart: what is below was never missed. */
  floor: number;
  /** When the last line of it was received. */
  at: number;
  received: number;
  lost: number;
  reordered: number;
  duplicates: number;
  restarts: number;
  /** Jumps too far to be loss. */
  epochs: number;
  /** Lines whose numbers went on with nothing. */
  strays: number;
  candidate: Run | null;
  /** The last line was of the other run. */
  onCandidate: boolean;
  /** What was counted as lost when the other run was left. */
  claimed: number;
  /** Last numbers of runs that were left before; at most four. */
  retired: readonly number[];
  doubts: number;
  doubtAt: number;
  /** The last step of more than one, how often it came on end, and at how many lines. */
  stride: number;
  strides: number;
  stridesAt: number;
  why: GivenUp | null;
  /** Lines that it takes until it is believed. */
  believedFrom: number;
  history: History;
  checkpointAt: number;
};

/** Numbers beside those of the series: of a device that began anew, or of a second sender. */
export type Run = Window & {
  floor: number;
  at: number;
  /** Different numbers of it that came. */
  count: number;
  /** How often the lines changed between it and the series. */
  changes: number;
  /** It began ahead of the series, or was left there for an older run. */
  ahead: boolean;
  /** It was the run of the series before. */
  wasRun: boolean;
};

/** Whether its totals may be told. A single number says nothing. */
export function isReliable(series: Series): boolean {
  return series.why === null && series.received > series.believedFrom;
}
