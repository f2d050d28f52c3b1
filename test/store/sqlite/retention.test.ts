import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { Operations } from '../../../src/operate/operations.ts';
import { Retaining } from '../../../src/retaining.ts';
import type { StoreBounds, Store as StorePort } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { APPLICATION_ID, migrations } from '../../../src/store/sqlite/schema.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, DAY, T0, temporaryDirectory } from '../../given.ts';
import { serving } from '../../serve/served-store.ts';
import { inFile, noRows, writeBatch } from '../stores.ts';
import { callHome, commit, imported, noteOf, observation, restored } from '../written.ts';

const policy = { incidentsMs: 730 * DAY, evidenceMs: 400 * DAY, transitionsMs: 730 * DAY, unparsedMs: 90 * DAY };

/** A device's incident that opens at this hour and is resolved some hours later, as a later line shows. */
const repaired = (store: StorePort, device: string, hours: number) =>
  commit(
    store,
    ...[observation(device, hours, callHome), observation(device, hours + 1)],
    ...[observation(device, hours + 2, imported), observation(device, hours + 3, restored)],
    observation(device, hours + 30, restored),
  );

/** A service's store with the incidents of devices that were repaired at these days, and one that is open. */
async function stored(t: Test, days: readonly number[], bounds?: StoreBounds) {
  const store = inFile(t, bounds);
  for (const [index, day] of days.entries()) await repaired(store, `sw-${index}`, day * 24);
  await commit(store, observation('sw-open', 0, callHome), observation('sw-open', 1));
  const logged: unknown[] = [];
  const [kinds, wall] = [
    { incidents: 0, evidence: 0, transitions: 0, unparsed: 0, deliveries: 0 },
    { now: T0, seconds: 0 },
  ];
  const retaining = new Retaining({
    ...{ store, policy: () => policy, now: () => wall.now, clock: () => wall.seconds },
    log: { info: (fields: unknown) => logged.push(fields), warn: (fields: unknown) => logged.push(fields) } as never,
    onRetained: (step) => {
      for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) kinds[kind] += step[kind];
    },
  });
  /** As after this time of service, with a clock that is right. */
  const after = async (days: number) => {
    wall.now += days * DAY;
    wall.seconds += (days * DAY) / 1000;
    await retaining.pass();
  };
  const ids = async () => (await store.incidents({ limit: 99 })).rows.map(({ id }) => id).sort();
  return { store, wall, retaining, after, ids, kinds, logged };
}

t.test('Retaining deletes evidence, then incidents, by their end; open ones stay', async (t) => {
  const { store, after, ids, kinds, logged } = await stored(t, [0, 200]);
  await writeBatch(store, { ...noRows, devices: [], notes: [noteOf('sw-0', 1)], now: T0 });
  await after(0);
  t.strictSame(await ids(), ['qv-sw-0-1', 'qv-sw-1-1', 'qv-sw-open-1']);
  t.strictSame(logged, [], 'nothing is too old');
  await after(402);
  t.strictSame(await store.evidence('sw-0', 1), []);
  t.ok((await store.evidence('sw-1', 1)).length > 0);
  t.ok((await store.evidence('sw-open', 1)).length > 0, 'of an open incident');
  t.strictSame((await ids()).length, 3);
  t.match(logged, [{ incidents: 0, evidence: kinds.evidence }]);
  await after(330);
  t.strictSame(await ids(), ['qv-sw-1-1', 'qv-sw-open-1']);
  t.strictSame(await store.transitions('sw-0', 1), []);
  t.strictSame(await store.notes('sw-0', 1), []);
  t.ok((await store.transitions('sw-open', 1)).length > 0);
  t.equal(kinds.incidents, 1);
  await after(10_000);
  t.strictSame(await ids(), ['qv-sw-open-1']);
});

t.test('an incident that is no longer kept is answered with 410, and its device goes on', async (t) => {
  const { store, after, ids } = await stored(t, [0]);
  const http = await serving(t, { store }).server.build();
  const answer = async (id: string) => (await http.inject(`/api/v1/incidents/${id}`)).json();
  await after(733);
  t.match(await answer('qv-sw-0-1'), { status: 410, detail: /qv-sw-0-1 is no longer kept/ });
  t.match(await answer('qv-sw-0-2'), { status: 404 }, 'there never was one');
  t.match(await answer('qv-sw-none-1'), { status: 404 });
  const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
  await t.rejects(operations.close('qv-sw-0-1', 'kim', 'over', null), {
    code: 'QVW_REFUSED',
    message: /no longer kept/,
  });
  await commit(store, observation('sw-0', 734 * 24, { ...restored, kind: 'neutral' }));
  t.strictSame(await ids(), ['qv-sw-open-1'], 'a line of the device does not bring it back');
  await commit(store, observation('sw-0', 735 * 24, callHome), observation('sw-0', 735 * 24 + 1));
  t.strictSame(await ids(), ['qv-sw-0-2', 'qv-sw-open-1']);
});

