import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Labels, MetricRow, Sample, Setup } from './metric-row.ts';
import { type Exemplar, isShort, labelsText } from './open-metrics.ts';
import type { Readings } from './readings.ts';

/** Adds the sample to a counter, sets a gauge to it, or lets a histogram observe it. */
export type Write = (sample: Sample) => void;

/** What a metric is written to with. `prepare`: the label values that exist from then on, with the value 0. */
export type Registered = {
  readonly write: Write;
  readonly prepare: (setup: Setup) => void;
  /** Of a counter, by `labelsText` of its labels. */
  readonly exemplars: ReadonlyMap<string, Exemplar>;
};

type Metric = {
  readonly config: { name: string; help: string; labelNames: readonly string[]; registers: Registry[] };
  readonly buckets: readonly number[];
  readonly read: (() => Promise<readonly Sample[] | undefined>) | null;
  /** Labels that each sample has. */
  readonly own: Labels;
};

/** `zero`: makes these label values exist. */
type Made = {
  readonly write: Write;
  readonly zero: (labels: readonly Labels[]) => void;
  readonly exemplars?: ReadonlyMap<string, Exemplar>;
};

const makers = {
  counter: makeCounter,
  gauge: makeGauge,
  histogram: makeHistogram,
} satisfies Record<MetricRow['type'], (metric: Metric) => Made>;

/**
 * Registers the metric of a row. Returns the functions that write samples to the metric. `database`: that of several instances; an
 * empty text where there is one instance.
 */
export function registerMetric(row: MetricRow, readings: Readings, registry: Registry, database = ''): Registered {
  const { name, type, help, labels, buckets = [], zeros, read, isOfStore } = row;
  const own: Labels = isOfStore === true ? storeLabel(database) : {};
  const {
    write,
    zero,
    exemplars = new Map(),
  } = makers[type]({
    config: { name: `quovadis_${name}`, help, labelNames: [...labels, ...Object.keys(own)], registers: [registry] },
    buckets,
    own,
    read: read === undefined ? null : () => read(readings),
  });
  return { write, prepare: (setup) => zero(zeros?.(setup) ?? []), exemplars };
}

/** What several instances on one database have at each value of the database. */
export function storeLabel(database: string): Labels {
  return database === '' ? {} : { store: database };
}

function makeCounter({ config, read }: Metric): Made {
  const totals = new Map<string, number>();
  /** A total falls if its source has restarted at 0. Then the counter keeps its value. */
  const collect = async () => {
    for (const [total, labels = {}] of (await read?.()) ?? []) {
      const key = Object.values(labels).join(' ');
      const former = totals.get(key) ?? 0;
      write([total - former, labels]);
      totals.set(key, Math.max(former, total));
    }
  };
  const counter = new Counter({ ...config, ...(read === null ? {} : { collect }) });
  const exemplars = new Map<string, Exemplar>();
  const write: Write = ([value, labels = {}, exemplar]) => {
    if (value <= 0) return;
    counter.inc(labels, value);
    if (exemplar === undefined || !isShort(exemplar)) return;
    exemplars.set(labelsText(labels), { labels: exemplar, value, at: Date.now() / 1000 });
  };
  const zero = (all: readonly Labels[]) => {
    for (const labels of all) counter.inc(labels, 0);
  };
  return { write, zero, exemplars };
}

function makeGauge({ config, read, own }: Metric): Made {
  const zeros: Sample[] = [];
  /** Without a reading the gauge has no samples, because the former samples may be wrong. */
  const collect = async () => {
    const samples = await read?.();
    gauge.reset();
    // One without labels is 0 after a reset.
    if (config.labelNames.length === 0) gauge.remove();
    if (samples !== undefined) for (const sample of [...zeros, ...samples]) write(sample);
  };
  const gauge: Gauge = new Gauge({ ...config, ...(read === null ? {} : { collect }) });
  const write: Write = ([value, labels = {}]) => gauge.set({ ...labels, ...own }, value);
  const zero = (all: readonly Labels[]) => {
    zeros.splice(0, zeros.length, ...all.map((labels): Sample => [0, labels]));
    for (const sample of zeros) write(sample);
  };
  return { write, zero };
}

function makeHistogram({ config, buckets }: Metric): Made {
  const histogram = new Histogram({ ...config, buckets: [...buckets] });
  return { write: ([value, labels = {}]) => histogram.observe(labels, value), zero: () => {} };
}
