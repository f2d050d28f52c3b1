/** Rows that changed while the service had the file open are found after its clean stop too, though no start reads all rows. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { Retaining } from '../../../src/retaining.ts';
import { engines } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { registerRowSum } from '../../../src/store/sqlite/checksums.ts';
import { isCleanStop } from '../../../src/store/sqlite/clean-stop.ts';
import { DATABASE_NAME } from '../../../src/store/sqlite/open.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { callHome, commit, observation } from '../written.ts';

const DEVICES = 450;
const open = (directory: string) => engines.sqlite(directory).open(projectionOf(advisory), 'service');

/** The statement changes rows while the store has the file open, as a disk does. Then the store is stopped properly. */
async function damagedBefore(t: Test, statement: string): Promise<Store> {
  const directory = temporaryDirectory(t);
  const store = await open(directory);
  const names = Array.from({ length: DEVICES }, (_, index) => `sw-${index}`);
  await commit(store, ...names.flatMap((name) => [observation(name, 0, callHome), observation(name, 1)]));
  const other = new Database(join(directory, DATABASE_NAME));
  registerRowSum(other);
  other.exec(statement);
  other.close();
  await store.close();
  t.ok(isCleanStop(join(directory, DATABASE_NAME)));
  const again = await open(directory);
  t.teardown(() => again.close());
  return again;
}

async function scrubbed(store: Store): Promise<number> {
  let steps = 1;
  while (await store.scrub()) steps++;
  return steps;
}

const rows = [
  [
    'device',
    `UPDATE device SET record = replace(record, '"messages":2', '"messages":3') WHERE key = 'sw-449'`,
    'sw-449',
  ],
  ['incident', `UPDATE incident SET opened_at = opened_at + 1 WHERE device = 'sw-7'`, 'qv-sw-7-1'],
] as const;

for (const [table, statement, name] of rows) {
  t.test(`SqliteStore.scrub() finds a damaged row of the table ${table}, in steps`, async (t) => {
    const store = await damagedBefore(t, statement);
    t.same(await store.mend(0), [], 'a start after a clean stop reads no rows');
    t.ok((await scrubbed(store)) > 4);
    await t.rejects(
      store.due(0, 1, () => {
        throw new Error('nothing is due');
      }),
      { code: 'QVW_ROW_DAMAGED' },
    );
    t.match(await store.mend(0), [{ table, name }]);
    await scrubbed(store);
    t.same(
      await store.due(0, 1, () => {
        throw new Error('nothing is due');
      }),
      null,
      'what is known is not found again',
    );
  });
}

t.test('SqliteStore.scrub() finds nothing in a sound file, and begins anew', async (t) => {
  const store = await damagedBefore(t, 'SELECT 1');
  const steps = await scrubbed(store);
  t.equal(await scrubbed(store), steps);
  t.same(await store.mend(0), []);
});

t.test('Retaining looks at all rows in its first pass, then once a day', async (t) => {
  let [scrubs, seconds] = [0, 0];
  const store = {
    moveRetention: async () => 0,
    retain: async () => null,
    shrink: async () => false,
    scrub: async () => ++scrubs % 3 !== 0,
  };
  const retaining = new Retaining({
    ...{ store: store as never, policy: () => ({}) as never, now: () => 0, clock: () => seconds },
    ...{ log: { info: () => {}, warn: () => {} } as never, onRetained: () => {} },
  });
  const after: number[] = [];
  for (seconds of [0, 600, 86_399, 86_400]) {
    await retaining.pass();
    after.push(scrubs);
  }
  t.same(after, [3, 3, 3, 6]);
});
