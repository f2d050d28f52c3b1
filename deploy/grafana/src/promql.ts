/** Parts of PromQL expressions. Every selector matches the variables job and instance of the dashboard. */

export function series(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${['job=~"$job"', 'instance=~"$instance"', ...matchers].join(', ')}}`;
}

/**
 * A value of the database. Several instances on one database have it each, with the label `store`: one of them is taken. `offset`: behind
 * each selector.
 */
export function ofStore(metric: string, matchers: readonly string[] = [], offset = ''): string {
  const [one, shared] = ['store=""', 'store!=""'].map((store) => series(metric, store, ...matchers) + offset);
  return `(${one} or max without (instance, pod) (${shared}))`;
}

/** The rate of a counter, per second. */
export function rate(counter: string, ...matchers: readonly string[]): string {
  return `rate(${series(counter, ...matchers)}[$__rate_interval])`;
}

/** The increase of a counter since the previous point. */
export function increase(counter: string, ...matchers: readonly string[]): string {
  return `increase(${series(counter, ...matchers)}[$__rate_interval])`;
}

/** The change of a gauge since the previous point; may be negative. */
export function delta(gauge: string, ...matchers: readonly string[]): string {
  return `delta(${series(gauge, ...matchers)}[$__rate_interval])`;
}

export function sumBy(labels: string, expr: string): string {
  return `sum by (${labels}) (${expr})`;
}

export function quantile(q: number, histogram: string): string {
  return `histogram_quantile(${q}, ${sumBy('le', rate(`${histogram}_bucket`))})`;
}

/** Seconds as milliseconds: Grafana's units of dates expect milliseconds. */
export function milliseconds(expr: string): string {
  return `1000 * (${expr})`;
}

/**
 * A count of devices; 0 if there are none. No value while `/metrics/devices` does not answer: then the count is
 * unknown.
 */
export function orZero(count: string): string {
  return `${count} or 0 * sum(${ofStore('quovadis_device_series_dropped')})`;
}
