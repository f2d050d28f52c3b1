import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import type { Device } from '../../../src/core/model/device.ts';
import { newDeviceState, type SignalEvent } from '../../../src/core/model/device-state.ts';
import { limits } from '../../../src/core/model/limits.ts';
import type { Names } from '../../../src/core/model/names.ts';
import type { Batch } from '../../../src/store/ports/batch.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { APPLICATION_ID, migrations } from '../../../src/store/sqlite/schema.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, event, HOUR, observed, T0, temporaryDirectory } from '../../given.ts';
import { matchWhole } from '../../match-whole.ts';
import { Random } from '../../simulation/random.ts';
import { batchOf as batchOfObservations, noRows, writeBatch } from '../stores.ts';
import { writeSums } from './sums.ts';

t.test(
  'SqliteStore.bringMembersOver() recomputes the projected columns of rows of an older version only',
  async (t) => {
    const directory = temporaryDirectory(t);
    const database = openDatabase(directory);
    const store = new SqliteStore(database, projectionOf(advisory));
    t.teardown(() => store.close());
    const observations = [{ mnemonic: 'SL_MESSAGE_FAILED', family: 'call-home', weight: 2 }, {}].map((over, n) =>
      event(observed(T0 + n, over), { origin: 'sw-a' }),
    );
    const {
      devices,
      copies: _,
      ...rest
    } = correlate({ devices: new Map(), aliases: new Map() }, observations, advisory);
    const nothing = { unparsed: [], notes: [], notices: [], now: T0 };
    await writeBatch(store, { ...rest, ...nothing, devices: [...devices.values()] });
    const before = database.prepare('SELECT * FROM device').all();
    database.exec(
      'UPDATE device SET projected = 0, series = NULL, grace_bounded = NULL, condition = 0, deadline = NULL',
    );
    writeSums(database);
    t.strictSame((await store.series({ now: T0, limit: 9 })).rows, []);
    t.equal(await store.bringMembersOver(), 1);
    t.equal(await store.bringMembersOver(), 0);
    t.strictSame(database.prepare('SELECT * FROM device').all(), before, 'the version of the device does not change');
    matchWhole(t, (await store.series({ now: T0, limit: 9 })).rows, [{ device: 'sw-a', series: { open: true } }]);
  },
);

/** A batch with these signals of sw-a, based on its stored state. */
function batchOf(store: SqliteStore, ...signals: readonly SignalEvent[]): Promise<Batch> {
  return batchOfObservations(
    store,
    signals.map((signal) => event(signal, { origin: 'sw-a' })),
  );
}

function opened(t: Test, directory = temporaryDirectory(t)): SqliteStore {
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  t.teardown(() => store.close());
  return store;
}

t.test('SqliteStore.load() returns the device that another process has written meanwhile', async (t) => {
  const directory = temporaryDirectory(t);
  const [first, second] = [opened(t, directory), opened(t, directory)];
  await writeBatch(first, await batchOf(first, observed(T0)));
  t.equal((await first.load(['sw-a'])).get('sw-a')?.messages, 1);
  const stale = await batchOf(first, observed(T0 + 2));
  await writeBatch(second, await batchOf(second, observed(T0 + 1)));
  await t.rejects(writeBatch(first, stale), /another version than the store of sw-a/);
  t.equal((await first.load(['sw-a'])).get('sw-a')?.messages, 2);
  await writeBatch(first, await batchOf(first, observed(T0 + 2)));
  t.strictSame(await second.load(['sw-a']), await first.load(['sw-a']));
  t.equal((await second.evidence('sw-a', 1)).length, 3);
});

t.test('SqliteStore.commit() writes the complete tail if the blocks in the file are unknown', async (t) => {
  const directory = temporaryDirectory(t);
  const [first, second] = [opened(t, directory), opened(t, directory)];
  const storm = Array.from({ length: 3 * limits.recentBlock }, (_, index) => observed(T0 + index));
  await writeBatch(first, await batchOf(first, ...storm));
  const batch = await batchOf(first, observed(T0 + 100));
  await writeBatch(second, { ...noRows, devices: [], aliases: new Map([['sw-z', null]]), merges: [], now: T0 });
  await writeBatch(first, batch);
  t.strictSame(await second.load(['sw-a']), await first.load(['sw-a']));
  t.equal((await second.load(['sw-a'])).get('sw-a')?.recent.length, storm.length + 1);
});

