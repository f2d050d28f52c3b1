/** What people are told of a database that cannot be used, and of a name that is. */
import pg from 'pg';
import t from 'tap';
import { inspectDatabase, openStore, type PostgresLocation, requireStore } from '../../../src/store/open-store.ts';
import { Presence } from '../../../src/store/postgres/presence.ts';
import type { Session } from '../../../src/store/postgres/session.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory } from '../../given.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
const at = (url: string, instance = 'a'): PostgresLocation => ({ url, instance });

t.test('inspectDatabase() says what the server is, and changes nothing', skip, async (t) => {
  const url = await newDatabase();
  const { lines, failure } = await inspectDatabase(at(url), Date.now);
  t.equal(failure, null);
  t.match(lines, [/^PostgreSQL \d+.* role quovadis, a primary$/, /schema 0 of/, /fsync off.*may lose commits/]);
  t.strictSame((await query(url, "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace")).rows, []);
});

t.test('inspectDatabase() names what is wrong', skip, async (t) => {
  const problemsOf = async (url: string, clock = Date.now) =>
    (await inspectDatabase(at(url), clock)).failure?.problems ?? [];
  const foreign = await newDatabase();
  await query(foreign, 'CREATE TABLE orders (id int)');
  t.match(await problemsOf(foreign), [/has a table, view or type "orders" of another program: name an empty database/]);
  await t.rejects(openStore(at(foreign), projection, 'write'), { code: 'QVW_DATABASE_FOREIGN' });
  t.equal((await query(foreign, "SELECT count(*)::int AS n FROM pg_class WHERE relname = 'meta'")).rows[0].n, 0);

  const used = await newDatabase();
  await (await openStore(at(used), projection, 'write')).close();
  t.strictSame(await problemsOf(used), []);
  t.match(await problemsOf(used, () => Date.now() + 3_600_000), [/the clock of this machine differs .* by -3600 s/]);
  await query(used, 'CREATE ROLE guest LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest');
  const guest = used.replace('quovadis@', 'guest@');
  t.match(await problemsOf(guest), [
    /may not INSERT in table alert: GRANT INSERT ON ALL TABLES IN SCHEMA public TO guest/,
    /UPDATE/,
    /DELETE/,
  ]);
  const current = (await query(used, 'SELECT schema FROM meta')).rows[0].schema;
  await query(
    used,
    `UPDATE meta SET schema = ${current - 1}; GRANT ALL ON ALL TABLES IN SCHEMA public TO guest; GRANT CREATE ON SCHEMA public TO guest`,
  );
  t.match(await problemsOf(guest), [
    /guest does not own table alert, .*: ALTER TABLE alert OWNER TO guest, for all of them/,
  ]);
  await query(used, 'UPDATE meta SET schema = 999, oldest = 999');
  t.match(await problemsOf(used), [
    /is of a newer version of quovadis-watch \(schema 999, for programs of schema 999 or later; this one has \d+\): use that version/,
  ]);
  const url = await newDatabase();
  t.match(await problemsOf(url.replace('quovadis@', 'guest@')), [
    /may not make tables: GRANT CREATE, USAGE ON SCHEMA public TO guest/,
  ]);
  const name = url.split('/').at(-1);
  await query(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  t.match(await problemsOf(url), [/is read-only: name the primary first/]);
  await t.rejects(inspectDatabase(at(`${url}-none`), Date.now), {
    code: 'QVW_DATABASE_FAILED',
    message: /no such database/,
  });
  await t.rejects(inspectDatabase(at('postgres://quovadis@127.0.0.1:1/x'), Date.now), {
    code: 'QVW_DATABASE_FAILED',
    message: /PostgreSQL at 127\.0\.0\.1:1\/x cannot be reached/,
  });
});

t.test('a start that finds no primary says of each host why', skip, async (t) => {
  const url = 'postgres://quovadis@127.0.0.1:1,127.0.0.1:2/x';
  const message =
    /^PostgreSQL at 127\.0\.0\.1:1\/x cannot be reached \(.*\): check that it runs, host and port; PostgreSQL at 127\.0\.0\.1:2\/x cannot/;
  const both = {
    code: 'QVW_DATABASE_FAILED',
    message,
    problems: [/:1\/x cannot be reached/, /:2\/x cannot be reached/],
  };
  await t.rejects(openStore(at(url), projection, 'service'), both);
  await t.rejects(inspectDatabase(at(url), Date.now), both);
});

t.test('a service refuses the name of another one, and another advisory beside it', skip, async (t) => {
  const url = await newDatabase();
  const service = await openStore(at(url), projection, 'service');
  const other = { ...projection, judgment: () => 'another-advisory version 1 (0), rules 1' };
  await t.rejects(openStore(at(url, 'b'), other, 'service'), {
    code: 'QVW_REFUSED',
    message: /^instance "a" judges by .*, and this one by another-advisory version 1/,
  });
  const beside = await openStore(at(url, 'b'), projection, 'service');
  await beside.close();
  await service.close();
  await (await openStore(at(url), other, 'service')).close();
  t.strictSame((await query(url, 'SELECT instance FROM peer_instance')).rows, [], 'each gives its name back');
});

t.test('Presence.take() refuses a name that is heard of, and takes one that is silent', skip, async (t) => {
  const url = await newDatabase();
  await (await openStore(at(url), projection, 'write')).close();
  const session: Session = {
    rows: async (sql, ...values) => (await queryWith(sql, values)).rows as never,
    run: async (sql, ...values) => (await queryWith(sql, values)).rowCount ?? 0,
  };
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const queryWith = (sql: string, values: readonly unknown[]) => pool.query(sql, [...values]);
  const beats = { everyMs: 50, leaseMs: 60_000 };
  const parts = { session, work: <T>(work: (session: Session) => Promise<T>) => work(session), instance: 'a', beats };
  const [first, second] = [new Presence(parts), new Presence(parts)];
  await first.take('x');
  await t.rejects(second.take('x'), { code: 'QVW_REFUSED', message: /another process uses the instance name "a"/ });
  await first.leave();
  await second.take('x');
  await second.leave();
  await pool.end();
});

t.test(
  'Presence.take() takes a name whose last beat is in the future, once it was silent for a lease, and says so',
  skip,
  async (t) => {
    const url = await newDatabase();
    const ahead =
      "INSERT INTO peer_instance (instance, process, advisory, schema, started_at, heard_at) SELECT name, 'gone', 'former', 1, now(), now() + interval '10 min' FROM unnest(ARRAY['a', 'z']) AS name";
    await (await openStore(at(url), projection, 'write')).close();
    await query(url, ahead);
    const told: string[] = [];
    const beats = { everyMs: 50, leaseMs: 200 };
    const service = await openStore(
      { ...at(url), beats, onWait: (message) => told.push(message) },
      projection,
      'service',
    );
    t.match(told, [
      /^another process has, or had, the instance name "a": the start waits until nothing was heard of it for 0.2 s$/,
    ]);
    t.equal(told.length, 1);
    await service.close();
  },
);

t.test('a transaction that holds the table meta is named by a check and by a start', skip, async (t) => {
  const url = await newDatabase();
  await (await openStore(at(url), projection, 'write')).close();
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query('BEGIN; LOCK TABLE meta IN ACCESS EXCLUSIVE MODE');
  const held = {
    code: 'QVW_DATABASE_FAILED',
    message: /transaction of another client .*pg_stat_activity/,
  };
  const check = inspectDatabase(at(url), Date.now).then(({ failure }) => {
    throw failure;
  });
  await Promise.all([t.rejects(check, held), t.rejects(requireStore(at(url)), held)]);
  await other.query('ROLLBACK');
  await other.end();
  t.equal((await inspectDatabase(at(url), Date.now)).failure, null);
});

t.test('instances that start at once on an empty database wait for the one that makes the tables', skip, async (t) => {
  const url = await newDatabase();
  const opened = await Promise.all(Array.from({ length: 6 }, () => openStore(at(url), projection, 'write')));
  for (const store of opened) await store.close();
  t.equal((await inspectDatabase(at(url), Date.now)).failure, null);
});

t.test('a start that waits for a lock holds nobody up, and goes on', skip, async (t) => {
  const url = await newDatabase();
  await (await openStore(at(url), projection, 'write')).close();
  const current = (await query(url, 'SELECT schema FROM meta')).rows[0].schema;
  await query(url, `UPDATE meta SET schema = ${current - 1}`);
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query('BEGIN; SELECT 1 FROM meta FOR UPDATE');
  const start = openStore(at(url), projection, 'write').then(
    async (store) => store.close(),
    (error) => error,
  );
  const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  const seen = async (isThere: boolean) => {
    while ((await query(url, waits)).rows.length > 0 !== isThere);
  };
  await seen(true);
  // It gives the lock up for a moment and tries again.
  await seen(false);
  await seen(true);
  await reader.query('ROLLBACK');
  await reader.end();
  // The last step was made before: only its number was taken back.
  t.match(await start, { code: /^QVW_|^42/ });
});

t.test('what a role may not do is one line at the start', skip, async (t) => {
  const url = await newDatabase();
  await query(url, 'CREATE ROLE weak LOGIN').catch(() => {});
  await t.rejects(openStore(at(url.replace('quovadis@', 'weak@')), projection, 'write'), {
    code: 'QVW_DATABASE_FAILED',
    message: /refuses \(permission denied for schema public\): .* GRANT CREATE, USAGE ON SCHEMA public/,
  });
  const name = url.split('/').at(-1);
  await query(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await t.rejects(openStore(at(url), projection, 'write'), { code: 'QVW_DATABASE_FAILED', message: /is read-only/ });
});
