import t from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import { type BatchStats, newBatchStats } from '../../src/pipeline/batch-stats.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { noDamage } from '../../src/store/no-damage.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { deviceMetrics } from '../../src/telemetry/device-metrics.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Gauges } from '../../src/telemetry/readings.ts';
import { advisory, event, observed, T0 } from '../given.ts';
import { commitObservations } from '../store/stores.ts';
import { anyProcess } from './any-process.ts';

const grace = { over: 0, days7: 0, days30: 0, days60: 0, days180: 0, longer: 0, bounded: 0 };
const STORED = ['incidents', 'devices', 'grace_devices', 'notices_pending', 'notices_dead'];

const change: DeviceChange = {
  ...{ type: 'IncidentConfirmed', from: 'suspected', to: 'confirmed', severity: 'major', reason: 'score-reached' },
  ...{ device: 'sw-a', ordinal: 1, at: 0, receivedAt: null },
};

t.test('Metrics leaves out the gauges of a store that cannot be read, and reports each outage once', async (t) => {
  const reported: unknown[] = [];
  const damaged = new Error('database disk image is malformed');
  const broken = { counts: false, pendingNotices: false };
  const unless =
    <T>(name: keyof typeof broken, value: T) =>
    async () => {
      if (broken[name]) throw damaged;
      return value;
    };
  const gauges: Gauges = {
    counts: unless('counts', {
      incidents: [],
      devices: [{ condition: 'ok', count: 3 }],
      grace,
      recoveryHidden: 4,
      notCounted: 0,
    }),
    pendingNotices: unless('pendingNotices', [{ sink: 'webhook', pending: 2, dead: 1, oldestAt: null }]),
    losses: async () => [],
    setAside: async () => 2,
    clockSteps: () => 0,
    clockOffset: () => null,
    process: () => anyProcess,
    lastReload: () => ({ successful: true, at: 0 }),
    damaged: async () => ({ ...noDamage, evidence: 2 }),
    queueLines: () => 5,
    streamListeners: () => 0,
    logDrops: () => 0,
    kernelDrops: async () => 0,
    onStoreError: (error) => reported.push(error),
  };
  const { registry } = new Metrics(advisory, gauges, ['webhook']);
  const samples = async () => {
    const text = await registry.metrics();
    t.match(text, /^quovadis_pipeline_queue_lines 5$/m, 'a gauge that needs no store is always there');
    return STORED.filter((name) => new RegExp(`^quovadis_${name}\\{`, 'm').test(text));
  };
  t.same(await samples(), STORED);
  t.same(reported, []);
  broken.counts = true;
  t.same(await samples(), ['notices_pending', 'notices_dead'], 'former values are not shown');
  broken.pendingNotices = true;
  t.same(await samples(), []);
  broken.counts = false;
  t.same(await samples(), ['incidents', 'devices', 'grace_devices']);
  t.same(reported, [damaged], 'one outage');
  broken.pendingNotices = false;
  t.same(await samples(), STORED);
  t.same(reported, [damaged, null]);
  broken.pendingNotices = true;
  await samples();
  t.same(reported, [damaged, null, damaged], 'the next outage');
});

t.test('Metrics shows no gauge of a sink that is not configured any more and has nothing pending', async (t) => {
  let rows = ['former', 'kept'].map((sink) => ({ sink, pending: 2, dead: 0, oldestAt: 1000 }));
  const gauges: Gauges = {
    counts: async () => ({ incidents: [], devices: [], grace, recoveryHidden: 0, notCounted: 0 }),
    pendingNotices: async () => rows,
    ...{
      losses: async () => [],
      queueLines: () => 0,
      streamListeners: () => 0,
      logDrops: () => 0,
      kernelDrops: async () => 0,
    },
    setAside: async () => 0,
    clockSteps: () => 0,
    clockOffset: () => null,
    process: () => anyProcess,
    lastReload: () => ({ successful: true, at: 0 }),
    damaged: async () => noDamage,
    onStoreError: () => {},
  };
  const metrics = new Metrics(advisory, gauges, ['former', 'kept']);
  const pending = async () =>
    [...(await metrics.registry.metrics()).matchAll(/^quovadis_notices_pending\{sink="(.*)"\} (\d+)$/gm)]
      .map(([, sink, value]) => `${sink} ${value}`)
      .sort();
  t.same(await pending(), ['former 2', 'kept 2']);
  rows = rows.slice(1);
  metrics.use(advisory, ['kept']);
  t.same(await pending(), ['kept 2']);
});

