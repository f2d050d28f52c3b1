/** Each instance tells what the others have decided, each change once. */
import pg from 'pg';
import t, { type Test } from 'tap';
import { postgresEngine } from '../../../src/store/open-store.ts';
import type { OtherInstances } from '../../../src/store/ports/others.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { callHome, noteOf, observation, proof } from '../written.ts';
import { newDatabase, skipWithoutPostgres } from './cluster.ts';

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
  t.strictSame(await othersOf(b).next(), { changes: [], notes: [], devices: [] });
  await othersOf(a).next();
  await commitObservations(a, [observation('sw-a', 1, callHome), observation('sw-a', 1.1, proof)], {
    notes: [noteOf('sw-a', 1, { kind: 'acknowledged', by: 'kim' })],
  });
  const { changes, notes, devices } = await othersOf(b).next();
  t.match(changes[0], { instance: 'plant-a', of: { device: 'sw-a', ordinal: 1, type: 'IncidentConfirmed' } });
  t.match(notes, [{ instance: 'plant-a', of: { kind: 'acknowledged', by: 'kim' } }]);
  t.strictSame(devices, ['sw-a']);
  t.match(await othersOf(b).next(), { changes: [], notes: [], devices: [] });
  t.match(await othersOf(a).next(), { changes: [], notes: [], devices: [] });
});

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
