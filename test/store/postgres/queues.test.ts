/** The next notice of an incident becomes due, whatever else is under way at that moment. */
import pg from 'pg';
import t, { type Test } from 'tap';
import type { NoticeDraft } from '../../../src/core/announce/notice.ts';
import { postgresEngine } from '../../../src/store/open-store.ts';
import { PostgresDamage } from '../../../src/store/postgres/damage.ts';
import { PostgresOutbox } from '../../../src/store/postgres/outbox.ts';
import { sessionOf, types } from '../../../src/store/postgres/session.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory } from '../../given.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const draft = (type: string): NoticeDraft =>
  ({ announcement: { incident: 'sw-a#1', device: 'sw-a', type }, sinks: ['hook'] }) as unknown as NoticeDraft;

/** A connection with a transaction that stays open until the test says so. */
async function open(t: Test, url: string) {
  const client = new pg.Client({ connectionString: url, types });
  await client.connect();
  t.teardown(() => client.end());
  const session = sessionOf(client);
  const [self] = await session.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const outbox = new PostgresOutbox('plant-a', (work) => work(session), new PostgresDamage());
  return { client, session, outbox, pid: self?.pid ?? 0 };
}

async function two(t: Test) {
  const url = await newDatabase();
  await (await postgresEngine({ url, instance: 'plant-a' }).open(projectionOf(advisory), 'write')).close();
  const [deciding, delivering] = [await open(t, url), await open(t, url)];
  const pending = async () =>
    (await query(url, `SELECT next_at FROM notice WHERE state = 'pending' ORDER BY seq`)).rows.map(
      (row) => row.next_at,
    );
  /** Until the work of this connection is done, or waits for the other one. */
  const doneOrWaiting = async (pid: number, work: Promise<unknown>) => {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    const waits = `SELECT FROM pg_stat_activity WHERE pid = ${pid} AND wait_event_type = 'Lock'`;
    while (!isDone && (await query(url, waits)).rowCount === 0);
  };
  return { url, deciding, delivering, pending, doneOrWaiting };
}

type Two = Awaited<ReturnType<typeof two>>;

/** What takes the first notice of the queue away, and what of the queue is due then. */
const TAKES: Record<string, (from: Two['delivering'], seq: number) => Promise<unknown>> = {
  'is delivered': ({ outbox }, seq) => outbox.settle(seq, { result: 'delivered' }, 2100),
  'is given up': ({ outbox }, seq) => outbox.settle(seq, { result: 'dead', error: 'gone' }, 2100),
  'has no sink any more': ({ outbox }) => outbox.abandon([], 2100),
};

for (const [what, take] of Object.entries(TAKES)) {
  t.test(`a notice is due that is written while the one before it ${what}`, skip, async (t) => {
    const { deciding, delivering, pending, doneOrWaiting } = await two(t);
    await deciding.outbox.write(deciding.session, [draft('opened')], 1000);
    const [first] = await delivering.outbox.due('hook', 1000, 10);
    await deciding.client.query('BEGIN');
    await deciding.outbox.write(deciding.session, [draft('resolved')], 2000);
    await delivering.client.query('BEGIN');
    const taken = take(delivering, first?.seq ?? 0);
    await doneOrWaiting(delivering.pid, taken);
    await deciding.client.query('COMMIT');
    await taken;
    await delivering.client.query('COMMIT');
    t.strictSame(await pending(), [2100]);
  });

  t.test(
    `a notice is due whose writing begins after the one before it ${what}, and before that is stored`,
    skip,
    async (t) => {
      const { deciding, delivering, pending, doneOrWaiting } = await two(t);
      await deciding.outbox.write(deciding.session, [draft('opened')], 1000);
      const [first] = await delivering.outbox.due('hook', 1000, 10);
      await delivering.client.query('BEGIN');
      await take(delivering, first?.seq ?? 0);
      await deciding.client.query('BEGIN');
      const written = deciding.outbox.write(deciding.session, [draft('resolved')], 2200);
      await doneOrWaiting(deciding.pid, written);
      await delivering.client.query('COMMIT');
      await written;
      await deciding.client.query('COMMIT');
      t.strictSame(await pending(), [2200]);
    },
  );
}

t.test('a dead notice that is sent again is due, while the one before it is delivered', skip, async (t) => {
  const { url, deciding, delivering, pending, doneOrWaiting } = await two(t);
  await deciding.outbox.write(deciding.session, [draft('opened'), draft('resolved')], 1000);
  await query(url, `UPDATE notice SET state = 'dead' WHERE seq = (SELECT max(seq) FROM notice)`);
  const [first] = await delivering.outbox.due('hook', 1000, 10);
  await deciding.client.query('BEGIN');
  t.match(await deciding.outbox.retry({ sinks: ['hook'] }, 2000), { retried: 1 });
  await delivering.client.query('BEGIN');
  const settled = delivering.outbox.settle(first?.seq ?? 0, { result: 'delivered' }, 2100);
  await doneOrWaiting(delivering.pid, settled);
  await deciding.client.query('COMMIT');
  await settled;
  await delivering.client.query('COMMIT');
  t.strictSame(await pending(), [2100]);
});

t.test('due() finds, once a minute, what nobody has made due, and only the first of each queue', skip, async (t) => {
  const { url, deciding } = await two(t);
  const { outbox, session } = deciding;
  await outbox.write(session, [draft('opened'), draft('resolved')], 1000);
  const stuck = () => query(url, 'UPDATE notice SET next_at = NULL, claimed_by = NULL');
  const types = async (now: number) => (await outbox.due('hook', now, 10)).map(({ announcement }) => announcement.type);
  await stuck();
  t.strictSame(await types(2000), ['opened']);
  await stuck();
  t.strictSame(await types(61_999), []);
  t.strictSame(await types(62_000), ['opened']);
});
