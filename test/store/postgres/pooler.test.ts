/** PgBouncer before the server: in session mode all is well, and in the other modes `check` says that it breaks sessions. */
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { inspectDatabase, openStore } from '../../../src/store/open-store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { freePort, peer } from '../../app/running.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { missing } from '../../missing.ts';
import { commitObservations } from '../stores.ts';
import { callHome, observation } from '../written.ts';
import { newDatabase, query, serverUser, skipWithoutPostgres, startCluster } from './cluster.ts';

const skip = { skip: skipWithoutPostgres || missing('pgbouncer', 'pgbouncer') };
const user = serverUser();

/** The URL of a new database by way of PgBouncer. `size`: how many sessions it has with the server. */
async function pooled(t: Test, mode: string, size = 5): Promise<string> {
  const database = (await newDatabase()).split('/').at(-1);
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const config = join(directory, 'pgbouncer.ini');
  const [users, { directory: server }] = [join(directory, 'users'), startCluster()];
  writeFileSync(users, '"quovadis" ""\n');
  writeFileSync(
    config,
    `[databases]
* = host=${server} port=5432
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${size}
`,
  );
  const url = `postgres://quovadis@127.0.0.1:${port}/${database}`;
  if ('uid' in user)
    for (const path of [directory, config, users]) chownSync(path, user.uid as number, user.gid as number);
  // It refuses to run as root.
  const as = 'uid' in user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', 'pgbouncer'] : [];
  const path = `${process.env['PATH']}:/usr/sbin`;
  await peer(t, 'env', [`PATH=${path}`, ...('uid' in user ? ['setpriv', ...as] : ['pgbouncer']), config], async () => {
    const client = new pg.Client(url);
    await client.connect();
    await client.end();
  });
  return url;
}

const problemsAt = async (url: string) =>
  (await inspectDatabase({ url, instance: 'a' }, Date.now)).failure?.problems ?? [];

t.test('a service works by way of PgBouncer in session mode', skip, async (t) => {
  const url = await pooled(t, 'session', 20);
  t.strictSame(await problemsAt(url), []);
  const store = await openStore({ url, instance: 'a' }, projectionOf(advisory), 'service');
  t.teardown(() => store.close());
  for (const hour of [0, 1]) await commitObservations(store, [observation('sw-a', hour, callHome)]);
  t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 2);
  t.strictSame(await problemsAt(url), [], 'beside a service');
});

for (const [mode, size] of [
  ['transaction', 5],
  ['transaction', 1],
] as const)
  t.test(`inspectDatabase() finds out PgBouncer in ${mode} mode with ${size} sessions`, skip, async (t) => {
    const url = await pooled(t, mode, size);
    const start = openStore({ url, instance: 'a' }, projectionOf(advisory), 'service');
    await t.rejects(start, { code: 'QVW_DATABASE_FAILED', message: /^a pooler at .* set pool_mode = session/ });
    const tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    t.strictSame((await query(url, tables)).rows, [], 'and a start makes nothing');
    t.match(await problemsAt(url), [
      /^a pooler at 127\.0\.0\.1:\d+\/test_\d+ gives one session to several connections: set pool_mode = session in PgBouncer/,
    ]);
  });

t.test('inspectDatabase() finds out PgBouncer in statement mode', skip, async (t) => {
  t.match(await problemsAt(await pooled(t, 'statement')), [
    /breaks sessions \(.*statement pooling.*\): a pooler before it has to be in session mode/,
  ]);
});