t.test('a gauge without labels has no sample while nothing can be read', async (t) => {
  const state = { offset: null as number | null, failure: null as Error | null };
  const setAside = async () => {
    if (state.failure !== null) throw state.failure;
    return 3;
  };
  const gauges: Gauges = {
    counts: async () => ({ incidents: [], devices: [], grace, recoveryHidden: 0, notCounted: 0 }),
    ...{ pendingNotices: async () => [], losses: async () => [], setAside, clockOffset: () => state.offset },
    ...{ clockSteps: () => 0, process: () => anyProcess, damaged: async () => noDamage, onStoreError: () => {} },
    lastReload: () => ({ successful: true, at: 0 }),
    ...{ queueLines: () => 0, streamListeners: () => 0, logDrops: () => 0, kernelDrops: async () => 0 },
  };
  const { registry } = new Metrics(advisory, gauges, []);
  const samples = async () =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => /^quovadis_(clock_offset_seconds|devices_set_aside) /.test(line))
      .sort();
  t.strictSame(await samples(), ['quovadis_devices_set_aside 3']);
  state.offset = -1500;
  t.strictSame(await samples(), ['quovadis_clock_offset_seconds -1.5', 'quovadis_devices_set_aside 3']);
  state.failure = new Error('gone');
  state.offset = null;
  t.strictSame(await samples(), []);
});

t.test('Metrics counts a batch, evictions by limits and drops of the kernel', async (t) => {
  const kernel = [3, 5, 2];
  const gauges: Gauges = {
    ...{
      counts: async () => ({ incidents: [], devices: [], grace, recoveryHidden: 0, notCounted: 0 }),
      pendingNotices: async () => [],
      losses: async () => [],
      setAside: async () => 0,
      clockSteps: () => 0,
      clockOffset: () => null,
      process: () => anyProcess,
      lastReload: () => ({ successful: true, at: 0 }),
      damaged: async () => noDamage,
    },
    ...{
      queueLines: () => 0,
      streamListeners: () => 0,
      logDrops: () => 7,
      kernelDrops: async () => kernel.shift() ?? 0,
      onStoreError: () => {},
    },
  };
  const metrics = new Metrics(advisory, gauges, ['webhook']);
  const stats: BatchStats = {
    ...newBatchStats(),
    ...{ lines: 9, refused: 4, copies: 6, evicted: 3, forgotten: 2, commitSeconds: 0.5 },
    changes: [
      { ...change, receivedAt: 1000 },
      { ...change, receivedAt: null },
    ],
    droppedNotices: [{ sink: 'webhook', result: 'dead', count: 8 }],
  };
  metrics.onBatch(stats, 1, 3500);
  metrics.onEvictions({ evicted: 1, forgotten: 1, droppedNotices: [] }, 3500);
  const sample = async (name: string) => {
    const line = (await metrics.registry.metrics()).split('\n').find((one) => one.startsWith(`quovadis_${name} `));
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ')));
  };
  const dropped = 'syslog_lines_dropped_total{transport="udp",reason="kernel"}';
  t.strictSame([await sample(dropped), await sample(dropped)], [3, 5], 'datagrams that the kernel dropped');
  t.equal(await sample(dropped), 5, 'a new socket counts from 0, and the counter never falls');
  const expected = {
    messages_refused_total: 4,
    messages_copied_total: 6,
    devices_evicted_total: 4,
    incidents_forgotten_total: 3,
    detection_seconds_sum: 2.5,
    detection_seconds_count: 1,
    log_lines_dropped_total: 7,
    'notices_total{sink="webhook",result="dead"}': 8,
    'incident_transitions_total{to="confirmed"}': 2,
  };
  for (const [name, value] of Object.entries(expected)) t.equal(await sample(name), value, name);
});

t.test(
  'deviceMetrics() shows the most severe devices up to its limit, and escapes any name in the label',
  async (t) => {
    const store = new MemoryStore(projectionOf(advisory));
    const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' } as const;
    const strange = 'sw-"a"\n\\b';
    for (const origin of ['sw-1', 'sw-2', 'sw-3', strange])
      await commitObservations(store, [
        event(observed(T0, callHome), { origin }),
        event(observed(T0 + 1), { origin }),
        ...(origin === strange
          ? [event(observed(T0 + 2, { ...callHome, family: 'revocation', mnemonic: 'CRL_FETCH_FAIL' }), { origin })]
          : []),
      ]);
    let text = '';
    for await (const piece of deviceMetrics(store, T0 + 3, 2)) text += piece;
    const shown = text.split('\n').filter((line) => line.startsWith('quovadis_device_incident{'));
    t.strictSame(shown, [
      'quovadis_device_incident{device="sw-\\"a\\"\\n\\\\b"} 1',
      'quovadis_device_incident{device="sw-1"} 1',
    ]);
    t.match(text, /^quovadis_device_series_dropped 2$/m);
  },
);
