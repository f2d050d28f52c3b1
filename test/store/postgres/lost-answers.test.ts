/** The answer to a COMMIT is lost: what was decided counts once, also where the server is gone for a moment. */
import t, { type Test } from 'tap';
import type { Known } from '../../../src/core/correlate/correlated.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { openPostgres } from '../../../src/store/postgres/open.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory } from '../../given.ts';
import { aboutOf, commitObservations, decided } from '../stores.ts';
import { callHome, observation } from '../written.ts';
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
