/** What is kept beside rows, when a part of a transaction is rolled back, and when rows are mended while they are read. */
import t from 'tap';
import { rejudge } from '../../../src/core/correlate/rejudge.ts';
import { makeRereader } from '../../../src/core/read/recheck.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { yieldToEventLoop } from '../../../src/yield-to-event-loop.ts';
import { advisory, DAY, T0, temporaryDirectory } from '../../given.ts';
import { differencesIn } from '../incident-recount.ts';
import { callHome, commit, observation } from '../written.ts';
import { writeOldDatabase } from './old-database.ts';
import { writeSums } from './sums.ts';

async function recounted(store: SqliteStore): Promise<string[]> {
  const differences: string[] = [];
  for await (const difference of store.recount(T0 + 20 * DAY)) differences.push(difference);
  return differences;
}

/** Judges devices anew, and fails for one device after its incidents were written. */
function failing(store: SqliteStore, key: string) {
  const reread = makeRereader(advisory, (text) => Buffer.from(text));
  const now = T0 + 13 * DAY;
  return () =>
    store.judgeAnew(2, {
      rejudge: (kept) => {
        const judged = rejudge(kept, advisory, reread);
        if (kept.device.key !== key) return judged;
        return { ...judged, evidence: judged.evidence.map(() => null) as never };
      },
      announce: () => [],
      now,
    });
}

for (const key of ['sw-less', 'sw-more', 'sw-over', 'sw-same']) {
  t.test(`a device that cannot be judged leaves no trace in the days and in the columns: ${key}`, async (t) => {
    const data = temporaryDirectory(t);
    await writeOldDatabase(data);
    const store = new SqliteStore(openDatabase(data), projectionOf(advisory));
    t.teardown(() => store.close());
    t.strictSame(await differencesIn(store), [], 'the columns are in memory');
    const judgeAnew = failing(store, key);
    const setAside: string[] = [];
    for (let batch = await judgeAnew(); batch !== null; batch = await judgeAnew())
      setAside.push(...batch.setAside.map((device) => device.key));
    t.strictSame(setAside, [key]);
    t.strictSame(await differencesIn(store), []);
    t.strictSame(await recounted(store), []);
    const days = await store.history({ from: 0, to: 40_000 });
    const sum = (name: 'opened' | 'withdrawn') => days.reduce((all, day) => all + day[name], 0);
    const open = (await store.incidents({ limit: 99 })).rows.length;
    t.equal(sum('opened') - sum('withdrawn'), open, 'each incident was opened once');
  });
}

t.test('a row that is mended while the columns are read into memory is in no answer', async (t) => {
  const database = openDatabase(temporaryDirectory(t));
  const store = new SqliteStore(database, projectionOf(advisory));
  t.teardown(() => store.close());
  await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
  const copies = 9000;
  database.exec(
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${copies})
     INSERT INTO incident (id, device, ordinal, state, severity, opened_at, plant, product, release, diagnosis, grace_until,
       grace_bounded, place_assumed, acknowledged_at, acknowledged_by, changed_at, record)
     SELECT id || n, device || n, ordinal, state, severity, opened_at, plant, product, release, diagnosis, grace_until,
       grace_bounded, place_assumed, acknowledged_at, acknowledged_by, changed_at, record FROM incident, n`,
  );
  writeSums(database);
  // The first rows that are read, and the last ones.
  for (const device of ['sw-a1', 'sw-a8999'])
    database.prepare(`UPDATE incident SET severity = 'ghost' WHERE device = ?`).run(device);
  const damaged = database.prepare("SELECT count(*) FROM incident WHERE severity = 'ghost'").pluck().get() as number;
  const asked = store.incidentFacets({});
  await yieldToEventLoop();
  t.equal((await store.mend(T0)).length, damaged);
  const { total, facets } = await asked;
  t.match(facets.severity, [{ count: total }], 'nor in the one that was being made');
  t.equal(total, copies + 1 - damaged);
  t.strictSame(await differencesIn(store), []);
});
