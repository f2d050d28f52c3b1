/** What is kept of the fleet in a file, when the file has changed behind the store's back. */
import type Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { FleetReport } from '../../../src/operate/fleet-report.ts';
import { Operations } from '../../../src/operate/operations.ts';
import { trustpoolSample } from '../../../src/serve/openapi/route-examples.ts';
import { PROJECTION } from '../../../src/store/codec/projected.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, DAY, HOUR, T0, temporaryDirectory } from '../../given.ts';
import { callHome, commit, observation } from '../written.ts';
import { writeSums } from './sums.ts';

/** A store with some devices, and `more`; `change` is made in the file while it is closed. */
async function storeAfter(
  t: Test,
  change: (database: Database.Database) => void,
  more: (store: SqliteStore) => Promise<unknown> = async () => {},
) {
  const directory = temporaryDirectory(t);
  const first = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  for (const name of ['sw-a', 'sw-b', 'sw-c']) await commit(first, observation(name, 0, callHome, { peer: null }));
  await commit(first, observation('sw-a', 1));
  await more(first);
  await first.close();
  const database = openDatabase(directory);
  change(database);
  writeSums(database);
  const store = new SqliteStore(database, projectionOf(advisory));
  t.teardown(() => store.close());
  return store;
}

async function differencesIn(store: SqliteStore): Promise<string[]> {
  const differences: string[] = [];
  for await (const difference of store.recount(T0 + 365 * DAY)) differences.push(difference);
  return differences;
}

const rows: readonly (readonly [what: string, sql: string, found: RegExp])[] = [
  ['a row is missing', "DELETE FROM member WHERE key = 'sw-a'", /^sw-a: no facts are kept$/],
  [
    'a row of no device',
    "UPDATE member SET key = 'sw-z' WHERE key = 'sw-a'",
    /^sw-z: facts are kept, and there is no such device$/,
  ],
  [
    'a count is wrong',
    "UPDATE fleet_count SET n = 7 WHERE fact = 'condition watching'",
    /^count of all, condition watching: 7 kept, 2 counted$/,
  ],
  [
    'a count is missing',
    "DELETE FROM fleet_count WHERE dimension = 'plant'",
    /^count of plant "", devices: 0 kept, 3 counted$/,
  ],
];

for (const [what, sql, expected] of rows) {
  t.test(`SqliteStore.mend() makes what is kept of the fleet anew: ${what}`, async (t) => {
    const store = await storeAfter(t, (database) => void database.exec(sql));
    const found = await differencesIn(store);
    t.ok(
      found.some((difference) => expected.test(difference)),
      found.join('; '),
    );
    await store.mend(T0);
    t.strictSame(await differencesIn(store), []);
    t.equal((await store.fleet(T0)).all.devices, 3);
  });
}

t.test('SqliteStore notices a row that is not what was stored when it writes the row, and mends it', async (t) => {
  const store = await storeAfter(
    t,
    (database) => void database.exec("UPDATE member SET product = 'x' WHERE key = 'sw-a'"),
  );
  t.match((await differencesIn(store))[0], /^sw-a: the row of its facts is not as it was stored$/);
  await commit(store, observation('sw-a', 40));
  await t.rejects(
    store.due(T0, 1, () => undefined as never),
    { code: 'QVW_ROW_DAMAGED' },
  );
  await store.mend(T0);
  t.strictSame(await differencesIn(store), []);
});

t.test(
  'SqliteStore.notCounted() says how many devices of a former version are left, and bringMembersOver() counts them',
  async (t) => {
    const store = await storeAfter(
      t,
      (database) => void database.exec('DELETE FROM member; DELETE FROM fleet_count; UPDATE device SET projected = 3'),
    );
    t.equal(await store.notCounted(), 3);
    t.match((await differencesIn(store))[0], /^3 devices of a former version are not counted yet$/);
    await commit(store, observation('sw-b', 3, callHome));
    while ((await store.bringMembersOver()) > 0);
    t.equal(await store.notCounted(), 0);
  },
);

t.test('bringMembersOver() finds what captures of devices of a former version show is to be done', async (t) => {
  const pool = `${trustpoolSample.replace(/^.*(?=#)/, 'sw-b')}sw-b#\n`;
  const store = await storeAfter(
    t,
    (database) =>
      void database.exec(`UPDATE member SET urgency = NULL, urgent_until = NULL WHERE key = 'sw-b';
        UPDATE device SET projected = ${PROJECTION - 1}`),
    (first) =>
      new Operations({ store: first, advisory, now: () => T0 + DAY, onCommit: () => {} }).capture(pool, {
        ...{ device: null, at: T0 + HOUR, zone: null, dryRun: false },
      }),
  );
  const tasks = async () =>
    (await new FleetReport(store, advisory, () => T0 + DAY).tasks({ limit: 9 })).map(({ device }) => device);
  t.strictSame(await tasks(), ['sw-a'], 'as the former version stored it');
  while ((await store.bringMembersOver()) > 0);
  t.strictSame(await tasks(), ['sw-a', 'sw-b']);
  t.strictSame(await differencesIn(store), []);
});
