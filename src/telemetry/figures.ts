/** What the metrics have counted since the start, for the API: the same numbers as a scrape has. */
import type { Registry } from 'prom-client';

/** `seconds`: of all of them together. */
export type Durations = { readonly count: number; readonly seconds: number };

export type Figures = {
  /** Lines by transport. */
  readonly received: readonly { readonly transport: string; readonly lines: number }[];
  /** Those that are not 0. */
  readonly dropped: readonly { readonly transport: string; readonly reason: string; readonly lines: number }[];
  readonly batches: Durations;
  readonly commits: Durations;
};

type Value = {
  readonly value: number;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly metricName?: string;
};

export async function figuresOf(registry: Registry): Promise<Figures> {
  const valuesOf = async (name: string): Promise<readonly Value[]> => {
    const metric = registry.getSingleMetric(`quovadis_${name}`);
    if (metric === undefined) throw new Error(`there is no metric quovadis_${name}`);
    return (await metric.get()).values as readonly Value[];
  };
  const durationsOf = async (name: string): Promise<Durations> => {
    const values = await valuesOf(name);
    const of = (part: string) => values.find(({ metricName }) => metricName === `quovadis_${name}_${part}`)?.value ?? 0;
    return { count: of('count'), seconds: of('sum') };
  };
  return {
    received: (await valuesOf('syslog_lines_received_total')).map(({ labels, value }) => ({
      transport: `${labels['transport']}`,
      lines: value,
    })),
    dropped: (await valuesOf('syslog_lines_dropped_total'))
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => ({
        transport: `${labels['transport']}`,
        reason: `${labels['reason']}`,
        lines: value,
      })),
    batches: await durationsOf('pipeline_batch_seconds'),
    commits: await durationsOf('store_commit_seconds'),
  };
}
