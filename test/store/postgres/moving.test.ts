/** All of a database is the same after a move to PostgreSQL, and after the way back, also where a move was broken off. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Announcement } from '../../../src/core/announce/notice.ts';
import { nameHash } from '../../../src/core/decode/name-hash.ts';
import { readInventory } from '../../../src/operate/inventory-file.ts';
import { Operations } from '../../../src/operate/operations.ts';
import { move } from '../../../src/store/moving/move.ts';
import { PostgresSide } from '../../../src/store/moving/postgres-side.ts';
import type { Side } from '../../../src/store/moving/side.ts';
import { SqliteSide } from '../../../src/store/moving/sqlite-side.ts';
import { engines, moveStore, postgresEngine } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, HOUR, T0, temporaryDirectory } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { callHome, noteOf, observation, proof, restored, rowOf } from '../written.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
const parts = { projection, instance: 'plant-a', onTable: () => {} };
const rejects = (t: Test, work: Promise<unknown>, message: string) => t.rejects(work, { message: new RegExp(message) });

/** A data directory with something in every table that is moved. */
async function filled(t: Test): Promise<string> {
  const directory = temporaryDirectory(t);
  const store = await engines.sqlite(directory).open(projection, 'write');
  const announcement: Announcement = {
    ...{ type: 'incident.opened', incident: 'qv-sw-0-1', device: 'sw-0', plant: null, at: T0, from: null, pid: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: '', record: null },
    ...{ disposition: null, serial: null, release: null },
  };
  const unparsed = {
    receivedAt: T0 + 0.25,
    device: 'sw-0',
    facility: 'PKI',
    mnemonic: 'X',
    why: 'no-rule',
    raw: 'a\0ḡ𐤪',
  };
  for (let device = 0; device < 1100; device++)
    await commitObservations(store, [observation(`sw-${device}`, device / 1000, device % 7 === 0 ? proof : {})], {
      ...(device === 0 ? { notices: [{ announcement, sinks: ['hook', 'other'] }], unparsed: [unparsed] } : {}),
    });
  for (let line = 0; line < 60; line++)
    await commitObservations(store, [
      observation('sw-0', 2 + line / 100, { ...callHome, fingerprint: line, way: 'udp x' }),
    ]);
  await commitObservations(store, [observation('sw-7', 4, { ...restored })], { notes: [noteOf('sw-7', 1)] });
  const [first] = await store.outbox.due('hook', T0 + HOUR, 9);
  await store.outbox.settle(first?.seq ?? 0, { result: 'delivered' }, T0 + HOUR);
  await store.gaps.add([{ peer: '192.0.2.7', name: nameHash('sw-0'), from: T0, to: T0 + 5, lost: 3, atMost: true }]);
  await store.alerts.save('am', [{ labels: { a: 'b' }, startsAt: T0 } as never], []);
  const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
  await operations.import(
    readInventory('hostname,plant,pid\nsw-0,North,IE-3300-8T2S\nsw-1,South,IE-3300-8T2S\n', 'csv'),
  );
  // Half of a character, as an older version took it from a row: in a value, and in the name of a device.
  for (const row of [
    { ...rowOf('sw-2').row, plant: '\ud800' },
    { ...rowOf('sw-half-\udfff').row, plant: 'North' },
  ])
    await operations.import({ rows: [{ row, columns: ['hostname', 'plant'] }] });
  await store.moveRetention(T0, 1);
  await store.close();
  return directory;
}

/** What people and programs see of it. */
async function seen(store: Store) {
  const { rows } = await store.incidents({ sort: 'device', limit: 500 });
  return {
    incidents: rows,
    lines: await store.evidence('sw-0', 1),
    changes: await store.transitions('sw-0', 1),
    notes: await store.notes('sw-7', 1),
    devices: (await store.devices({ limit: 500 })).rows,
    counts: await store.counts(T0 + HOUR),
    fleet: await store.fleet(T0 + HOUR),
    notices: [(await store.outbox.list({ limit: 9 })).rows, (await store.outbox.delivered({ limit: 9 })).rows],
    alerts: await store.alerts.sent('am'),
    unparsed: (await store.unparsed({ limit: 9 })).rows.map(({ raw, ...row }) => ({
      ...row,
      raw: raw.replace('\0', '␀'),
    })),
    gaps: (await store.timeline({ device: 'sw-0', limit: 99, kinds: ['gap'] })).rows,
    history: (await store.history({ from: 0, to: 40_000 })).length,
    unjudged: await store.unjudged(),
    differences: await store.recount(T0 + HOUR),
  };
}

