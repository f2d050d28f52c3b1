/** Incidents of an older version get what they are found by, and the days what they tell. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { bringOver, judgingAnew } from '../../../src/operate/bring-over.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { damagedRows } from '../../../src/store/sqlite/check-rows.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { migrations } from '../../../src/store/sqlite/schema.ts';
import { advisory, DAY, HOUR, T0, temporaryDirectory } from '../../given.ts';
import { differencesIn } from '../incident-recount.ts';
import { noRows, writeBatch } from '../stores.ts';
import { callHome, commit, noteOf, observation, restored } from '../written.ts';

const files = new URL('./schemas/', import.meta.url);
const names = readdirSync(files).flatMap((name) => /^(.*)\.db\.gz$/.exec(name)?.[1] ?? []);
const NOW = Date.parse('2026-11-27T20:00:00Z');
/** The version that has the columns. */
const COLUMNS = migrations.findIndex((entry) => entry.includes('CREATE TABLE day')) + 1;

async function broughtOver(store: Store): Promise<void> {
  const judgeAnew = judgingAnew({ store, advisory, routes: [], now: () => NOW });
  await bringOver(store, () => ({ advisory, judgeAnew }), {});
  while (await store.bringIncidentsOver(NOW));
}

for (const name of names.filter((name) => Number.parseInt(name, 10) < COLUMNS)) {
  t.test(`the incidents of ${name}.db are found, counted and in the days`, async (t) => {
    const data = temporaryDirectory(t);
    writeFileSync(join(data, DATABASE_NAME), gunzipSync(readFileSync(new URL(`${name}.db.gz`, files))));
    const store = await openStore(data, projectionOf(advisory), 'service');
    t.equal((await store.incidents({ limit: 9 })).rows.length, 3, 'they are shown before');
    await broughtOver(store);
    t.strictSame(await differencesIn(store), []);
    const { rows } = await store.incidents({ limit: 9 });
    t.ok(
      rows.every(({ changedAt }) => changedAt !== null),
      'each has the time of its last change',
    );
    const over = rows.find(({ id }) => id === 'qv-sw-press-01-1');
    t.match(over, { state: 'resolved', placeAssumed: true });
    if (Number.parseInt(name, 10) >= 3) {
      t.match(over, { plant: 'Press shop', release: '17.3.3' });
      t.match((await store.incidents({ limit: 9, plant: 'Press shop' })).rows, [{ id: 'qv-sw-press-01-1' }]);
    }
    const days = await store.history({
      from: Math.floor(Date.parse('2026-11-01') / DAY),
      to: Math.floor(NOW / DAY) + 1,
    });
    t.equal(
      days.reduce((sum, { opened }) => sum + opened, 0),
      3,
    );
    t.ok(
      days.filter(({ opened }) => opened > 0).every(({ filled }) => filled),
      'what older incidents tell is marked',
    );
    await store.close();
    const database = openDatabase(data);
    t.strictSame([...damagedRows(database)], [], 'the checksums are right');
    database.close();
    const again = await openStore(data, projectionOf(advisory), 'service');
    t.equal(await again.bringIncidentsOver(NOW), false, 'nothing is left at the next start');
    t.strictSame((await again.incidents({ limit: 9 })).rows, rows);
    await again.close();
  });
}

/** Takes away what an older version did not store. */
function asOlder(data: string): void {
  const database = openDatabase(data);
  const columns = ['plant', 'product', 'release', 'diagnosis', 'grace_until', 'grace_bounded', 'place_assumed'];
  const all = [...columns, 'acknowledged_at', 'acknowledged_by', 'changed_at'].map((column) => `${column} = NULL`);
  database.exec(`UPDATE incident SET ${all.join(', ')}; DELETE FROM day;
    UPDATE incident SET sum = row_sum(record, id, device, ordinal, state, severity, opened_at)`);
  database.close();
}

async function older(t: Test): Promise<Store> {
  const data = temporaryDirectory(t);
  const before = await openStore(data, projectionOf(advisory), 'write');
  for (const device of ['sw-a', 'sw-b', 'sw-c'])
    await commit(before, observation(device, 0, callHome), observation(device, 1), observation(device, 2, restored));
  await commit(before, observation('sw-a', 240, callHome), observation('sw-a', 241));
  await writeBatch(before, { ...noRows, devices: [], notes: [noteOf('sw-a', 2), noteOf('sw-b', 1)], now: T0 });
  await before.close();
  asOlder(data);
  const store = await openStore(data, projectionOf(advisory), 'write');
  t.teardown(() => store.close());
  return store;
}

t.test('an incident that changes before it is brought over is counted once', async (t) => {
  const store = await older(t);
  await commit(store, observation('sw-c', 3), observation('sw-c', 4, callHome));
  await writeBatch(store, {
    ...noRows,
    devices: [],
    notes: [noteOf('sw-b', 1, { kind: 'unacknowledged', at: T0 + HOUR }), noteOf('sw-a', 1)],
    now: T0 + HOUR,
  });
  await broughtOver(store);
  t.strictSame(await differencesIn(store), []);
  const acknowledged = (await store.incidents({ limit: 9, acknowledged: true })).rows.map(({ id }) => id);
  t.strictSame(acknowledged, ['qv-sw-a-1', 'qv-sw-a-2'], 'acknowledgements are those of the notes');
});

t.test('a device that is forgotten before its incidents are brought over leaves none open', async (t) => {
  const store = await older(t);
  await store.forget(['sw-a'], T0);
  await broughtOver(store);
  t.strictSame(await differencesIn(store), []);
  t.equal((await store.incidentFacets({})).total, 2);
});
