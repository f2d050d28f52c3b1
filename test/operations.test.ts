import t from 'tap';
import { readInventory } from '../src/inventory-file.ts';
import { Operations } from '../src/operations.ts';
import { advisory, HOUR, observed, sighted, T0 } from './given.ts';
import { batchOf, stores } from './store/stores.ts';

const hostnames = (from: number, to: number) =>
  ['hostname', ...Array.from({ length: to - from }, (_, n) => `sw-${from + n}`)].join('\n');

for (const [name, open] of Object.entries(stores)) {
  t.test(
    `Operations.import() takes no more devices than a ${name} may hold, and says which rows it left`,
    async (t) => {
      const store = open(t, { devices: 10 });
      const took: number[] = [];
      const operations = new Operations({
        ...{ store, advisory, now: () => T0 },
        committed: (_, { evicted }) => took.push(evicted),
      });
      await store.commit(await batchOf(store, [sighted(observed(T0), { origin: 'sw-heard' })]));
      const first = await operations.import(readInventory(hostnames(0, 8), 'csv'));
      t.match(first, { taken: 8, unchanged: 0, noRoom: [] });
      const second = await operations.import(readInventory(hostnames(6, 14), 'csv'));
      t.match([second.taken, second.unchanged], [2, 2], 'the one that was only heard makes room');
      t.match(
        second.noRoom.map(({ line, row: { hostname } }) => [line, hostname]),
        [
          [6, 'sw-10'],
          [7, 'sw-11'],
          [8, 'sw-12'],
          [9, 'sw-13'],
        ],
      );
      t.same([(await store.devices({ limit: 99 })).rows.length, took.reduce((sum, n) => sum + n, 0)], [10, 1]);
      const none = { address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
      await t.rejects(operations.list('sw-99', { hostname: 'sw-99', ...none }, ['hostname']), { code: 'QVW_REFUSED' });
      const plant = await operations.list('sw-3', { ...none, hostname: 'sw-3', plant: 'Linz' }, ['hostname', 'plant']);
      t.match(plant.inventory, { plant: 'Linz' }, 'a device that is there can always be written of');
      await store.commit(await batchOf(store, [sighted(observed(T0 + HOUR), { origin: 'sw-3', peer: '192.0.2.3' })]));
      const address = await operations.list('sw-3', { ...none, hostname: 'sw-3', address: '192.0.2.3' }, ['address']);
      t.match(address.inventory, { address: '192.0.2.3' });
    },
  );
}