t.test('SqliteStore.commit() bounds the lines of two merged devices, including later lines', async (t) => {
  const store = opened(t);
  const lines = (from: number, names: Partial<Names>) =>
    Array.from({ length: 10 }, (_, index) => event(observed(T0 + from + index), { peer: '192.0.2.8', ...names }));
  for (const observations of [
    lines(0, {}),
    lines(20, { origin: 'sw-a', peer: '192.0.2.9' }),
    lines(40, { origin: 'sw-a' }),
    lines(60, { origin: 'sw-a' }),
  ]) {
    await writeBatch(store, await batchOfObservations(store, observations));
  }
  t.strictSame([...(await store.load(['sw-a', '192.0.2.8'])).keys()], ['sw-a']);
  const rows = (await store.evidence('sw-a', 1)).map(({ at }) => at - T0);
  t.strictSame(rows, [0, 1, 2, 3, 48, 49, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69]);
});

t.test('SqliteStore.load() returns a device that another process has created again', async (t) => {
  const directory = temporaryDirectory(t);
  const [first, second] = [opened(t, directory), opened(t, directory)];
  await writeBatch(first, await batchOf(first, observed(T0)));
  const [before] = [...(await first.load(['sw-a'])).values()];
  const merge = { from: 'sw-a', into: 'sw-b', version: 1, fromOrdinal: 1, intoOrdinal: 1 };
  await writeBatch(second, { ...noRows, devices: [], merges: [merge], now: T0 });
  t.equal((await first.load(['sw-a'])).size, 0);
  await writeBatch(second, await batchOf(opened(t), observed(T0 + 5, { mnemonic: 'CRL_FETCH_FAIL' })));
  const [after] = [...(await first.load(['sw-a'])).values()];
  t.equal(after?.version, before?.version, 'the version alone does not show the change');
  matchWhole(t, after?.recent, [{ mnemonic: 'CRL_FETCH_FAIL' }]);
});

