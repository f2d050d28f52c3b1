/** Pieces of PromQL. Every selector is narrowed to the job and the instance that are chosen above the dashboard. */

export function series(metric: string, ...matchers: readonly string[]): string {
  return `${metric}{${['job=~"$job"', 'instance=~"$instance"', ...matchers].join(', ')}}`;
}

/** Of a counter, per second. */
export function rate(counter: string, ...matchers: readonly string[]): string {
  return `rate(${series(counter, ...matchers)}[$__rate_interval])`;
}

/** Of a counter, since the point before. */
export function increase(counter: string, ...matchers: readonly string[]): string {
  return `increase(${series(counter, ...matchers)}[$__rate_interval])`;
}

/** Of a gauge, since the point before; it may fall. */
export function delta(gauge: string, ...matchers: readonly string[]): string {
  return `delta(${series(gauge, ...matchers)}[$__rate_interval])`;
}

export function sumBy(labels: string, expr: string): string {
  return `sum by (${labels}) (${expr})`;
}

export function quantile(q: number, histogram: string): string {
  return `histogram_quantile(${q}, ${sumBy('le', rate(`${histogram}_bucket`))})`;
}

/** Grafana's units of dates take milliseconds. */
export function milliseconds(expr: string): string {
  return `1000 * (${expr})`;
}

/** A count of devices that is 0 if there are none, but only while their endpoint answers: otherwise nothing is known. */
export function orZero(count: string): string {
  return `${count} or 0 * sum(${series('quovadis_device_series_dropped')})`;
}
