/** What instances tell each other of the lines that they have heard, and of those that they have missed. */
import t from 'tap';
import { nameHash } from '../../../src/core/decode/name-hash.ts';
import { newNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { LossLedger } from '../../../src/core/loss/ledger.ts';
import { lossesOfReceivers } from '../../../src/operate/receiver-losses.ts';
import { postgresEngine } from '../../../src/store/open-store.ts';
import type { Receivers } from '../../../src/store/ports/loss-sources.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, event, observed, T0 } from '../../given.ts';
import { commitObservations } from '../stores.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const [PEER, name] = ['192.0.2.7', nameHash('sw-a')];

function heard(...counters: number[]): LossLedger {
  const ledger = new LossLedger();
  for (const counter of counters) ledger.note(PEER, { ...newNumbers(), name, counter }, T0 + counter * 1000);
  return ledger;
}

async function two(t: { teardown(end: () => unknown): void }): Promise<[Store, Store]> {
  const url = await newDatabase();
  const open = (instance: string) => postgresEngine({ url, instance }).open(projectionOf(advisory), 'write');
  const [a, b] = [await open('plant-a'), await open('plant-b')];
  t.teardown(() => Promise.all([a.close(), b.close()]));
  return [a, b];
}

t.test('the loss of a sender is that of all instances', { skip: skipWithoutPostgres }, async (t) => {
  const [a, b] = await two(t);
  const [ofA, ofB] = [heard(1, 2, 3, 4, 5, 6), heard(1, 2, 5, 6)];
  await a.sources.receivers?.tell([...ofA.rows()]);
  await b.sources.receivers?.tell([...ofB.rows()]);
  const question = [{ peer: PEER, name, since: null }];
  const receivers = b.sources.receivers as Receivers;
  const ask = async () => question.map((each) => ofB.lossOf(each.peer, each.name, each.since));
  const losses = lossesOfReceivers({ receivers, feed: () => 'copies', own: { instance: 'plant-b', ask } });
  t.match(await losses(question), [{ received: 6, lost: 0 }]);
  t.match(
    await lossesOfReceivers({ receivers, feed: () => 'copies' })(question),
    [{ received: 6, lost: 0 }],
    'without a service',
  );
  t.strictSame(await a.sources.takeAll(), [], 'after a crash, what was told is outdated');
  await b.sources.save([...ofB.rows()]);
  t.match(await b.sources.takeAll(), [{ peer: PEER, name }], 'after a stop it is not');
});

t.test(
  'what an instance has told is complete until half a minute before it was last heard of, and whole at its stop',
  {
    skip: skipWithoutPostgres,
  },
  async (t) => {
    const url = await newDatabase();
    const open = () => postgresEngine({ url, instance: 'plant-a' }).open(projectionOf(advisory), 'service');
    const a = await open();
    const until = async () => (await a.sources.receivers?.told(PEER, name))?.map(({ completeUntil }) => completeUntil);
    await a.sources.receivers?.tell([...heard(1, 2, 3, 4, 5).rows()]);
    await query(url, `UPDATE peer_instance SET heard_at = to_timestamp(${(T0 + 60_000) / 1000})`);
    t.strictSame(await until(), [T0 + 60_000 - 35_000]);
    await a.sources.save([...heard(1, 2, 3, 4, 5, 6).rows()]);
    t.strictSame(await until(), [undefined]);
    await a.close();
  },
);

t.test('a gap of one instance that another one has heard is no gap', { skip: skipWithoutPostgres }, async (t) => {
  const [a, b] = await two(t);
  await commitObservations(a, [event(observed(T0), { origin: 'sw-a', peer: PEER })]);
  const gap = (from: number, to: number, lost: number) => ({
    ...{ peer: PEER, name, from: T0 + from * 1000, to: T0 + to * 1000, lost, atMost: false },
  });
  await a.gaps.add([gap(100, 200, 5)]);
  await a.gaps.add([gap(9000, 9100, 7)]);
  const shown = async () => {
    const { rows } = await b.timeline({ device: 'sw-a', limit: 9, kinds: ['gap'] });
    return rows.map((row) => (row.kind === 'gap' ? row.gap.lost : null));
  };
  t.strictSame(await shown(), [7, 5]);
  await b.sources.receivers?.tell([...heard(...Array.from({ length: 400 }, (_, at) => at)).rows()]);
  t.strictSame(await shown(), [7], 'the other one was there');
  await b.gaps.add([gap(150, 160, 2)]);
  t.strictSame(await shown(), [7, 5, 2], 'and has missed some, too');
});
