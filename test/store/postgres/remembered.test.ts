/** What an instance remembers of devices is used only where their rows are still so. */
import pg from 'pg';
import t, { type Test } from 'tap';
import { packDevice } from '../../../src/store/codec/device-record.ts';
import { postgresEngine } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, HOUR, T0 } from '../../given.ts';
import { aboutOf, commitObservations, decided, dueIn } from '../stores.ts';
import { callHome, observation, proof } from '../written.ts';
import { Between } from './between.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';
import { Server } from './server.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
/** A machine that is busy with other tests is not a server that hangs. */
const deadlines = { statementMs: 300_000, lockMs: 300_000, idleMs: 300_000, answerMs: 300_000 };

async function instances(t: Test, ...names: string[]): Promise<{ url: string; all: Store[] }> {
  const url = await newDatabase();
  const all = await Promise.all(
    names.map((instance) => postgresEngine({ url, instance, deadlines }).open(projection, 'write')),
  );
  t.teardown(() => Promise.all(all.map((store) => store.close())));
  return { url, all };
}

/** Lines of one device. More than a block has, and more of a mnemonic than are kept. */
const lines = Array.from({ length: 40 }, (_, at) =>
  observation('sw-a', at / 10, { ...(at === 3 ? proof : callHome), fingerprint: at, sequence: at }),
);

async function stored(store: Store) {
  return {
    device: (await store.load(['sw-a'])).get('sw-a'),
    evidence: await store.evidence('sw-a', 1),
    incidents: (await store.incidents({ sort: 'device', limit: 9 })).rows,
    members: (await store.members({ limit: 9 })).rows,
    changes: await store.transitions('sw-a', 1),
  };
}

t.test('instances that take turns at one device store what one stores', skip, async (t) => {
  const [one] = (await instances(t, 'one')).all as [Store];
  for (const line of lines) await commitObservations(one, [line]);
  const wanted = await stored(one);
  t.equal(wanted.device?.recent.length, lines.length);
  t.ok(wanted.evidence.length < lines.length, 'some lines were evicted');
  // Each decides on what it stored itself, on what others have stored, and on both.
  for (const turns of [[0], [0, 1], [0, 0, 1, 1, 1, 2]]) {
    const { all } = await instances(t, 'a', 'b', 'c');
    for (const [at, line] of lines.entries())
      await commitObservations(all[turns[at % turns.length] as number] as Store, [line]);
    for (const store of all) t.strictSame(await stored(store), wanted);
    for await (const difference of (all[0] as Store).recount(T0)) t.fail(difference);
  }
});

t.test(
  'a device that was deleted, and made anew with as many lines, is not the one that is remembered',
  skip,
  async (t) => {
    const [a, b] = (await instances(t, 'a', 'b')).all as [Store, Store];
    for (const line of lines.slice(0, 3)) await commitObservations(a, [line]);
    await b.forget(['sw-a'], T0);
    for (const line of lines.slice(10, 13)) await commitObservations(b, [line]);
    await commitObservations(a, lines.slice(13, 14));
    const { device } = await stored(a);
    t.match(device, { version: 4, messages: 4 });
    t.strictSame(
      device?.recent.map(({ sequence }) => sequence),
      [10, 11, 12, 13],
    );
  },
);

t.test('a commit of lines of known devices takes three messages', skip, async (t) => {
  const between = new Between();
  t.teardown(() => between.stop());
  const url = await between.start(await newDatabase());
  const store = await postgresEngine({ url, instance: 'a', deadlines }).open(projection, 'write');
  t.teardown(() => store.close());
  const others = Array.from({ length: 5 }, (_, at) => observation(`sw-${at}`, at / 10, callHome));
  for (const line of lines.slice(0, 6)) await commitObservations(store, [line, ...others]);
  const before = between.messages;
  await commitObservations(store, [lines[6] as (typeof lines)[0], ...others]);
  t.equal(between.messages - before, 3, 'what is known, what is stored, COMMIT');
});

t.test('a device that somebody has deleted is made anew by the next line', skip, async (t) => {
  const [a, b] = (await instances(t, 'a', 'b')).all as [Store, Store];
  for (const line of lines.slice(0, 3)) await commitObservations(a, [line]);
  await b.forget(['sw-a'], T0);
  await commitObservations(a, lines.slice(3, 4));
  t.match((await stored(b)).device, { version: 1, messages: 1 });
});

