/** A database that cannot be used is refused by `check` and by a start, with the same code. */
import pg from 'pg';
import t from 'tap';
import type { OperatingError } from '../../../src/errors.ts';
import { inspectDatabase, openStore } from '../../../src/store/open-store.ts';
import { toOperatingError } from '../../../src/store/postgres/failures.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory } from '../../given.ts';
import { newDatabase, query, skipWithoutPostgres, startCluster } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);

/** What `check` and each kind of start say of a database; none of them changes it. */
async function refusals(url: string): Promise<(OperatingError | null)[]> {
  const location = { url, instance: 'a' };
  const { failure } = await inspectDatabase(location, Date.now);
  const starts = ['service', 'write'] as const;
  const refused = await Promise.all(
    starts.map((access) =>
      openStore(location, projection, access).then(
        async (store) => {
          await store.close();
          return null;
        },
        (error: OperatingError) => error,
      ),
    ),
  );
  return [failure, ...refused];
}

const nameOf = (url: string) => url.split('/').at(-1) as string;
const tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace";

t.test('a database of another encoding than UTF-8 is refused', skip, async (t) => {
  const { url } = startCluster();
  for (const encoding of ['LATIN1', 'SQL_ASCII', 'EUC_JP']) {
    const name = `of_${encoding.toLowerCase()}`;
    await query(url('postgres'), `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
    for (const error of await refusals(url(name)))
      t.match(error, {
        ...{ code: 'QVW_DATABASE_FOREIGN', exitCode: 2 },
        message: new RegExp(
          `^PostgreSQL at \\S+ has the encoding ${encoding}, .*: make a database with createdb .*UTF8$`,
        ),
      });
    await t.rejects(openStore({ url: url(name), instance: 'a' }, projection, 'read'), { code: 'QVW_DATABASE_FOREIGN' });
    t.strictSame((await query(url(name), tables)).rows, [], 'nothing is made');
  }
});

t.test('what can be put right in a database has one code, that of a start', skip, async (t) => {
  const url = await newDatabase();
  const name = nameOf(url);
  const other = startCluster().url('postgres');
  const ways: [RegExp, string, string][] = [
    [/is read-only: name the primary first/, `SET default_transaction_read_only = on`, 'default_transaction_read_only'],
    [
      /has no schema of the search_path of role quovadis: ALTER ROLE quovadis IN DATABASE/,
      "SET search_path = 'nope'",
      'search_path',
    ],
  ];
  for (const [message, set, setting] of ways) {
    await query(other, `ALTER ROLE quovadis IN DATABASE ${name} ${set}`);
    for (const error of await refusals(url)) t.match(error, { code: 'QVW_DATABASE_FAILED', exitCode: 1, message });
    await query(other, `ALTER ROLE quovadis IN DATABASE ${name} RESET ${setting}`);
  }
  await query(url, 'CREATE ROLE unfit LOGIN');
  for (const error of await refusals(url.replace('quovadis@', 'unfit@')))
    t.match(error, { code: 'QVW_DATABASE_FAILED', message: /GRANT CREATE, USAGE ON SCHEMA public/ });
  t.strictSame((await query(url, tables)).rows, [], 'nothing is made');
  t.strictSame(await refusals(url), [null, null, null], 'and now it can be used');
});

t.test('where several things are wrong, what does not pass decides the code', skip, async (t) => {
  const { url } = startCluster();
  await query(url('postgres'), "CREATE DATABASE twofold TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
  await query(url('postgres'), 'ALTER DATABASE twofold SET default_transaction_read_only = on');
  for (const error of await refusals(url('twofold')))
    t.match(error, { code: 'QVW_DATABASE_FOREIGN', problems: [/encoding LATIN1/, /is read-only/] });
});

t.test('an error of the server that no table knows is one line, and no end', async (t) => {
  for (const code of ['22P05', '23505', '54000', 'XX000', '42601']) {
    const error = Object.assign(new pg.DatabaseError('in words', 1, 'error'), { code });
    t.match(toOperatingError(error, 'db1/q'), {
      ...{ code: 'QVW_DATABASE_FAILED', retryable: true, cause: error },
      message: `PostgreSQL at db1/q refuses a statement (in words, SQLSTATE ${code}): see its log, and report this; the next try follows`,
    });
  }
});

t.test('a role, or a database, that may have fewer connections than an instance needs is told', skip, async (t) => {
  const url = await newDatabase();
  const other = startCluster().url('postgres');
  const name = nameOf(url);
  await query(other, 'CREATE ROLE few LOGIN CONNECTION LIMIT 3');
  await query(url, 'GRANT ALL ON SCHEMA public TO few');
  const ofFew = { url: url.replace('quovadis@', 'few@'), instance: 'a' };
  const problems = async () => (await inspectDatabase(ofFew, Date.now)).failure?.problems ?? [];
  t.match(await problems(), [/^role few or database \S+ has CONNECTION LIMIT 3: give it 7 for each instance/]);
  await query(other, `ALTER ROLE few CONNECTION LIMIT 7; ALTER DATABASE ${name} CONNECTION LIMIT 6`);
  t.match(await problems(), [/has CONNECTION LIMIT 6/]);
  await query(other, `ALTER DATABASE ${name} CONNECTION LIMIT -1`);
  t.strictSame(await problems(), []);
});

t.test(
  'whatever another program has in a database without tables is told, and what an extension has is not',
  skip,
  async (t) => {
    for (const made of ['VIEW device AS SELECT 1 AS one', 'SEQUENCE device', 'TYPE device AS (one int)']) {
      const url = await newDatabase();
      await query(url, `CREATE ${made}`);
      for (const error of await refusals(url))
        t.match(error, {
          code: 'QVW_DATABASE_FOREIGN',
          message: /"device" of another program: name an empty database/,
        });
    }
    const url = await newDatabase();
    await query(url, 'CREATE EXTENSION pg_stat_statements');
    t.strictSame(await refusals(url), [null, null, null]);
  },
);

t.test('a table that somebody else has put beside those of the program is no problem', skip, async (t) => {
  const url = await newDatabase();
  await query(url, 'CREATE ROLE other_owner; CREATE ROLE owner LOGIN; GRANT ALL ON SCHEMA public TO owner');
  const ofOwner = url.replace('quovadis@', 'owner@');
  t.strictSame(await refusals(ofOwner), [null, null, null]);
  await query(url, 'CREATE TABLE orders (id int); ALTER TABLE orders OWNER TO other_owner');
  t.strictSame(await refusals(ofOwner), [null, null, null]);
  await query(url, 'REVOKE DELETE ON alert FROM owner');
  t.match((await inspectDatabase({ url: ofOwner, instance: 'a' }, Date.now)).failure?.problems, [
    /may not DELETE in table alert/,
  ]);
});
