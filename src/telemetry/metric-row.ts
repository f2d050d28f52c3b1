/** What a row of the tables of metrics is: one metric, and where its values come from. */

import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceChange } from '../core/correlate/correlated.ts';
import type { BatchStats } from '../pipeline/batch-stats.ts';
import type { Counts } from '../receive/threads/protocol.ts';
import type { Evictions } from '../store/ports/batch.ts';
import type { Readings } from './readings.ts';

export type Labels = Readonly<Record<string, string>>;

/** Without labels where the metric has none. Seconds, bytes or a number of things, as the name of the metric says. */
export type Sample = readonly [value: number, labels?: Labels];

/** What happens in the service and changes metrics. Times are milliseconds unless a name says seconds. */
export type Events = {
  /** What a thread received since its last report; `connections` are those of all threads. */
  readonly received: Counts;
  readonly batch: { readonly stats: BatchStats; readonly seconds: number; readonly now: number };
  readonly changes: readonly DeviceChange[];
  readonly evictions: Evictions;
  readonly notices: {
    readonly sink: string;
    readonly result: NoticeResult;
    readonly count: number;
    readonly now: number;
  };
};

export const noticeResults = ['delivered', 'failed', 'rejected', 'dead', 'dropped'] as const;
export type NoticeResult = (typeof noticeResults)[number];

/** What label values are taken from; `sinks`: their names. */
export type Setup = { readonly advisory: Advisory; readonly sinks: readonly string[] };

export type MetricRow = {
  /** Without the prefix `quovadis_`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** The upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** The label values that exist from the start, with the value 0. */
  readonly zeros?: (setup: Setup) => readonly Labels[];
  /** What an event adds to a counter, sets a gauge to, or has a histogram observe. */
  readonly on?: {
    readonly [E in keyof Events]?: (event: Events[E], setup: Setup) => readonly Sample[];
  };
  /**
   * What a scrape reads: the values of a gauge, or the totals of a counter since the process began. Without an answer,
   * because the store cannot be read, a gauge has no samples.
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

/** A sample of each count; the keys are the values of `label`. */
export function samplesBy(label: string, counts: Iterable<readonly [key: string, count: number]>): readonly Sample[] {
  return Array.from(counts, ([key, count]) => [count, { [label]: key }]);
}