t.test('SqliteStore.commit() changes nothing if it fails, neither in the file nor in memory', async (t) => {
  const directory = temporaryDirectory(t);
  const store = opened(t, directory);
  for (let index = 0; index < 15; index++) await writeBatch(store, await batchOf(store, observed(T0 + index)));
  const before = await store.load(['sw-a']);
  const aliases = new Map([['sw-z', 'sw-a']]);
  const batch = { ...(await batchOf(store, observed(T0 + 20), observed(T0 + 21))), aliases };
  const note = { device: null as unknown as string, ordinal: 1, at: T0, by: 'kim', kind: 'note', text: '' } as const;
  const rows = [{ ...note, disposition: null }];
  await t.rejects(writeBatch(store, { ...batch, notes: rows }), { code: 'QVW_DATABASE_FAILED' });
  t.strictSame(await store.load(['sw-a']), before);
  t.strictSame(await store.aliases(['sw-z']), new Map());
  for (let index = 15; index < 40; index++) await writeBatch(store, await batchOf(store, observed(T0 + index)));
  const fresh = opened(t, directory);
  t.strictSame(await store.load(['sw-a']), await fresh.load(['sw-a']));
  t.strictSame(
    (await fresh.evidence('sw-a', 1)).map(({ at }) => at - T0),
    [0, 1, 2, 3, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
  );
});

t.test(
  'SqliteStore.load() returns the stored tail: written in order, late, in a burst, or an hour at a time',
  async (t) => {
    const directory = temporaryDirectory(t);
    const store = opened(t, directory);
    const kinds = [{}, { mnemonic: 'CRL_FETCH_FAIL', family: 'revocation', weight: 2 }, { facts: { pid: 'IE-3300' } }];
    const random = new Random(7);
    let at = T0;
    for (let commits = 0; commits < 120; commits++) {
      const signals = Array.from({ length: random.pick([1, 1, 1, 3, 30]) }, () => {
        at += random.pick([1000, HOUR]);
        const late = random.chance(0.05) ? 3 * HOUR : 0;
        return observed(at - late, { ...random.pick(kinds), fingerprint: random.below(1e9), counter: commits });
      });
      await writeBatch(store, await batchOf(store, ...signals));
      const fresh = new SqliteStore(openDatabase(directory), projectionOf(advisory));
      t.strictSame(await fresh.load(['sw-a']), await store.load(['sw-a']));
      t.strictSame((await fresh.devices({ limit: 1 })).rows, [...(await store.load(['sw-a'])).values()]);
      await fresh.close();
    }
    const rows = new Database(join(directory, DATABASE_NAME))
      .prepare('SELECT count(*) FROM tail')
      .pluck()
      .get() as number;
    t.ok(rows > 1 && rows <= limits.recentSignals / limits.recentBlock, `${rows} rows`);
  },
);

t.test('SqliteStore reads records of older versions, and writes them in the current format', async (t) => {
  const directory = temporaryDirectory(t);
  const older = new Database(join(directory, DATABASE_NAME));
  for (const statements of migrations.slice(0, 4)) older.exec(statements);
  older.pragma(`application_id = ${APPLICATION_ID}`);
  older.pragma('user_version = 4');
  const shape = { times: 1, kind: 'failure', family: 'call-home', cause: 'transport', weight: 2 } as const;
  const more = { mnemonic: 'SL_MESSAGE_FAILED', peers: ['cssm'], clock: 'set' as const, critical: false, facts: null };
  const { facts, ...old } = more;
  const { state } = (await batchOf(opened(t), observed(T0, { ...shape, ...more }))).devices[0] as Device;
  const record = {
    ...{ key: 'sw-a', keyFrom: 'origin', version: 3, peer: null, pid: null, serial: null, timeQuality: 'none' },
    ...{ inventory: null, trustpool: null, firstSeenAt: T0, lastSeenAt: T0, messages: 3 },
    ...{ settled: newDeviceState, settledTo: T0 - 1, course: state, passedTo: T0 },
    ...{ shapes: [{ ...shape, ...old, tells: facts }], tail: [[0, T0, 12345, 7]] },
  };
  older
    .prepare(`INSERT INTO device (key, version, condition, last_seen, record) VALUES ('sw-a', 3, 'watching', ?, ?)`)
    .run(T0, JSON.stringify(record));
  const line = {
    ...{ device: 'sw-a', ordinal: 1, at: T0, receivedAt: T0, kind: 'failure', family: 'call-home', cause: 'transport' },
    ...{ weight: 2, mnemonic: 'SL_MESSAGE_FAILED', raw: 'as it came', foldedAt: T0, decisive: true },
    ...{ timeUsed: 'receipt', stampRejected: null, stamp: null, timeQuality: 'none', relayStamp: null },
    ...{ advisory: 'a version 1', grammar: 'g', times: 1, peers: ['cssm'], clock: 'set', critical: false, tells: null },
  };
  const { device: _, ordinal: __, ...said } = line;
  const digest = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  const insert = older.prepare(
    `INSERT INTO evidence (device, ordinal, mnemonic, at, decisive, record, digest) VALUES ('sw-a', 1, ?, ?, 1, ?, ?)`,
  );
  insert.run(line.mnemonic, T0, JSON.stringify(line), digest);
  insert.run(line.mnemonic, T0 + 1, JSON.stringify({ ...line, raw: 'changed', at: T0 + 1 }), digest);
  older.close();

  const store = opened(t, directory);
  const { tells, ...known } = line;
  const numbers = { counter: null, sequence: null, sender: null, transport: null, senderKnown: true, foreign: false };
  // What an older version did not know.
  const row = { ...known, facts: tells, manner: null, server: 'unnamed', claim: 'event', ...numbers };
  t.strictSame(await store.checkedEvidence('sw-a', 1), [
    { row, intact: true },
    { row: { ...row, raw: 'changed', at: T0 + 1 }, intact: false },
  ]);
  const signal = { ...shape, ...more, at: T0, fingerprint: 12345, counter: 7 };
  matchWhole(t, (await store.load(['sw-a'])).get('sw-a'), { version: 3, recent: [signal], state });
  t.strictSame((await store.devices({ limit: 9 })).rows, [...(await store.load(['sw-a'])).values()]);
  await writeBatch(store, await batchOf(store, observed(T0 + 2)));
  const fresh = opened(t, directory);
  t.strictSame(await fresh.load(['sw-a']), await store.load(['sw-a']));
  matchWhole(t, (await fresh.load(['sw-a'])).get('sw-a'), {
    version: 4,
    messages: 4,
    recent: [signal, { at: T0 + 2 }],
  });
});