t.test('a wall clock that is years ahead deletes no more than a day in an hour', async (t) => {
  const { wall, retaining, ids, after } = await stored(t, [0, 300]);
  await after(400);
  wall.now += 3650 * DAY;
  for (let pass = 0; pass < 6; pass++) {
    wall.seconds += 600;
    await retaining.pass();
  }
  t.strictSame((await ids()).length, 3);
  wall.now -= 3650 * DAY;
  await after(1);
  t.strictSame((await ids()).length, 3, 'and back');
  await after(400);
  t.strictSame(await ids(), ['qv-sw-1-1', 'qv-sw-open-1'], 'it goes on by the clock that is right');
});

t.test('a new clock of retention begins with the newest line, not with a wall clock that may be wrong', async (t) => {
  const { store } = await stored(t, [0]);
  t.equal(await store.moveRetention(T0 + 5000 * DAY, 0), T0 + 30 * 3_600_000);
  t.equal(await store.moveRetention(T0, 0), T0, 'it is never ahead of the wall clock');
});

t.test('Retaining deletes unread lines, and the oldest incidents beyond the bound of rows', async (t) => {
  const { store, after, ids } = await stored(t, [0, 10, 20, 30], { incidentRows: 3 });
  const unparsed = { device: null, facility: 'PKI', mnemonic: 'X', why: 'unknown-body', raw: 'x' };
  const rows = Array.from({ length: 450 }, (_, day) => ({ ...unparsed, receivedAt: T0 + (day % 2) * 80 * DAY }));
  await writeBatch(store, { ...noRows, devices: [], unparsed: rows, now: T0 });
  await after(31);
  t.strictSame(await ids(), ['qv-sw-2-1', 'qv-sw-3-1', 'qv-sw-open-1'], 'the oldest that are over');
  await after(61);
  t.equal((await store.unparsed({ limit: 500 })).rows.length, 225, 'in several steps');
});

t.test('a step of retention is bounded', async (t) => {
  const store = inFile(t);
  for (let device = 0; device < 5; device++) {
    for (let hours = 0; hours < 50; hours++) await repaired(store, `sw-${device}`, hours * 24 * 30);
  }
  const total = (await store.incidents({ limit: 500 })).rows.length;
  await store.moveRetention(T0 + 9999 * DAY, 9999 * DAY);
  let [steps, deleted] = [0, 0];
  for (let step = await store.retain(policy); step !== null; step = await store.retain(policy)) {
    t.ok(step.incidents <= 200);
    deleted += step.incidents;
    steps++;
  }
  t.ok(steps >= 2, `${steps} steps`);
  t.equal(deleted, total);
});

for (const former of [false, true]) {
  t.test(`the database shrinks when rows are deleted${former ? ', also one of a former version' : ''}`, async (t) => {
    const data = temporaryDirectory(t);
    if (former) {
      const old = new Database(join(data, DATABASE_NAME));
      for (const statements of migrations.slice(0, 9)) old.exec(statements);
      old.pragma(`application_id = ${APPLICATION_ID}`);
      old.pragma('user_version = 9');
      old.close();
    }
    const database = openDatabase(data);
    const store = new SqliteStore(database, projectionOf(advisory));
    t.teardown(() => store.close());
    t.match(await store.makeShrinkable(), former ? /written anew, so that it shrinks/ : null);
    t.equal(await store.makeShrinkable(), null, 'once');
    const row = { device: null, facility: 'PKI', mnemonic: 'X', why: 'unknown-body', raw: 'x'.repeat(2000) };
    const unparsed = Array.from({ length: 6000 }, () => ({ ...row, receivedAt: T0 }));
    await writeBatch(store, { ...noRows, devices: [], unparsed, now: T0 });
    const bytes = () => {
      database.pragma('wal_checkpoint(TRUNCATE)');
      return statSync(database.name).size;
    };
    const before = bytes();
    let seconds = 0;
    const retaining = new Retaining({
      ...{ store, policy: () => policy, now: () => T0 + seconds * 1000, clock: () => seconds },
      ...{ log: { info: () => {}, warn: () => {} } as never, onRetained: () => {} },
    });
    await retaining.pass();
    seconds = 91 * 86_400;
    await retaining.pass();
    t.equal((await store.unparsed({ limit: 1 })).rows.length, 0);
    const after = bytes();
    t.ok(after < before / 2, `${before} bytes, then ${after}`);
    t.equal(database.pragma('quick_check(1)', { simple: true }), 'ok');
  });
}
