/** A dry run says what the real one then does, and stores nothing. `SEED=7` repeats a run. */
import fc from 'fast-check';
import t from 'tap';
import { columns } from '../../src/core/model/inventory.ts';
import { Operations } from '../../src/operate/operations.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, HOUR, T0 } from '../given.ts';
import { stores } from '../store/stores.ts';
import { callHome, commit, observation } from '../store/written.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const cell = <const T>(...values: readonly T[]) => fc.constantFrom<T | null>(null, ...values);
const row = fc
  .record({
    hostname: cell('sw-a', 'sw-b', 'sw-c', 'sw-new', 'sw-a.example'),
    address: cell('192.0.2.7', '192.0.2.8', '192.0.2.9'),
    serial: cell('FOC0000A1B2', 'FOC0000A1B3'),
    pid: cell('IE-3300-8T2S'),
    release: cell('17.3.3', '17.6.1'),
    plant: cell('North', 'South'),
    licensing: cell('SLR', 'online'),
  })
  .filter(({ hostname, address, serial }) => hostname !== null || address !== null || serial !== null);

/** Few devices have room, or each row is a commit: a commit evicts devices, which a later one would not find. */
const bounds = fc.oneof(
  fc.record({ devices: fc.integer({ min: 3, max: 6 }), rowsAtOnce: fc.constant(500) }),
  fc.record({ devices: fc.constant(1000), rowsAtOnce: fc.integer({ min: 1, max: 3 }) }),
);

/** Everything that an import could have changed. */
async function contentOf(store: Store) {
  const devices = await everyRow((after) => store.devices({ after, limit: 500 }));
  const incidents = await everyRow((after) => store.incidents({ after, limit: 500 }));
  const names = await Promise.all(devices.map(({ key }) => store.namesOf(key)));
  const changes = await Promise.all(devices.map(({ key }) => store.transitions(key, 1)));
  return structuredClone({ devices, incidents, names, changes });
}

for (const [name, open] of Object.entries(stores))
  t.test(`Operations.import() of the store ${name} does what its dry run has said`, async (t) => {
    t.comment(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), bounds, async (rows, { devices, rowsAtOnce }) => {
        const store = await open(t, { devices });
        const now = () => T0 + 10 * HOUR;
        const operations = new Operations({ store, advisory, now, rowsAtOnce, onCommit: () => {} });
        const serial = 'FOC0000A1B2';
        await commit(store, observation('sw-a', 0, callHome, { serial }), observation('sw-a', 1, {}, { serial }));
        await commit(store, observation(null, 0, callHome, { peer: '192.0.2.8' }));
        const file = { rows: rows.map((each) => ({ row: each, columns: [...columns] })) };
        const before = await contentOf(store);
        const said = await operations.import(file, { dryRun: true });
        t.strictSame(await contentOf(store), before, 'a dry run stores nothing');
        t.strictSame(await operations.import(file), said, JSON.stringify(rows));
        await store.close();
      }),
      { seed, numRuns: name === 'memory' ? 150 : 25 },
    );
  });