t.test('what was not stored is not remembered', skip, async (t) => {
  const [one] = (await instances(t, 'one')).all as [Store];
  for (const line of lines) await commitObservations(one, [line]);
  const [a] = (await instances(t, 'a')).all as [Store];
  for (const [at, line] of lines.entries()) {
    if (at % 5 === 4)
      await t.rejects(
        a.commit(aboutOf([line]), (known) => {
          const batch = decided(known, [line], {});
          const [device] = known.devices.values();
          // Nobody has such a version.
          return {
            ...batch,
            devices: [...batch.devices, { ...(device as never as object), key: 'sw-z', version: 7 } as never],
          };
        }),
        { message: /another version than the store of sw-z/ },
      );
    await commitObservations(a, [line]);
  }
  t.strictSame(await stored(a), await stored(one));
});

t.test(
  'what a killed server has not stored is not remembered, although another transaction has its number',
  skip,
  async (t) => {
    const server = await Server.make(t);
    const open = async (instance: string) => {
      const store = await postgresEngine({ url: server.url, instance, deadlines }).open(projection, 'write');
      t.teardown(() => store.close());
      return store;
    };
    const [a, b] = [await open('a'), await open('b')];
    const commit = async (store: Store, ...numbers: number[]) => {
      for (const number of numbers) await commitObservations(store, lines.slice(number, number + 1));
    };
    /** The first tries after a start may meet the server before it is ready, or a connection that is broken. */
    const retried = async (store: Store, number: number) => {
      for (let done = false; !done; )
        done = await commit(store, number).then(
          () => true,
          (error) => {
            if (error.retryable !== true) throw error;
            return false;
          },
        );
    };
    await commit(a, 0, 1, 2, 3, 4);
    // The next turn of a has written its device, and waits; then the server is killed.
    const locker = new pg.Client({ connectionString: server.url });
    locker.on('error', () => {});
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE evidence IN SHARE MODE');
    const lost = t.rejects(commit(a, 5), { code: 'QVW_DATABASE_FAILED' });
    const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while ((await query(server.url, waits)).rows.length === 0);
    await server.kill();
    await lost;
    await server.start();
    await retried(b, 6);
    await retried(a, 5);
    await commit(a, 7);
    const { device, evidence } = await stored(b);
    t.same(
      device?.recent.map(({ sequence }) => sequence),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    t.equal(device?.messages, 8);
    t.equal(evidence.length, 8);
  },
);

t.test('a record of a version before has all signals, and the next line moves them to blocks', skip, async (t) => {
  const [one] = (await instances(t, 'one')).all as [Store];
  for (const line of lines) await commitObservations(one, [line]);
  const { url, all } = await instances(t, 'a');
  const [a] = all as [Store];
  for (const line of lines.slice(0, -1)) await commitObservations(a, [line]);
  const before = (await stored(a)).device;
  if (before === undefined) throw new Error('it is not stored');
  const whole = packDevice(before, { recent: before.recent, blocks: { sizes: [], settled: 0 } });
  await query(url, `UPDATE device SET blocks = '{}', record = '${whole}'`);
  t.strictSame((await stored(a)).device, before);
  await commitObservations(a, lines.slice(-1));
  t.strictSame(await stored(a), await stored(one));
  const { rows } = await query(url, 'SELECT cardinality(blocks) AS blocks, length(record) AS length FROM device');
  t.equal(rows[0].blocks, 1);
  t.ok(rows[0].length < whole.length);
});

t.test('a deadline that moves with the lines is written when its first time has come', skip, async (t) => {
  const { url, all } = await instances(t, 'a');
  const [a] = all as [Store];
  const inRow = async () => (await query(url, 'SELECT deadline FROM device')).rows[0].deadline;
  for (const hour of [0, 1]) await commitObservations(a, [observation('sw-a', hour, proof)]);
  const first = await inRow();
  await commitObservations(a, [observation('sw-a', 5, proof)]);
  const { device } = await stored(a);
  if (device === undefined) throw new Error('it is not stored');
  const last = projection.deadlineOf(device) as number;
  t.equal(last, first + 5 * HOUR);
  t.equal(await inRow(), first, 'a line does not touch the index');
  t.strictSame((await a.devices({ limit: 9, dueBy: first })).rows, []);
  t.strictSame(await dueIn(a, first, 9), []);
  t.equal(await inRow(), last);
  t.strictSame(
    (await dueIn(a, last, 9)).map(({ key }) => key),
    ['sw-a'],
  );
});
