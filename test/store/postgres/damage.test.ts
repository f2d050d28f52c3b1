/** Somebody changes a row in SQL, so that it cannot be read: it is left out and told, and nothing ends with it. */
import t, { type Test } from 'tap';
import type { Announcement } from '../../../src/core/announce/notice.ts';
import type { LossRow } from '../../../src/core/loss/loss-row.ts';
import { judgingAnew } from '../../../src/operate/bring-over.ts';
import { everyRow } from '../../../src/store/every-page.ts';
import type { CheckedTable } from '../../../src/store/ports/damage.ts';
import { openPostgres } from '../../../src/store/postgres/open.ts';
import type { PostgresStore } from '../../../src/store/postgres/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, DAY, HOUR, T0 } from '../../given.ts';
import { Random } from '../../simulation/random.ts';
import { happen } from '../happenings.ts';
import { commitObservations, dueIn, noRows, retained, writeBatch } from '../stores.ts';
import { callHome, keysOf, noteOf, observation, proof } from '../written.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const STEPS = 80;
const LATER = T0 + 30 * DAY;
/** What may stand in the place of a record. */
const BROKEN = ['{}', '', 'null', '[1', '"sesame"', '{"key":"sw-1"}'];
const damaged = { code: 'QVW_ROW_DAMAGED', retryable: true };
const devices = Array.from({ length: 12 }, (_, number) => `sw-${number}`);

async function open(t: Test, url: string, instance: string): Promise<PostgresStore> {
  const store = await openPostgres(url, projectionOf(advisory), { instance, access: 'service' });
  t.teardown(() => store.close());
  return store;
}

/** As the service does it. Returns what was found, and the devices that were set aside. */
async function mend(store: PostgresStore) {
  const found = await store.mend(LATER);
  const judge = judgingAnew({ store, advisory, routes: [], now: () => LATER });
  const setAside: string[] = [];
  for (let batch = await judge(); batch !== null; batch = await judge())
    setAside.push(...batch.setAside.map(({ key }) => key));
  return { found: found.map(({ table, name }) => `${table} ${name}`), setAside };
}

t.test('a device that cannot be read is set aside, and its next line makes a new one', skip, async (t) => {
  const url = await newDatabase();
  const [a, b] = [await open(t, url, 'plant-a'), await open(t, url, 'plant-b')];
  let hour = 0;
  for (const record of BROKEN) {
    const lines = ['sw-0', 'sw-1'].map((device) => observation(device, hour, proof));
    await commitObservations(a, lines);
    const others = (await b.load(['sw-1'])).get('sw-1')?.messages ?? 0;
    await query(url, `UPDATE device SET record = '${record}' WHERE key = 'sw-0'`);
    hour++;
    const next = [observation('sw-0', hour, proof), observation('sw-1', hour, proof)];
    for (const store of [a, b]) {
      await t.rejects(commitObservations(store, next), damaged, `a commit: ${record}`);
      await t.rejects(store.load(['sw-0']), damaged);
      await t.rejects(dueIn(store, LATER, 100), damaged, 'whoever looks for deadlines has it mended');
      t.strictSame(await keysOf(store), ['sw-1'], 'a list leaves it out');
      for await (const _ of store.recount(LATER));
    }
    t.strictSame(await mend(a), { found: hour === 1 ? ['device sw-0'] : [], setAside: ['sw-0'] }, record);
    t.strictSame(await mend(b), { found: [], setAside: [] }, 'the other instance finds it mended');
    await commitObservations(b, next);
    t.match((await a.load(['sw-0', 'sw-1'])).values(), new Set([{ messages: 1 }, { messages: others + 1 }]));
    hour++;
  }
  t.equal((await a.countDamaged()).device, 1, 'a name is told once');
  t.equal(await a.countSetAside(), BROKEN.length);
  t.match(await a.damaged(9), [{ table: 'device', name: 'sw-0', at: LATER }]);
  await a.forget(['sw-0'], LATER);
  t.equal((await b.countDamaged()).device, 0);
});

