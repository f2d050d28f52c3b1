/** Indexes that are built at the end of an archive: nobody ever finds a database without them. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { engines } from '../../../src/store/open-store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { buildDeferredIndexes, deferIndexes, hasDeferredIndexes } from '../../../src/store/sqlite/deferred-indexes.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { callHome, keysOf, observation } from '../written.ts';

/** The schema in the file, in no order. */
function schemaIn(directory: string): string[] {
  const database = new Database(join(directory, DATABASE_NAME), { readonly: true });
  const rows = database.prepare<[], { sql: string }>('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL').all();
  database.close();
  return rows.map(({ sql }) => sql.replace(/\s+/g, ' ')).sort();
}

function schemaOfNew(directory: string): string[] {
  openDatabase(directory).close();
  return schemaIn(directory);
}

const observations = () => [observation('sw-a', 0, callHome), observation('sw-a', 1), observation('sw-b', 0, callHome)];

t.test('openForReplay() fills an empty database without some indexes, and complete() builds them', async (t) => {
  const directory = temporaryDirectory(t);
  const expected = schemaOfNew(temporaryDirectory(t));
  const { store, deciding, flush, complete } = await engines.sqlite(directory).openForReplay(projectionOf(advisory));
  await commitObservations(deciding, observations());
  await flush();
  await complete?.();
  t.same(await keysOf(store), ['sw-a', 'sw-b']);
  t.same((await store.counts(0)).incidents, [{ state: 'suspected', severity: 'warning', count: 1 }]);
  await store.close();
  t.strictSame(schemaIn(directory), expected);
});

t.test('openDatabase() builds the indexes that an interrupted replay has left out', async (t) => {
  const directory = temporaryDirectory(t);
  const expected = schemaOfNew(temporaryDirectory(t));
  const replay = await engines.sqlite(directory).openForReplay(projectionOf(advisory));
  await commitObservations(replay.deciding, observations());
  await replay.flush();
  // As if it were killed here: what was committed stays.
  await replay.store.close();
  t.ok(schemaIn(directory).length < expected.length);
  t.throws(() => openDatabase(directory, { readonly: true }), { code: 'QVW_DATABASE_FAILED', message: /interrupted/ });
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  t.same(await keysOf(store), ['sw-a', 'sw-b']);
  await store.close();
  t.strictSame(schemaIn(directory), expected);
  openDatabase(directory, { readonly: true }).close();
});

t.test('deferIndexes() leaves a database alone that has rows', async (t) => {
  const directory = temporaryDirectory(t);
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  await commitObservations(store, observations());
  await store.close();
  const expected = schemaIn(directory);
  const database = openDatabase(directory);
  t.teardown(() => database.close());
  t.notOk(deferIndexes(database));
  t.notOk(hasDeferredIndexes(database));
  buildDeferredIndexes(database);
  t.strictSame(schemaIn(directory), expected);
});

t.test(
  'deferIndexes() drops an index of each table that an archive fills, and all that it names are there',
  async (t) => {
    const database = openDatabase(temporaryDirectory(t));
    t.teardown(() => database.close());
    t.ok(deferIndexes(database));
    const dropped = database.prepare<[], string>('SELECT name FROM deferred_index').pluck().all();
    t.equal(dropped.length, 23, 'an index that was renamed is renamed there, too');
    for (const table of ['member', 'device', 'incident', 'evidence', 'transition'])
      t.ok(
        dropped.some((name) => name.startsWith(`${table}_`)),
        table,
      );
  },
);
