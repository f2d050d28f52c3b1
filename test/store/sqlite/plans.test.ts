/** A page of the fleet is a range of an index: SQLite sorts no table for it, however many devices there are. */
import Database from 'better-sqlite3';
import t from 'tap';
import { projectionOf } from '../../../src/store/projection.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { callHome, commit, observation } from '../written.ts';

const limit = 100;
const reads: readonly ((store: SqliteStore) => Promise<unknown>)[] = [
  (store) => store.series({ now: 0, limit }),
  (store) => store.devices({ limit }),
  (store) => store.urgent({ limit }),
  ...(['device', '-device', 'heardAt', '-heardAt'] as const).map(
    (sort) => (store: SqliteStore) => store.members({ limit, sort }),
  ),
  (store) => store.members({ limit, plant: ['a'] }),
  (store) => store.members({ limit, condition: ['confirmed'] }),
  ...(['openedAt', '-openedAt', 'changedAt', '-changedAt', 'severity', '-severity', 'graceUntil'] as const).flatMap(
    (sort) => [(store: SqliteStore) => store.incidents({ limit, sort })],
  ),
];

/** Statements that lead to pages of tables with a row for each device or incident; what is of one device is short. */
function isPage(sql: string): boolean {
  const isOfFleet = /\bFROM (device|member|incident)\b/.test(sql) && !/\bdevice = @device\b/.test(sql);
  return isOfFleet && /^\s*SELECT/i.test(sql) && /\bLIMIT\b/.test(sql);
}

t.test('no page of devices, incidents or series is sorted or scanned for', async (t) => {
  const texts = new Set<string>();
  const { prepare } = Database.prototype;
  t.teardown(() => Object.assign(Database.prototype, { prepare }));
  Object.assign(Database.prototype, {
    prepare(this: Database.Database, sql: string) {
      texts.add(sql);
      return prepare.call(this, sql);
    },
  });
  const database = openDatabase(temporaryDirectory(t));
  const store = new SqliteStore(database, projectionOf(advisory));
  t.teardown(() => store.close());
  await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
  for (const read of reads) await read(store);
  const pages = [...texts].filter(isPage);
  t.ok(pages.length >= 10, `${pages.length} statements`);
  for (const sql of pages) {
    const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, null]));
    const unnamed = [...sql.matchAll(/\?/g)].map(() => null);
    const statement: Database.Statement<unknown[]> = prepare.call(database, `EXPLAIN QUERY PLAN ${sql}`);
    const plan = statement.all(...unnamed, ...(Object.keys(named).length > 0 ? [named] : [])) as { detail: string }[];
    for (const { detail } of plan)
      t.notMatch(
        detail,
        /TEMP B-TREE FOR ORDER BY|^SCAN (device|member|incident)$/,
        sql.replaceAll(/\s+/g, ' ').slice(0, 200),
      );
  }
});
