/** What passes is an operating error that is tried again, and never a defect. */

import pg from 'pg';
import t from 'tap';
import { OperatingError } from '../../../src/errors.ts';
import { toOperatingError } from '../../../src/store/postgres/failures.ts';
import { openPostgres } from '../../../src/store/postgres/open.ts';
import { Presence } from '../../../src/store/postgres/presence.ts';
import type { Session } from '../../../src/store/postgres/session.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { callHome, observation } from '../written.ts';
import { Between } from './between.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
const where = 'db1.example.net/quovadis';

t.test('errors of the system and of a broken connection pass', async (t) => {
  const codes = ['EMFILE', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'EPROTO', 'EPIPE', 'ECONNREFUSED', 'EAI_AGAIN'];
  const given: [string, Error][] = [
    ...[...codes, 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].map((code): [string, Error] => [
      code,
      Object.assign(new Error(code), { code }),
    ]),
    ['a system call', Object.assign(new Error('connect UNKNOWN'), { code: 'UNKNOWN', syscall: 'connect' })],
    ['write after end', new Error('write after end')],
    ['no answer', new Error('Query read timeout')],
  ];
  for (const [name, error] of given)
    t.match(toOperatingError(error, where), { code: 'QVW_DATABASE_FAILED', retryable: true, cause: error }, name);
  for (const code of ['58000', '58030', '58P01', '57P04', '57P05', '25P04', 'XX001', '26000', '42P05']) {
    const error = Object.assign(new pg.DatabaseError('could not read block 7', 1, 'error'), { code });
    t.match(toOperatingError(error, where), { code: 'QVW_DATABASE_FAILED', retryable: true }, code);
  }
  const defect = new TypeError('x is not a function');
  t.equal(toOperatingError(defect, where), defect, 'a defect stays one');
});

t.test('a password that is missing is told as one that is wrong', async (t) => {
  const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
  t.match(toOperatingError(error, where), {
    code: 'QVW_DATABASE_FAILED',
    message: /^PostgreSQL at db1\.example\.net\/quovadis refuses the role \(SASL.*\): check PGPASSFILE/,
  });
});

t.test('a beat that meets a defect tells whoever decides next', async (t) => {
  const defect = new TypeError('x is not a function');
  let [beats, isTold] = [0, () => {}];
  const told = new Promise<void>((resolve) => {
    isTold = resolve;
  });
  const session = {
    rows: async () => [],
    run: async (sql: string) => {
      if (!sql.startsWith('UPDATE')) return 1;
      if (++beats === 2) isTold();
      throw defect;
    },
  };
  const work = <T>(work: (session: Session) => Promise<T>) => work(session as Session);
  const presence = new Presence({ session, work, instance: 'a', beats: { everyMs: 10, leaseMs: 60_000 } });
  await presence.take('x');
  presence.requireTaken();
  const alive = setInterval(() => {}, 1000);
  await told;
  clearInterval(alive);
  t.throws(() => presence.requireTaken(), defect);
  await presence.leave();
});

t.test(
  'where all connections of an instance are in use, the next question is refused, and nothing is lost',
  skip,
  async (t) => {
    const url = await newDatabase();
    const store = await openPostgres(url, projection, { instance: 'a' });
    t.teardown(() => store.close());
    const other = new pg.Client(url);
    await other.connect();
    await other.query('BEGIN; LOCK TABLE unparsed');
    const questions = Array.from({ length: 4 }, () => store.unparsed({ limit: 1 }));
    await t.rejects(store.ping(), {
      code: 'QVW_DATABASE_FAILED',
      message: /gave no connection \(.*\): all of this instance are in use, or it does not answer/,
      reason: 'no connection to PostgreSQL is free',
    });
    await other.query('COMMIT');
    await other.end();
    t.equal((await Promise.all(questions)).length, 4);
    await store.ping();
  },
);

t.test('a server that stops speaking is given up, and the next try finds it again', skip, async (t) => {
  const between = new Between();
  const url = await between.start(await newDatabase());
  t.teardown(() => between.stop());
  const deadlines = { statementMs: 1000, lockMs: 1000, idleMs: 300_000, answerMs: 500 };
  const store = await openPostgres(url, projection, { instance: 'a', deadlines });
  t.teardown(() => store.close());
  const lines = [observation('sw-a', 0, callHome)];
  await store.load(['sw-a']);
  await commitObservations(store, lines);
  between.state = 'silent';
  const gone = { code: 'QVW_DATABASE_FAILED', retryable: true };
  await t.rejects(commitObservations(store, lines), gone, 'in a connection that was in use');
  await t.rejects(commitObservations(store, lines), gone, 'a new connection is accepted and not answered');
  between.state = 'open';
  const goesOn = async (): Promise<void> =>
    commitObservations(store, [observation('sw-a', 1)]).then(
      () => {},
      (error) => {
        if (!(error instanceof OperatingError && error.retryable)) throw error;
        return goesOn();
      },
    );
  await goesOn();
  t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 2);
});

t.test('a row that another client holds is told, and what waits for it is stored then', skip, async (t) => {
  const url = await newDatabase();
  const deadlines = { statementMs: 5000, lockMs: 100, idleMs: 300_000, answerMs: 5000 };
  const store = await openPostgres(url, projection, { instance: 'a', deadlines });
  t.teardown(() => store.close());
  await commitObservations(store, [observation('sw-a', 0, callHome)]);
  const other = new pg.Client(url);
  await other.connect();
  await other.query("BEGIN; SELECT 1 FROM device WHERE key = 'sw-a' FOR UPDATE");
  const next = () => commitObservations(store, [observation('sw-a', 1)]);
  const transactions = t.capture(pg.Pool.prototype, 'connect', pg.Pool.prototype.connect);
  await t.rejects(next(), {
    ...{ code: 'QVW_DATABASE_FAILED', retryable: true },
    message: /^PostgreSQL at \S+ waits for a transaction of another client \(.*\)/,
  });
  t.equal(transactions().length, 2, 'and not tried again and again');
  await other.query('COMMIT');
  await other.end();
  await next();
  t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 2);
});

t.test('a database that takes no connections for a while ends nothing', skip, async (t) => {
  const url = await newDatabase();
  const store = await openPostgres(url, projection, { instance: 'a' });
  t.teardown(() => store.close());
  await store.ping();
  const name = url.split('/').at(-1) as string;
  const server = url.replace(/\/[^/]*$/, '/postgres');
  await query(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await query(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  const refused = async (): Promise<unknown> =>
    store.ping().then(refused, (error) => (/not currently accepting/.test(error.message) ? error : refused()));
  t.match(await refused(), {
    ...{ code: 'QVW_DATABASE_FAILED', retryable: true, reason: 'the database takes no connections' },
    message: /^PostgreSQL at \S+ does not take this now \(.*\): see ALLOW_CONNECTIONS of the database/,
  });
  await query(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await store.ping();
});
