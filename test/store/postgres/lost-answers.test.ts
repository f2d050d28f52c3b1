/** The answer to a COMMIT is lost: what was decided counts once, also where the server is gone for a moment. */
import t, { type Test } from 'tap';
import type { Known } from '../../../src/core/correlate/correlated.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { openPostgres } from '../../../src/store/postgres/open.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, T0 } from '../../given.ts';
import { aboutOf, commitObservations, decided, noRows } from '../stores.ts';
import { callHome, observation, proof } from '../written.ts';
import { Between } from './between.ts';
import { newDatabase, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const deadlines = { statementMs: 300_000, lockMs: 300_000, idleMs: 300_000, answerMs: 300_000 };
const lost = { code: 'QVW_DATABASE_FAILED', retryable: true };

async function opened(t: Test): Promise<{ between: Between; store: Store }> {
  const between = new Between();
  const url = await between.start(await newDatabase());
  const store = await openPostgres(url, projectionOf(advisory), { instance: 'a', deadlines });
  t.teardown(async () => {
    await store.close();
    await between.stop();
  });
  return { between, store };
}

/** A batch as the pump has it: the same object each time. `folds`: what its decisions were made on. */
function batchOf(store: Store, hour: number) {
  const observations = [observation('sw-a', hour, callHome)];
  const [about, folds] = [aboutOf(observations), [] as Known[]];
  const commit = () =>
    store.commit(about, (known) => {
      folds.push(known);
      return decided(known, observations, {});
    });
  return { commit, folds };
}

const messages = async (store: Store) => (await store.load(['sw-a'])).get('sw-a')?.messages;

t.test('with the server there, nobody notices', skip, async (t) => {
  const { between, store } = await opened(t);
  between.cut('open');
  await batchOf(store, 0).commit();
  t.ok(between.hasCut);
  t.equal(await messages(store), 1);
});

t.test('with the server gone, the same batch again is not decided again', skip, async (t) => {
  const { between, store } = await opened(t);
  const { commit, folds } = batchOf(store, 0);
  between.cut('gone');
  await t.rejects(commit(), lost);
  t.ok(between.hasCut);
  await t.rejects(commit(), lost, 'still gone');
  between.state = 'open';
  await commit();
  t.equal(await messages(store), 1);
  t.equal(folds.at(-1), folds[0], 'what was decided is told again, on what was known then');
  await batchOf(store, 1).commit();
  t.equal(await messages(store), 2, 'another batch counts');
});

t.test('another turn in between changes nothing of it', skip, async (t) => {
  const { between, store } = await opened(t);
  const { commit } = batchOf(store, 0);
  between.cut('gone');
  await t.rejects(commit(), lost);
  between.state = 'open';
  await commitObservations(store, [observation('sw-b', 0, callHome)]);
  await commit();
  t.equal(await messages(store), 1);
});

t.test('a COMMIT that did not reach the server is done by the next try', skip, async (t) => {
  const { between, store } = await opened(t);
  const { commit } = batchOf(store, 0);
  between.cut('gone', { isDelivered: false });
  await t.rejects(commit(), lost);
  t.ok(between.hasCut);
  between.state = 'open';
  await commitObservations(store, [observation('sw-b', 0, callHome)]);
  t.equal(await messages(store), undefined);
  await commit();
  t.equal(await messages(store), 1);
});

t.test('what became of devices whose time had come is told by the next call about the same', skip, async (t) => {
  const { between, store } = await opened(t);
  await commitObservations(store, [observation('sw-a', 0, callHome), observation('sw-a', 0.1, proof)]);
  const version = async () => (await store.load(['sw-a'])).get('sw-a')?.version;
  const before = (await version()) ?? 0;
  const folds: string[][] = [];
  const about = {};
  const due = (of: object = about) =>
    store.due(
      T0 + 1e12,
      9,
      (devices) => {
        folds.push([...devices.keys()]);
        return { ...noRows, devices: [...devices.values()], now: T0 };
      },
      of,
    );
  between.cut('gone');
  await t.rejects(due(), lost);
  between.state = 'open';
  t.ok(await due());
  t.equal(await version(), before + 1, 'it is stored once');
  t.strictSame(folds, [['sw-a'], ['sw-a']], 'and told');
  await due({});
  t.equal(await version(), before + 2);
});
