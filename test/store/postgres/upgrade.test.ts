/** Two versions side by side: a step of the schema is made while instances of the version before decide and are read. */
import pg from 'pg';
import t, { type Test } from 'tap';
import { BringingOver } from '../../../src/bringing-over.ts';
import { inspectDatabase } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { openPostgres } from '../../../src/store/postgres/open.ts';
import { type Migration, migrations } from '../../../src/store/postgres/schema.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, T0 } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { callHome, observation } from '../written.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
/** The lock is waited for as in the service; a machine that is busy with other tests is not a server that hangs. */
const deadlines = { statementMs: 300_000, lockMs: 2000, idleMs: 300_000, answerMs: 300_000 };
const own = migrations.length;

/** What a next version could add. */
const added: Migration = {
  indexes: [{ name: 'evidence_next', on: 'evidence (mnemonic, device)' }],
  sql: `
  ALTER TABLE device ADD COLUMN next text;
  ALTER TABLE member ADD COLUMN next integer NOT NULL DEFAULT 0;
  ALTER TABLE incident ADD COLUMN next text;
  ALTER TABLE evidence ADD COLUMN next text;
  ALTER TABLE transition ADD COLUMN next text;
  ALTER TABLE notice ADD COLUMN next text;
  ALTER TABLE meta ADD COLUMN next text;
  CREATE TABLE next (key text PRIMARY KEY);
  `,
};
const next = [...migrations, added];

function open(t: Test, url: string, instance: string, steps = migrations, access: 'service' | 'write' = 'write') {
  return openPostgres(url, projection, { instance, steps, access, deadlines }).then((store) => {
    t.teardown(() => store.close());
    return store;
  });
}

const versionIn = async (url: string) => (await query(url, 'SELECT schema FROM meta')).rows[0].schema;

/** Decides and reads until it is told to stop; rejects with the first failure. Returns how many lines were decided. */
async function use(store: Store, device: string, isOver: () => boolean): Promise<number> {
  let lines = 0;
  do {
    await commitObservations(store, [observation(device, lines / 60, callHome)]);
    lines++;
    await store.incidents({ sort: 'device', limit: 9 });
    await store.members({ limit: 9 });
    await store.evidence(device, 1);
    await store.transitions(device, 1);
    await store.counts(T0);
  } while (!isOver());
  return lines;
}

t.test('a step of the schema fails no turn and no question, also where it has to wait for a table', skip, async (t) => {
  const url = await newDatabase();
  const running = [await open(t, url, 'a'), await open(t, url, 'b')];
  let isOver = false;
  const used = Promise.all(running.map((store, at) => use(store, `sw-${at}`, () => isOver)));
  const dump = new pg.Client({ connectionString: url });
  await dump.connect();
  await dump.query('BEGIN; SELECT 1 FROM incident');
  const upgraded = open(t, url, 'c', next);
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'ADD COLUMN'";
  while ((await query(url, waiting)).rows.length === 0);
  t.equal(await versionIn(url), own, 'the step waits for the table');
  await dump.query('COMMIT');
  await dump.end();
  const c = await upgraded;
  t.equal(await versionIn(url), own + 1);
  const ofNext = await use(c, 'sw-2', () => true);
  const d = await open(t, url, 'd');
  const beside = await use(d, 'sw-3', () => true);
  isOver = true;
  const lines = [...(await used), ofNext, beside];
  for (const store of [...running, c, d])
    t.strictSame(
      await Promise.all(lines.map(async (_, at) => (await store.load([`sw-${at}`])).get(`sw-${at}`)?.messages)),
      lines,
      'each sees the lines of both versions',
    );
  for await (const difference of c.recount(T0)) t.fail(difference);
  t.match(await inspectDatabase({ url, instance: 'x' }, Date.now), {
    failure: null,
    lines: [/a primary$/, new RegExp(`schema ${own + 1} of ${own}, of a newer version that this one goes on beside`)],
  });
});

t.test('a step that takes something away waits until no older instance was heard of for an hour', skip, async (t) => {
  const url = await newDatabase();
  const older = await open(t, url, 'a', migrations, 'service');
  const taking = [...migrations, { sql: 'ALTER TABLE notice DROP COLUMN error', oldest: own + 1 }];
  await t.rejects(open(t, url, 'b', taking), {
    code: 'QVW_REFUSED',
    message:
      /^instance "a" on PostgreSQL at .* cannot go on beside this one: stop all instances, then start this version$/,
  });
  await query(url, `UPDATE peer_instance SET schema = ${own - 1}`);
  const leaving = [...migrations, { sql: 'ALTER TABLE notice DROP COLUMN error', oldest: own }];
  await t.rejects(open(t, url, 'b', leaving), {
    code: 'QVW_REFUSED',
    message:
      /^instance "a" on PostgreSQL at .* cannot go on beside this one: upgrade it to the version before this one first$/,
  });
  t.equal(await versionIn(url), own);
  await commitObservations(older, [observation('sw-a', 0, callHome)]);
  await query(url, "UPDATE peer_instance SET heard_at = heard_at - interval '61 minutes'");
  await open(t, url, 'b', taking);
  t.equal(await versionIn(url), own + 1);
  const refused = new RegExp(
    `newer version .*schema ${own + 1}, for programs of schema ${own + 1} or later; this one has`,
  );
  await t.rejects(open(t, url, 'c'), { code: 'QVW_DATABASE_FOREIGN', message: refused });
  t.match((await inspectDatabase({ url, instance: 'x' }, Date.now)).failure?.problems, [refused]);
});

t.test('the instance that is upgraded is no older one beside itself', skip, async (t) => {
  const url = await newDatabase();
  await open(t, url, 'a', migrations, 'service');
  await open(t, url, 'a', [...migrations, { sql: 'ALTER TABLE notice DROP COLUMN error', oldest: own + 1 }]);
  t.equal(await versionIn(url), own + 1);
});

t.test('what an older instance stores is counted again by a newer one, which stays ready', skip, async (t) => {
  const url = await newDatabase();
  const store = await open(t, url, 'b');
  const said: unknown[] = [];
  const unused = (...given: unknown[]) => void said.push(given);
  const bringing = new BringingOver({
    ...{ store, engine: unused as never, now: () => 0, log: { info: unused } as never },
    pump: { hold: async () => unused('held'), resume: unused },
    readiness: { onMigration: (text) => text !== null && unused(text), onStoreError: unused },
    failed: unused,
  });
  await bringing.start();
  bringing.watch(10);
  for (const hour of [0, 1]) {
    await commitObservations(store, [observation('sw-a', hour, callHome)]);
    await query(url, 'UPDATE device SET projected = projected - 1; DELETE FROM member');
    while ((await store.notCounted()) > 0);
    t.equal((await store.members({ limit: 9 })).rows.length, 1);
  }
  await bringing.stop();
  t.strictSame(said, []);
});

t.test('an index that was broken off is made anew', skip, async (t) => {
  const url = await newDatabase();
  const a = await open(t, url, 'a');
  for (const hour of [0, 1]) await commitObservations(a, [observation('sw-a', hour, callHome)]);
  const broken = 'CREATE UNIQUE INDEX CONCURRENTLY evidence_next ON evidence (mnemonic)';
  await t.rejects(query(url, broken), { code: '23505' });
  const valid = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'evidence_next'::regclass";
  t.strictSame((await query(url, valid)).rows, [{ indisvalid: false, indisunique: true }]);
  await open(t, url, 'b', next);
  t.strictSame((await query(url, valid)).rows, [{ indisvalid: true, indisunique: false }]);
});
