/** Each receiver and each sender is a way of its own, which a counter belongs to. */
import t from 'tap';
import { liveTime } from '../../src/core/read/event-time.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, BODIES, frameOf, T0 } from '../given.ts';

/** `counter: sw-a: STAMP: %…`, as it was received. */
const line = (counter: number, stamp: string) => `<187>${counter}: sw-a: ${stamp}: ${BODIES.callHome205}`;
const DATED = 'Feb  5 2022 05:59:58.120 UTC';

async function messages(...received: readonly (readonly [receiver: string, peer: string, text: string])[]) {
  const store = new MemoryStore(projectionOf(advisory));
  for (const [receiver, peer, text] of received) {
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0, receiver });
    await pipeline.run([frameOf(text, { peer })], T0);
  }
  return (await store.load(['sw-a'])).get('sw-a')?.messages;
}

t.test(
  'a line with two counters counts once by two receivers, or by two senders to one, and twice by one way',
  async (t) => {
    const [direct, relay] = ['192.0.2.7', '192.0.2.99'];
    t.equal(await messages(['a', direct, line(100, DATED)], ['b', direct, line(7, DATED)]), 1);
    t.equal(await messages(['', direct, line(100, DATED)], ['', relay, line(7, DATED)]), 1);
    t.equal(await messages(['', direct, line(100, DATED)], ['', direct, line(101, DATED)]), 2);
  },
);

t.test('a line with an uptime in place of a date counts once by two receivers', async (t) => {
  t.equal(await messages(['a', '192.0.2.7', line(100, '1d02h')], ['b', '192.0.2.7', line(7, '1d02h')]), 1);
  t.equal(await messages(['a', '192.0.2.7', line(100, '1d02h')], ['b', '192.0.2.7', line(7, '1d03h')]), 2);
});
