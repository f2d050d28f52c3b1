import t from 'tap';
import { type Gauges, Metrics } from '../../src/observe/metrics.ts';
import { advisory } from '../given.ts';

const grace = { over: 0, days7: 0, days30: 0, days60: 0, days180: 0, longer: 0, bounded: 0 };
const STORED = ['incidents', 'devices', 'grace_devices', 'notices_pending', 'notices_dead'];

t.test('Metrics leave out the gauges of a store that cannot be read, and tell of it once', async (t) => {
  const told: unknown[] = [];
  const damaged = new Error('database disk image is malformed');
  const broken = { counts: false, waiting: false };
  const unless =
    <T>(name: keyof typeof broken, value: T) =>
    async () => {
      if (broken[name]) throw damaged;
      return value;
    };
  const gauges: Gauges = {
    counts: unless('counts', { incidents: [], devices: [{ condition: 'ok', count: 3 }], grace }),
    waiting: unless('waiting', [{ sink: 'webhook', pending: 2, dead: 1, oldestAt: null }]),
    losses: async () => [],
    queueLines: () => 5,
    logDrops: () => 0,
    kernelDrops: async () => 0,
    troubled: (error) => told.push(error),
  };
  const { registry } = new Metrics(advisory, gauges, ['webhook']);
  const samples = async () => {
    const text = await registry.metrics();
    t.match(text, /^quovadis_pipeline_queue_lines 5$/m, 'what needs no store is always there');
    return STORED.filter((name) => new RegExp(`^quovadis_${name}\\{`, 'm').test(text));
  };
  t.same(await samples(), STORED);
  t.same(told, []);
  broken.counts = true;
  t.same(await samples(), ['notices_pending', 'notices_dead'], 'nothing old is shown');
  broken.waiting = true;
  t.same(await samples(), []);
  broken.counts = false;
  t.same(await samples(), ['incidents', 'devices', 'grace_devices']);
  t.same(told, [damaged], 'one outage');
  broken.waiting = false;
  t.same(await samples(), STORED);
  t.same(told, [damaged, null]);
  broken.waiting = true;
  await samples();
  t.same(told, [damaged, null, damaged], 'the next outage');
});