async function seenIn(place: string) {
  const engine = place.startsWith('postgres')
    ? postgresEngine({ url: place, instance: 'plant-a' })
    : engines.sqlite(place);
  const store = await engine.open(projection, 'service');
  try {
    return await seen(store);
  } finally {
    await store.close();
  }
}

t.test('a database is the same in PostgreSQL, and after the way back', skip, async (t) => {
  const [from, url, back] = [await filled(t), await newDatabase(), join(temporaryDirectory(t), randomUUID())];
  const before = await seenIn(from);
  const { rows, resumed } = await moveStore(from, url, parts);
  t.notOk(resumed);
  t.match(rows, { device: 1101, alert: 1, gap: 1, unparsed: 1, notice: 1, delivered: 1, retention: 1 });
  t.strictSame(await seenIn(url), before);
  await moveStore(url, back, parts);
  t.strictSame(await seenIn(back), before);
  await rejects(t, moveStore(from, url, parts), 'has rows of device already');
});

/** Breaks off at the n-th time that rows are stored. */
function breaking(side: Side, at: number): Side {
  let puts = 0;
  return new Proxy(side, {
    get: (of, name: keyof Side) => {
      if (name === 'put' && ++puts === at) return () => Promise.reject(new Error('broken off'));
      const value = of[name];
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}

t.test('a move that was broken off goes on, and no service uses what it has left', skip, async (t) => {
  const from = await filled(t);
  const [url, back] = [await newDatabase(), join(temporaryDirectory(t), randomUUID())];
  for (const [source, target, at] of [
    [from, url, 2],
    [from, url, 4],
    [url, back, 1],
    [url, back, 3],
  ] as const) {
    const open = async (place: string, isTarget: boolean) =>
      place.startsWith('postgres')
        ? PostgresSide.open(place, projection, 'plant-a', isTarget)
        : SqliteSide.open(place, projection, isTarget);
    if (source === url && at === 1) await moveStore(from, url, parts);
    const [one, other] = [await open(source, false), await open(target, true)];
    await rejects(
      t,
      move(one, breaking(other, at), () => {}),
      'broken off',
    );
    await other.close();
    await one.close();
    if (at === 1) continue;
    await rejects(t, seenIn(target), 'finish it with migrate');
    const engine = target === url ? postgresEngine({ url, instance: 'plant-a' }) : engines.sqlite(target);
    await rejects(t, engine.open(projection, 'write'), 'finish it with migrate');
    await rejects(t, engine.openForReplay(projection), 'finish it with migrate');
  }
  t.ok((await moveStore(url, back, parts)).resumed);
  t.strictSame(await seenIn(back), await seenIn(from));
});

t.test('a database that is in use, or of another program, is not moved', skip, async (t) => {
  const [from, url] = [await filled(t), await newDatabase()];
  const service = await engines.sqlite(from).open(projection, 'service');
  await rejects(t, moveStore(from, url, parts), 'another service .* uses this data directory');
  await service.close();
  const instance = await postgresEngine({ url, instance: 'plant-b' }).open(projection, 'service');
  await rejects(t, moveStore(from, url, parts), 'instance "plant-b" uses PostgreSQL .* stop all instances first');
  await instance.close();
  const foreign = await newDatabase();
  await query(foreign, 'CREATE TABLE other (id int)');
  await rejects(t, moveStore(from, foreign, parts), 'a table, view or type "other" of another program');
  await rejects(t, moveStore(join(from, 'missing'), url, parts), 'missing');
});

t.test('a move names the row that cannot be read, and what to do', skip, async (t) => {
  const url = await newDatabase();
  const store = await postgresEngine({ url, instance: 'a' }).open(projection, 'write');
  await commitObservations(store, [observation('sw-a', 0, callHome), observation('sw-b', 0, callHome)]);
  await store.close();
  for (const record of ['oops', '{}']) {
    await query(url, `UPDATE device SET record = '${record}' WHERE key = 'sw-b'`);
    await t.rejects(moveStore(url, join(temporaryDirectory(t), 'to'), parts), {
      code: 'QVW_DATABASE_DAMAGED',
      message: /^the device sw-b in PostgreSQL at .* is damaged: start the service on it once/,
    });
  }
});
