/** Each instance tells what the others have decided, each change once. */
import pg from 'pg';
import t, { type Test } from 'tap';
import { type InventoryRow, inventoryRow } from '../../../src/core/model/inventory.ts';
import { Operations } from '../../../src/operate/operations.ts';
import { postgresEngine } from '../../../src/store/open-store.ts';
import type { OtherInstances } from '../../../src/store/ports/others.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { PostgresDamage } from '../../../src/store/postgres/damage.ts';
import { PostgresOthers } from '../../../src/store/postgres/others.ts';
import { type Session, sessionOf, types } from '../../../src/store/postgres/session.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, T0 } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { callHome, noteOf, observation, proof } from '../written.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };

async function two(t: Test): Promise<{ url: string; a: Store; b: Store }> {
  const url = await newDatabase();
  const open = (instance: string) => postgresEngine({ url, instance }).open(projectionOf(advisory), 'write');
  const [a, b] = [await open('plant-a'), await open('plant-b')];
  t.teardown(() => Promise.all([a.close(), b.close()]));
  return { url, a, b };
}
const othersOf = ({ others }: Store) => others as OtherInstances;

t.test('next() gives what another instance has stored, once, and nothing of its own or of before', skip, async (t) => {
  const { a, b } = await two(t);
  await commitObservations(a, [observation('sw-old', 0, callHome), observation('sw-old', 0.1, proof)]);
  t.strictSame(await othersOf(b).next(), { changes: [], notes: [], acts: [], devices: [] });
  await othersOf(a).next();
  await commitObservations(a, [observation('sw-a', 1, callHome), observation('sw-a', 1.1, proof)], {
    notes: [noteOf('sw-a', 1, { kind: 'acknowledged', by: 'kim' })],
  });
  const { changes, notes, devices } = await othersOf(b).next();
  t.match(changes[0], { instance: 'plant-a', of: { device: 'sw-a', ordinal: 1, type: 'IncidentConfirmed' } });
  t.match(notes, [{ instance: 'plant-a', of: { kind: 'acknowledged', by: 'kim' } }]);
  t.strictSame(devices, ['sw-a']);
  t.match(await othersOf(b).next(), { changes: [], notes: [], acts: [], devices: [] });
  t.match(await othersOf(a).next(), { changes: [], notes: [], acts: [], devices: [] });
});

t.test(
  'next() gives what people did with devices: another row, also without a change of an incident, and devices that are gone',
  skip,
  async (t) => {
    const { a, b } = await two(t);
    await othersOf(b).next();
    const operations = new Operations({ store: a, advisory, now: () => T0, onCommit: () => {} });
    const row = inventoryRow({ hostname: 'sw-a', plant: 'North' }) as InventoryRow;
    const rows = [{ row, columns: ['plant'] as const }];
    await operations.import({ rows });
    const imported = { by: null, at: T0, devices: ['sw-a'] };
    t.match(await othersOf(b).next(), { changes: [], notes: [], acts: [{ instance: 'plant-a', of: imported }] });
    await operations.import({ rows });
    t.strictSame((await othersOf(b).next()).acts, [], 'what changes nothing is not told');
    await operations.forget(['sw-a'], 'kim', 'scrapped');
    t.strictSame((await othersOf(b).next()).acts, [{ instance: 'plant-a', of: { ...imported, by: 'kim' } }]);
    t.strictSame((await othersOf(a).next()).acts, []);
  },
);

t.test('next() gives a change whose transaction commits after that of a later one', skip, async (t) => {
  const { url, a, b } = await two(t);
  await othersOf(b).next();
  const slow = new pg.Client({ connectionString: url });
  await slow.connect();
  t.teardown(() => slow.end());
  await slow.query('BEGIN');
  const record = JSON.stringify({ type: 'IncidentSuspected', at: 1 });
  await slow.query(
    `INSERT INTO transition (instance, device, ordinal, at, decided_at, record) VALUES ('plant-c', 'sw-slow', 1, 1, 1, $1)`,
    [record],
  );
  await commitObservations(a, [observation('sw-a', 0, callHome), observation('sw-a', 0.1, proof)]);
  const devices = async () => (await othersOf(b).next()).changes.map(({ of }) => of.device);
  t.strictSame([...new Set(await devices())], ['sw-a']);
  await slow.query('COMMIT');
  t.strictSame(await devices(), ['sw-slow']);
  t.strictSame(await devices(), []);
});

/** Looks at the tables by a connection of its own, at times that the test says. */
async function looking(t: Test, url: string) {
  const client = new pg.Client({ connectionString: url, types });
  await client.connect();
  t.teardown(() => client.end());
  const real = sessionOf(client);
  const state = { now: 0, failing: '' };
  const session: Session = {
    ...real,
    rows: (sql, ...values) =>
      state.failing !== '' && sql.includes(state.failing)
        ? Promise.reject(new Error('cut'))
        : real.rows(sql, ...values),
  };
  const present = { judgeBy: async () => {}, instances: async () => [], noteClock: () => {} };
  const others = new PostgresOthers(session, 'plant-b', () => state.now, present, new PostgresDamage());
  await others.next();
  const devices = async (now: number) => {
    state.now = now;
    return (await others.next()).changes.map(({ of }) => of.device);
  };
  return { state, devices };
}

const manyChanges = (count: number) =>
  `INSERT INTO transition (instance, device, ordinal, at, decided_at, record)
   SELECT 'plant-a', 'sw-' || n, 1, 1, 1, '{"type":"IncidentSuspected","at":1}' FROM generate_series(1, ${count}) AS n`;

t.test('next() gives all changes of a storm, each once', skip, async (t) => {
  const { url } = await two(t);
  const { devices } = await looking(t, url);
  await query(url, manyChanges(25_000));
  const told = await devices(1000);
  t.equal(told.length, 25_000);
  t.equal(new Set(told).size, 25_000);
  for (const now of [2000, 22_000, 43_000, 64_000]) t.strictSame(await devices(now), []);
});

t.test('next() gives what a look that failed has not given, however long that lasts', skip, async (t) => {
  const { url } = await two(t);
  const { state, devices } = await looking(t, url);
  await query(url, manyChanges(3));
  for (const [now, failing] of [
    [1000, 'FROM evidence WHERE'],
    [30_000, 'FROM transition WHERE'],
    [60_000, 'FROM transition WHERE'],
  ] as const) {
    state.failing = failing;
    await t.rejects(devices(now), { message: 'cut' });
  }
  state.failing = '';
  t.strictSame(await devices(90_000), ['sw-1', 'sw-2', 'sw-3']);
  t.strictSame(await devices(91_000), []);
});
