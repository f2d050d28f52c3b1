/** Records of incidents that an older version wrote, in the store and over HTTP. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import type { Incident } from '../../../src/core/model/incident.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { matchWhole } from '../../match-whole.ts';
import { serving } from '../../serve/served-store.ts';
import { callHome, commit, observation, restored } from '../written.ts';
import { writeSums } from './sums.ts';

/**
 * A store with the past and the open incident of sw-a, and the past one of sw-b, which has no device any more, as after
 * it was set aside. Each record is as `older`, a term of SQL, makes it.
 */
async function olderStore(t: Test, older: string): Promise<SqliteStore> {
  const data = temporaryDirectory(t);
  const open = () => new SqliteStore(openDatabase(data), projectionOf(advisory));
  const before = open();
  for (const device of ['sw-a', 'sw-b'])
    await commit(
      before,
      ...[observation(device, 0, callHome), observation(device, 1), observation(device, 2, restored)],
      ...[observation(device, 240, callHome), observation(device, 241)],
    );
  await before.close();
  const database = new Database(join(data, DATABASE_NAME));
  database.exec(`UPDATE incident SET record = ${older};
    DELETE FROM device WHERE key = 'sw-b'; DELETE FROM incident WHERE id = 'qv-sw-b-2'`);
  writeSums(database);
  database.close();
  const store = open();
  t.teardown(() => store.close());
  return store;
}

const LATER = "json_remove(record, '$.healedByItself', '$.endedBy', '$.recoveryVisible'";

const FORMS: Record<string, { readonly older: string; readonly diagnosis: string | null }> = {
  'without what came later': { older: `${LATER}, '$.diagnosis')`, diagnosis: 'trust' },
  'with a diagnosis of a former name': { older: `json_set(${LATER}), '$.diagnosis', 'transport')`, diagnosis: 'trust' },
  'for which no hypothesis has led': { older: `json_set(${LATER}), '$.diagnosis', json('null'))`, diagnosis: null },
};

for (const [form, { older, diagnosis }] of Object.entries(FORMS)) {
  const added = { healedByItself: 0, endedBy: null, recoveryVisible: null, diagnosis };

  t.test(`SqliteStore reads a record ${form}`, async (t) => {
    const store = await olderStore(t, older);
    const ids = ['qv-sw-a-1', 'qv-sw-b-1', 'qv-sw-a-2'];
    for (const id of ids) t.match(await store.incident(id), { id, ...added });
    matchWhole(
      t,
      (await store.incidents({ limit: 9 })).rows,
      ids.map((id) => ({ id, ...added })),
    );
    const alerted = [
      await store.alerts.incidents(['qv-sw-b-1']),
      (await store.alerts.openIncidents({ limit: 9 })).rows,
    ];
    matchWhole(
      t,
      alerted.flat().map(({ record }) => record),
      [
        { id: 'qv-sw-b-1', ...added },
        { id: 'qv-sw-a-2', ...added },
      ],
    );
  });

  t.test(`GET incidents shows a record ${form}`, async (t) => {
    const { server } = serving(t, { store: await olderStore(t, older) });
    const http = await server.build();
    const get = async (path: string) => {
      const answer = await http.inject(`/api/v1/${path}`);
      t.equal(answer.statusCode, 200, path);
      return answer.json();
    };
    const { incidents } = await get('incidents');
    matchWhole(
      t,
      incidents,
      ['qv-sw-a-1', 'qv-sw-b-1', 'qv-sw-a-2'].map((id) => ({ id, ...added })),
    );
    for (const id of ['qv-sw-a-1', 'qv-sw-b-1']) t.match(await get(`incidents/${id}`), { id, ...added });
  });
}

t.test('SqliteStore reads what a record of this version has', async (t) => {
  const own = "json_set(record, '$.healedByItself', 3, '$.endedBy', 'healed', '$.recoveryVisible', json('false')";
  const store = await olderStore(t, `${own}, '$.diagnosis', 'own-server')`);
  t.match(await store.incident('qv-sw-a-1'), {
    ...{ healedByItself: 3, endedBy: 'healed', recoveryVisible: false, diagnosis: 'own-server' },
  });
});

t.test('SqliteStore takes the last failure of the device where a record lacks that of its incident', async (t) => {
  const data = temporaryDirectory(t);
  const open = () => new SqliteStore(openDatabase(data), projectionOf(advisory));
  const before = open();
  await commit(before, observation('sw-a', 0, callHome), observation('sw-a', 1));
  const written: Partial<Incident> | null | undefined = (await before.load(['sw-a'])).get('sw-a')?.state.incident;
  await before.close();
  const database = new Database(join(data, DATABASE_NAME));
  // Older versions wrote an incident as an object.
  const { lastFailureAt: _, ...old } = written ?? {};
  const stored = database.prepare("UPDATE device SET record = json_set(record, '$.course.incident', json(?))");
  t.equal(stored.run(JSON.stringify(old)).changes, 1);
  writeSums(database);
  database.close();
  const store = open();
  t.teardown(() => store.close());
  t.type(written?.lastFailureAt, 'number');
  t.strictSame((await store.load(['sw-a'])).get('sw-a')?.state.incident, written);
});
