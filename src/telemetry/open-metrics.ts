/**
 * OpenMetrics 1.0. prom-client's own is not used: it renames the counters of its registry for good, so that the text format is wrong
 * afterwards.
 */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Labels } from './metric-row.ts';

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** What the types of prom-client leave out: the name of a part of a histogram. */
type Value = MetricValue<string> & { readonly metricName?: string };

/** A thing that was counted last. `at`: seconds since 1970. */
export type Exemplar = { readonly labels: Labels; readonly value: number; readonly at: number };

/** By the name of the metric, then by `labelsText` of its labels. */
export type Exemplars = ReadonlyMap<string, ReadonlyMap<string, Exemplar>>;

/** All names and values of an exemplar together. */
const EXEMPLAR_CHARACTERS = 128;

/** Whether OpenMetrics allows an exemplar of this length. */
export function isShort(labels: Labels): boolean {
  return [...Object.entries(labels).flat().join('')].length <= EXEMPLAR_CHARACTERS;
}

/** `le` of buckets stays as it is in the text format: Prometheus takes `1` and `1.0` for two series. */
export function openMetricsText(
  metrics: readonly MetricObjectWithValues<MetricValue<string>>[],
  exemplars: Exemplars,
): string {
  return `${metrics.map((metric) => familyText(metric, exemplars.get(metric.name))).join('')}# EOF\n`;
}

function familyText(
  { name, help, type, values }: MetricObjectWithValues<MetricValue<string>>,
  exemplars: ReadonlyMap<string, Exemplar> | undefined,
): string {
  const isCounter = `${type}` === 'counter' && name.endsWith('_total');
  const family = isCounter ? name.slice(0, -'_total'.length) : name;
  // A counter without the suffix cannot be written as one.
  const kind = `${type}` === 'counter' && !isCounter ? 'unknown' : type;
  const lines = (values as readonly Value[]).map(({ metricName = name, labels, value }) => {
    const text = labelsText(labels as Labels);
    const exemplar = exemplars?.get(text);
    return `${metricName}${text} ${numberText(value)}${exemplar === undefined ? '' : exemplarText(exemplar)}\n`;
  });
  return `# HELP ${family} ${escaped(help)}\n# TYPE ${family} ${kind}\n${lines.join('')}`;
}

function exemplarText({ labels, value, at }: Exemplar): string {
  return ` # ${labelsText(labels)} ${numberText(value)} ${at}`;
}

/** With braces; empty without labels. */
export function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(`${value}`)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return `${value}`;
}

/** Whether a client asks for OpenMetrics (`Accept`) at least as much as for the text format. */
export function asksForOpenMetrics(accept: string | undefined): boolean {
  let [open, text] = [0, 0];
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
    const given = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1);
    const weight = Number.isNaN(given) ? 0 : given;
    const version = parameters.find((each) => each.startsWith('version='))?.slice('version='.length) ?? '1.0.0';
    if (type === 'application/openmetrics-text' && version === '1.0.0') open = Math.max(open, weight);
    if (type === 'text/plain') text = Math.max(text, weight);
  }
  return open > 0 && open >= text;
}
