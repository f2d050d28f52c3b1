/** The history of days while the clock of the service is ahead, and after it was set back; tested with every store. */
import t from 'tap';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, DAY, HOUR, T0 } from '../given.ts';
import { differencesIn } from './incident-recount.ts';
import { commitObservations, noRows, retained, stores } from './stores.ts';
import { callHome, observation, rowOf } from './written.ts';

const today = Math.floor(T0 / DAY);

/** An incident of this device in its plant, opened so many days after T0, by a clock that says so. */
async function opened(store: Store, device: string, days: number, plant = 'North'): Promise<void> {
  const now = T0 + days * DAY;
  const rows = [{ row: { ...rowOf(device).row, plant }, columns: ['hostname', 'plant'] as const }];
  await store.commit({ names: [device], keys: [device], newDevices: 1 }, (known) => {
    const { devices, changes, past, evidence, merges, aliases } = enrol(known, rows, advisory);
    return { ...noRows, devices: [...devices.values()], changes, past, evidence, merges, aliases, now };
  });
  const at = days * 24;
  await commitObservations(store, [observation(device, at, callHome), observation(device, at + 1)], { now });
}

async function recounted(store: Store, now: number): Promise<string[]> {
  const differences: string[] = [];
  for await (const difference of store.recount(now)) differences.push(difference);
  return differences.filter((difference) => difference.startsWith('the days'));
}

const openAndOpened = async (store: Store, plant?: string) =>
  (await store.history({ plant, from: today - 20, to: today + 2 })).map(({ opened, open }) => [opened, open]);

for (const [name, open] of Object.entries(stores)) {
  for (const years of [1, 3, 30]) {
    t.test(`${name}: a clock that is ${years} years ahead for an hour destroys no day`, async (t) => {
      const store = await open(t);
      await opened(store, 'sw-a', -20);
      await opened(store, 'sw-b', -19, 'South');
      await retained(store, T0, 0);
      await opened(store, 'sw-c', 0);
      const before = await openAndOpened(store);
      const ahead = years * 365;
      await opened(store, 'sw-d', ahead);
      await opened(store, 'sw-e', ahead + 1, 'South');
      await retained(store, T0 + (ahead + 1) * DAY, HOUR);
      t.strictSame(await openAndOpened(store), before, 'while the clock is ahead');
      t.match(await recounted(store, T0 + HOUR), [
        /^the days of the fleet have 2 of the future, the last of them 20\d\d-\d\d-\d\d$/,
        /^the days of plant "North" have 1 of the future/,
        /^the days of plant "South" have 1 of the future/,
      ]);
      await store.markBeyond(T0 + HOUR, 0);
      await retained(store, T0 + HOUR, HOUR);
      t.strictSame(await recounted(store, T0 + HOUR), []);
      const after = await openAndOpened(store);
      t.strictSame(after.slice(0, 20), before.slice(0, 20), 'former days are as they were');
      t.strictSame(
        after.slice(20),
        [
          [3, 5],
          [0, 5],
          [0, 5],
        ],
        'what happened until now is of today',
      );
      t.strictSame((await openAndOpened(store, 'South')).slice(20), [
        [1, 2],
        [0, 2],
        [0, 2],
      ]);
      t.strictSame(await differencesIn(store), []);
    });
  }

  t.test(`${name}: a device that is deleted is not open any more from then on, whatever days there are`, async (t) => {
    const store = await open(t);
    await opened(store, 'sw-a', 0);
    await opened(store, 'sw-b', 400);
    await store.forget(['sw-a'], T0 + DAY);
    const days = await store.history({ from: today, to: today + 401 });
    t.match([days[0], days[1], days[400]], [{ open: 1 }, { open: 0 }, { open: 1 }]);
  });

  t.test(`${name}: days are trimmed by the clock of retention, which follows slowly`, async (t) => {
    const store = await open(t);
    await opened(store, 'sw-a', 0);
    await retained(store, T0 + DAY, 0);
    const later = limits.historyDays + 10;
    await opened(store, 'sw-b', later);
    await retained(store, T0 + later * DAY, 30 * DAY);
    t.match(await store.history({ from: today, to: today }), [{ opened: 1, open: 1 }], 'not yet');
    await retained(store, T0 + later * DAY, 30 * DAY);
    t.match(await store.history({ from: today, to: today }), [{ opened: 0, open: 1 }], 'now it is too old');
    t.match(await store.history({ from: today + later, to: today + later }), [{ opened: 1, open: 2 }]);
  });
}
