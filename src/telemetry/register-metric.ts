import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Labels, MetricRow, Sample, Setup } from './metric-row.ts';
import type { Readings } from './readings.ts';

/** Adds the sample to a counter, sets a gauge to it, or lets a histogram observe it. */
export type Write = (sample: Sample) => void;

type Metric = {
  readonly config: { name: string; help: string; labelNames: readonly string[]; registers: Registry[] };
  readonly buckets: readonly number[];
  readonly zeros: readonly Labels[];
  readonly read: (() => Promise<readonly Sample[] | undefined>) | null;
};

const makers = {
  counter: makeCounter,
  gauge: makeGauge,
  histogram: makeHistogram,
} satisfies Record<MetricRow['type'], (metric: Metric) => Write>;

/** Registers the metric of a row with its zero samples. Returns the function that writes a sample to the metric. */
export function registerMetric(row: MetricRow, setup: Setup, readings: Readings, registry: Registry): Write {
  const { name, type, help, labels, buckets = [], zeros, read } = row;
  return makers[type]({
    config: { name: `quovadis_${name}`, help, labelNames: labels, registers: [registry] },
    buckets,
    zeros: zeros?.(setup) ?? [],
    read: read === undefined ? null : () => read(readings),
  });
}

function makeCounter({ config, zeros, read }: Metric): Write {
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
  for (const labels of zeros) counter.inc(labels, 0);
  return write;

  function write([value, labels = {}]: Sample): void {
    if (value > 0) counter.inc(labels, value);
  }
}

function makeGauge({ config, zeros, read }: Metric): Write {
  /** Without a reading the gauge has no samples, because the former samples may be wrong. */
  const collect = async () => {
    const samples = await read?.();
    if (samples === undefined) gauge.reset();
    else for (const sample of [...zeroSamples, ...samples]) write(sample);
  };
  const zeroSamples = zeros.map((labels): Sample => [0, labels]);
  const gauge: Gauge = new Gauge({ ...config, ...(read === null ? {} : { collect }) });
  for (const sample of zeroSamples) write(sample);
  return write;

  function write([value, labels = {}]: Sample): void {
    gauge.set(labels, value);
  }
}

function makeHistogram({ config, buckets }: Metric): Write {
  const histogram = new Histogram({ ...config, buckets: [...buckets] });
  return ([value, labels = {}]) => histogram.observe(labels, value);
}