t.test('a deadline of a device that cannot be read ends no instance, nor does bringing over', skip, async (t) => {
  const url = await newDatabase();
  const store = await open(t, url, 'plant-a');
  await commitObservations(store, [observation('sw-0', 0, proof), observation('sw-1', 0, proof)]);
  await query(url, "UPDATE device SET record = '{}', deadline = 1, projected = 0 WHERE key = 'sw-0'");
  await t.rejects(dueIn(store, LATER, 100), damaged);
  while ((await store.bringMembersOver()) > 0);
  t.strictSame(await mend(store), { found: ['device sw-0'], setAside: ['sw-0'] });
  await dueIn(store, LATER, 100);
  t.strictSame(await keysOf(store), ['sw-1']);
});

function announced(device: string, text: string): Announcement {
  return {
    ...{ type: 'incident.opened', incident: `qv-${device}-1`, device, plant: null, at: T0, from: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text, record: null },
    ...{ disposition: null, pid: null, serial: null, release: null },
  };
}

const lossRow: LossRow = {
  ...{ peer: '192.0.2.9', name: 7, named: true, relay: 0, lines: 10, lastSeenAt: T0 },
  ...{ drops: null, counter: null, sequence: null },
};
const alertOf = (subject: string) => ({
  ...{ subject, device: null, plant: 'North', severity: 'major' as const, startsAt: T0, endsAt: null },
});

async function written(store: PostgresStore): Promise<void> {
  const random = new Random(7);
  for (let step = 0; step < STEPS; step++) await happen(store, random, step);
  const [incident] = (await store.incidents({ limit: 1 })).rows;
  await writeBatch(store, { ...noRows, devices: [], notes: [noteOf(incident?.device ?? '', 1)], now: T0 });
  const notices = devices.flatMap((device) =>
    ['first', 'second'].map((text) => ({ announcement: announced(device, text), sinks: ['pager'] })),
  );
  await writeBatch(store, { ...noRows, devices: [], notices, now: T0 });
  for (const { seq } of await store.outbox.due('pager', T0, 6))
    await store.outbox.settle(seq, { result: 'delivered' }, T0);
  await store.alerts.save('am', ['plant North', 'plant South'].map(alertOf), []);
  await store.sources.save([lossRow, { ...lossRow, name: 8 }]);
}

/** All that is answered out of these tables. */
async function seen(store: PostgresStore): Promise<Set<string>> {
  const rows: unknown[] = [];
  const incidents = await everyRow((after) => store.incidents({ after, limit: 100 }));
  for (const { device, id } of incidents) {
    const ordinal = Number(id.split('-').at(-1));
    rows.push(...(await store.transitions(device, ordinal)), ...(await store.notes(device, ordinal)));
    rows.push(...(await store.checkedEvidence(device, ordinal)), await store.incident(id));
  }
  rows.push(...incidents, ...(await everyRow((after) => store.messages({ after, limit: 100 }))));
  for (const device of devices) rows.push(...(await everyRow((after) => store.timeline({ device, after, limit: 50 }))));
  rows.push(...(await everyRow((after) => store.outbox.list({ after, limit: 100 }))));
  rows.push(...(await everyRow((after) => store.outbox.delivered({ after, limit: 100 }))));
  rows.push(...(await everyRow((after) => store.series({ now: LATER, after, limit: 100 }))));
  rows.push(...(await everyRow((after) => store.alerts.openIncidents({ after, limit: 100 }))));
  rows.push(...(await store.alerts.sent('am')), await store.sources.find('192.0.2.9', 7));
  rows.push(await store.sources.receivers?.told('192.0.2.9', 7));
  return new Set(rows.map((row) => JSON.stringify(row)).filter((row) => row !== 'null' && row !== '[]'));
}

type Row = { readonly table: CheckedTable; readonly column?: string; readonly where: string; readonly name: RegExp };
const first = (table: string, id = 'id') => `${id} = (SELECT min(${id}) FROM ${table})`;
const ROWS: readonly Row[] = [
  { table: 'incident', where: 'id = (SELECT min(id) FROM incident)', name: /^qv-sw-\d+-\d+$/ },
  { table: 'evidence', where: first('evidence'), name: /^sw-\d+, line \d+$/ },
  { table: 'transition', where: first('transition'), name: /^sw-\d+, change \d+$/ },
  { table: 'note', where: first('note'), name: /^sw-\d+, note \d+$/ },
  { table: 'notice', where: first('notice', 'seq'), name: /^pager, notice \d+$/ },
  { table: 'delivered', where: first('delivered', 'n'), name: /^pager, delivered notice \d+$/ },
  { table: 'inventory_change', where: first('inventory_change'), name: /^sw-\d+, inventory change \d+$/ },
  { table: 'alert', where: first('alert', 'key'), name: /^am, / },
  { table: 'source', where: 'name = 7', name: /^192\.0\.2\.9, 7, of plant-a$/ },
];

