/** A row of the tables of metrics: one metric and the sources of its values. */

import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceChange } from '../core/correlate/correlated.ts';
import type { BatchStats } from '../pipeline/batch-stats.ts';
import type { Counts } from '../receive/threads/protocol.ts';
import type { Evictions } from '../store/ports/batch.ts';
import type { Retained } from '../store/ports/retention.ts';
import type { Readings } from './readings.ts';

export type Labels = Readonly<Record<string, string>>;

/**
 * `value`: seconds, bytes or a count, as in the metric's name. `labels` is left out if the metric has none. `exemplar`: of a
 * counter: labels of one thing that it counts.
 */
export type Sample = readonly [value: number, labels?: Labels, exemplar?: Labels];

/** Events of the service that change metrics. Times are milliseconds unless the name is `seconds`. */
export type Events = {
  /** Counts of one thread since its last report; but `connections` are those of all threads. */
  readonly received: Counts;
  readonly batch: { readonly stats: BatchStats; readonly seconds: number; readonly now: number };
  readonly changes: readonly DeviceChange[];
  readonly evictions: Evictions;
  /** Rows that were too old. */
  readonly retained: Retained;
  readonly notices: {
    readonly sink: string;
    readonly result: NoticeResult;
    readonly count: number;
    readonly now: number;
  };
  readonly login: LoginResult;
  readonly httpClosed: HttpCloseReason;
};

/** What became of a log-in to the console. */
export const loginResults = ['ok', 'refused', 'limited'] as const;
export type LoginResult = (typeof loginResults)[number];

/** Why a connection to the HTTP port was closed. */
export const httpCloseReasons = ['idle', 'share', 'limit', 'pipelined', 'stalled', 'unsent'] as const;
export type HttpCloseReason = (typeof httpCloseReasons)[number];

export const noticeResults = ['delivered', 'failed', 'rejected', 'dead', 'dropped'] as const;
export type NoticeResult = (typeof noticeResults)[number];

/** The sources of label values. `sinks`: names of the sinks. */
export type Setup = { readonly advisory: Advisory; readonly sinks: readonly string[] };

export type MetricRow = {
  /** Without the prefix `quovadis_`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** A value of what is stored: several instances on one database have the same, with the label `store`. */
  readonly isOfStore?: true;
  /** The upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** The label values that exist from the start, with the value 0. */
  readonly zeros?: (setup: Setup) => readonly Labels[];
  /** The samples of an event. A counter adds them, a gauge is set to them, a histogram observes them. */
  readonly on?: {
    readonly [E in keyof Events]?: (event: Events[E], setup: Setup) => readonly Sample[];
  };
  /**
   * Called at each scrape: gives the values of a gauge, or the totals of a counter since the start of the process.
   * Undefined if the store cannot be read: then a gauge has no samples.
   */
  readonly read?: (readings: Readings) => Promise<readonly Sample[] | undefined>;
};

/** Every combination of these label values; the last label changes first. */
export function combinations(values: Readonly<Record<string, readonly string[]>>): readonly Labels[] {
  return Object.entries(values).reduce<readonly Labels[]>(
    (all, [label, of]) => all.flatMap((labels) => of.map((value) => ({ ...labels, [label]: value }))),
    [{}],
  );
}

/** One sample for each count; its key is the value of `label`. */
export function samplesBy(label: string, counts: Iterable<readonly [key: string, count: number]>): readonly Sample[] {
  return Array.from(counts, ([key, count]) => [count, { [label]: key }]);
}
