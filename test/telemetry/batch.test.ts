/** The effect of a batch of the pipeline on the metrics. */
import t from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import { newBatchStats } from '../../src/pipeline/batch-stats.ts';
import { noDamage } from '../../src/store/no-damage.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { advisory, T0 } from '../given.ts';
import { anyProcess } from './any-process.ts';

function metricsOver() {
  const none = { over: 0, days7: 0, days30: 0, days60: 0, days180: 0, longer: 0, bounded: 0 };
  const gauges = {
    ...{
      counts: async () => ({ incidents: [], devices: [], grace: none, recoveryHidden: 0, notCounted: 0 }),
      queueLines: () => 7,
      streamListeners: () => 0,
    },
    ...{
      kernelDrops: async () => 0,
      losses: async () => [],
      setAside: async () => 0,
      clockSteps: () => 0,
      clockOffset: () => null,
      process: () => anyProcess,
      lastReload: () => ({ successful: true, at: 0 }),
      damaged: async () => noDamage,
      pendingNotices: async () => [],
      onStoreError: () => {},
      logDrops: () => 0,
    },
  };
  const metrics = new Metrics(advisory, gauges, ['hook', 'am']);
  /** The samples, by name and labels, that are not zero. */
  const read = async (prefix: string) => {
    const text = await metrics.registry.metrics();
    const samples = text.split('\n').filter((line) => line.startsWith(`quovadis_${prefix}`));
    return Object.fromEntries(
      samples
        .map((line) => [
          line.slice('quovadis_'.length, line.lastIndexOf(' ')),
          Number(line.slice(line.lastIndexOf(' '))),
        ])
        .filter(([, value]) => value !== 0),
    );
  };
  return { metrics, read };
}

const change = (over: Partial<DeviceChange>) =>
  ({
    ...{ type: 'IncidentSuspected', device: 'sw-a', ordinal: 1, at: T0, receivedAt: T0 },
    ...{ from: null, to: 'suspected', severity: 'warning', reason: 'score-reached', ...over },
  }) as DeviceChange;

t.test('Metrics.onBatch() counts the contents of a batch', async (t) => {
  const { metrics, read } = metricsOver();
  const stats = {
    ...newBatchStats(),
    ...{ evicted: 2, forgotten: 3, refused: 4, copies: 5, late: 17, commitSeconds: 0.004 },
    outcomes: { parsed: 9, 'text-only': 1, other: 11, 'no-core': 12 },
    messages: new Map([
      ['SMART_LIC COMM_FAILED', 6],
      ['SMART_LIC NEVER_SEEN', 7],
      ['SMART_LIC NOR_THIS', 1],
    ]),
    signals: new Map([['failure ambiguous', 13]]),
    unparsed: new Map([['unknown-body', 14]]),
    droppedNotices: [
      { sink: 'hook', result: 'dead', count: 15 } as const,
      { sink: 'am', result: 'dropped', count: 16 } as const,
    ],
    changes: [change({}), change({ type: 'IncidentAmended', from: 'suspected', receivedAt: null })],
  };
  metrics.onBatch(stats, 0.02, T0 + 40);
  const rows: Record<string, Record<string, number>> = {
    messages_refused_total: { messages_refused_total: 4 },
    messages_copied_total: { messages_copied_total: 5 },
    messages_late_total: { messages_late_total: 17 },
    devices_evicted_total: { devices_evicted_total: 2 },
    incidents_forgotten_total: { incidents_forgotten_total: 3 },
    messages_total: {
      'messages_total{facility="SMART_LIC",mnemonic="COMM_FAILED"}': 6,
      'messages_total{facility="SMART_LIC",mnemonic="other"}': 8,
      'messages_total{facility="other",mnemonic="other"}': 11,
    },
    messages_unparsed_total: { 'messages_unparsed_total{reason="unknown-body"}': 14 },
    signals_total: { 'signals_total{kind="failure",cause="ambiguous"}': 13 },
    incident_transitions_total: { 'incident_transitions_total{to="suspected"}': 1 },
    notices_total: {
      'notices_total{sink="hook",result="dead"}': 15,
      'notices_total{sink="am",result="dropped"}': 16,
    },
    pipeline_batch_seconds_sum: { pipeline_batch_seconds_sum: 0.02 },
    store_commit_seconds_sum: { store_commit_seconds_sum: 0.004 },
    pipeline_queue_lines: { pipeline_queue_lines: 7 },
  };
  for (const [name, samples] of Object.entries(rows)) t.strictSame(await read(name), samples, name);
  metrics.onBatch({ ...newBatchStats() }, 0.02, T0);
  t.strictSame(
    await read('store_commit_seconds_count'),
    { store_commit_seconds_count: 1 },
    'not for a batch without a commit',
  );
  t.strictSame(await read('pipeline_batch_seconds_count'), { pipeline_batch_seconds_count: 2 });
});

t.test('Metrics.onBatch() measures from the receipt of the deciding line to the commit', async (t) => {
  const rows: readonly (readonly [
    why: string,
    receivedAt: number | null,
    samples: readonly [number, number, number],
  ])[] = [
    ['40 ms after the receipt', T0, [1, 0.04, 1]],
    ['a change by time alone', null, [0, 0, 0]],
    ['the clock was set back between receipt and commit', T0 + 90, [1, 0, 1]],
    ['the line waited for two seconds', T0 - 1960, [1, 2, 0]],
  ];
  for (const [why, receivedAt, [count, sum, within]] of rows) {
    const { metrics, read } = metricsOver();
    metrics.onBatch({ ...newBatchStats(), changes: [change({ receivedAt })] }, 0, T0 + 40);
    const { detection_seconds_count = 0, detection_seconds_sum = 0, ...buckets } = await read('detection_seconds');
    t.strictSame(
      [detection_seconds_count, detection_seconds_sum, buckets['detection_seconds_bucket{le="0.05"}'] ?? 0],
      [count, sum, within],
      why,
    );
  }
});