t.test('a row of each table that cannot be read is left out of every answer, and told once', skip, async (t) => {
  const url = await newDatabase();
  const [store, beside] = [await open(t, url, 'plant-a'), await open(t, url, 'plant-b')];
  await written(store);
  for (const { table, where, name } of ROWS) {
    const before = await seen(store);
    const [whole] = (await query(url, `SELECT record FROM ${table} WHERE ${where}`)).rows as { record: string }[];
    if (whole === undefined) {
      t.fail(`there is no row of ${table}`);
      continue;
    }
    for (const record of ['{}', '[1']) {
      await query(url, `UPDATE ${table} SET record = '${record}' WHERE ${where}`);
      for (const each of [store, beside]) {
        for (const row of await seen(each))
          if (!before.has(row) && table !== 'incident') t.fail(`${table}, ${record}: ${row.slice(0, 200)}`);
      }
    }
    const found = await mend(store);
    t.match(found, { found: [new RegExp(`^${table} `)], setAside: [] }, table);
    t.match(found.found[0]?.slice(table.length + 1), name);
    t.strictSame((await mend(beside)).found, [], `${table}: the other instance tells it no more`);
    await seen(store);
    await dueIn(store, T0, 1);
    await retained(store, LATER, HOUR);
    t.equal((await store.countDamaged())[table], 1);
  }
});

t.test('an incident of a device is made anew where its row cannot be read', skip, async (t) => {
  const url = await newDatabase();
  const store = await open(t, url, 'plant-a');
  await commitObservations(store, [observation('sw-0', 0, proof), observation('sw-0', 1, callHome)]);
  const before = await store.incident('qv-sw-0-1');
  t.ok(before);
  await query(url, "UPDATE incident SET record = '{}'");
  t.equal(await store.incident('qv-sw-0-1'), null);
  t.strictSame((await store.alerts.openIncidents({ limit: 9 })).rows, []);
  t.strictSame(await mend(store), { found: ['incident qv-sw-0-1'], setAside: [] });
  t.match(await store.incident('qv-sw-0-1'), { ...before, changedAt: Number });
  for await (const difference of store.recount(LATER)) t.fail(difference);
});

t.test('a notice that cannot be read holds up none behind it', skip, async (t) => {
  const url = await newDatabase();
  const store = await open(t, url, 'plant-a');
  const notices = ['first', 'second'].map((text) => ({ announcement: announced('sw-0', text), sinks: ['pager'] }));
  await writeBatch(store, { ...noRows, devices: [], notices, now: T0 });
  await query(url, "UPDATE notice SET record = '{}' WHERE seq = (SELECT min(seq) FROM notice)");
  t.strictSame(await store.outbox.due('pager', T0, 9), []);
  const [second, ...more] = await store.outbox.due('pager', T0, 9);
  t.match(second?.announcement, { text: 'second' });
  t.strictSame(more, []);
  t.match(await store.outbox.counts(), [{ pending: 1, dead: 1 }], 'and it is kept');
  t.match((await mend(store)).found, [/^notice pager, notice \d+$/]);
});

t.test('what another instance has stored and cannot be read ends nothing here', skip, async (t) => {
  const url = await newDatabase();
  const [a, b] = [await open(t, url, 'plant-a'), await open(t, url, 'plant-b')];
  await b.others.next();
  await commitObservations(a, [observation('sw-0', 0, proof), observation('sw-1', 0, proof)]);
  await query(url, "UPDATE transition SET record = '{}' WHERE device = 'sw-0'");
  t.strictSame(
    (await b.others.next()).changes.map(({ of }) => of.device),
    ['sw-1'],
  );
});
