import t from 'tap';
import type { SeriesRow } from '../../src/store/ports/queries.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { deviceFamilies, deviceMetrics } from '../../src/telemetry/device-metrics.ts';
import { DAY, T0 } from '../given.ts';

const rowOf = (device: string): SeriesRow => ({
  device,
  lastSeenAt: T0,
  series: {
    ...{ plant: 'hall "2"', product: null, release: '17.3.3', condition: 'confirmed', severity: 'major' },
    ...{ open: true, graceUntil: T0 + DAY, graceUntilAtMost: null },
  },
});

/** A store that gives the rows of these devices in pages of two. */
function storeOf(devices: readonly string[]): Pick<Store, 'series'> {
  return {
    series: async ({ after = '0' }) => {
      const [from, to] = [Number(after), Number(after) + 2];
      return { rows: devices.slice(from, to).map(rowOf), next: to < devices.length ? `${to}` : null };
    },
  };
}

async function linesOf(devices: readonly string[], most?: number): Promise<string[]> {
  let text = '';
  for await (const piece of deviceMetrics(storeOf(devices), T0, most)) text += piece;
  t.equal(text.at(-1), '\n', 'the text ends with a line');
  return text.slice(0, -1).split('\n');
}

const samples = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('#'));

t.test('deviceMetrics() shows the first devices up to its limit, and the number of devices left out', async (t) => {
  const devices = ['sw-a', 'sw-b', 'sw-c', 'sw-d', 'sw-e'];
  for (const [most, shown, dropped] of [
    [2, ['sw-a', 'sw-b'], 3],
    [3, ['sw-a', 'sw-b', 'sw-c'], 2],
    [0, [], 5],
    [5, devices, 0],
    [undefined, devices, 0],
  ] as const) {
    const lines = samples(await linesOf(devices, most));
    for (const { name } of deviceFamilies.filter(({ name }) => !name.includes('at_most'))) {
      const of = lines.filter((line) => line.startsWith(`${name}{`)).map((line) => /device="([^"]*)"/.exec(line)?.[1]);
      t.strictSame(of, shown, `${name}, ${most}`);
    }
    t.strictSame(
      lines.slice(shown.length * 4),
      [`quovadis_device_series_dropped ${dropped}`],
      `${most}: no further lines`,
    );
  }
});

t.test('deviceMetrics() names the database of several instances in each sample', async (t) => {
  const others = {
    database: 'plant-1f "a"',
    next: async () => ({ changes: [], notes: [], acts: [], devices: [] }),
    judgeBy: async () => {},
    instances: async () => [],
    noteClock: () => {},
  };
  let text = '';
  for await (const piece of deviceMetrics({ ...storeOf(['sw-a']), others }, T0)) text += piece;
  const found = samples(text.trim().split('\n'));
  t.equal(found.length, 5);
  for (const sample of found) t.match(sample, /store="plant-1f \\"a\\""\} \d+$/);
});
