/** What several receivers know of one sender is one answer: what another one has heard is not lost. */
import fc from 'fast-check';
import t from 'tap';
import { nameHash } from '../../../src/core/decode/name-hash.ts';
import { newNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { LossLedger } from '../../../src/core/loss/ledger.ts';
import { joinReceivers } from '../../../src/core/loss/receivers.ts';
import { lossText } from '../../../src/core/loss/wording.ts';
import { T0 } from '../../given.ts';

const PEER = '192.0.2.7';
const name = nameHash('sw-a');

/** What a receiver knows that has got lines with these counters, a second apart. */
function lossOf(counters: readonly number[]) {
  const ledger = new LossLedger();
  for (const counter of counters) ledger.note(PEER, { ...newNumbers(), name, counter }, T0 + counter * 1000);
  return ledger.lossOf(PEER, name, null);
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const joined = (feed: 'copies' | 'shared', ...heard: readonly (readonly number[])[]) =>
  joinReceivers(
    heard.map((counters, index) => ({ receiver: `plant-${'abc'[index]}-1`, loss: lossOf(counters) })),
    feed,
  );

t.test('joinReceivers() counts no line as lost that one receiver of copies has', async (t) => {
  const [all, some] = [range(0, 1204), [...range(5000, 5600), ...range(5617, 6204)]];
  const loss = joined('copies', all, some);
  t.match(loss, { received: 1204, lost: 0, atMost: false, completeness: 1, reliable: true });
  t.match(lossText(loss), 'completeness 100 %): at plant-a-1 all of 1204, at plant-b-1 1187 of 1204');
  t.match(joined('copies', [...range(0, 10), ...range(12, 40)], [...range(0, 20), ...range(25, 40)]), {
    ...{ received: 38, lost: 2, atMost: true },
  });
});

t.test('joinReceivers() adds the lines of one sender that a balancer has dealt to several receivers', async (t) => {
  t.match(joined('shared', [...range(0, 100), ...range(200, 300)], range(100, 200)), { received: 300, lost: 0 });
  t.match(joined('shared', range(0, 100), range(120, 200)), { received: 180, lost: 20, completeness: 0.9 });
  t.match(joined('shared', range(0, 100), range(9_000_000, 9_000_050)), { lost: null, why: 'receivers' });
  t.match(lossText(joined('shared', range(0, 9), range(9_000_000, 9_000_050))), 'do not fit each other');
});

t.test('joinReceivers() says that a receiver may have what it has not told, as one that was killed', async (t) => {
  const shared = (completeUntil: number, moved: readonly number[], ...later: readonly (readonly number[])[]) =>
    joinReceivers(
      [
        { receiver: 'a', loss: lossOf(range(0, 100)), completeUntil: T0 + completeUntil * 1000 },
        { receiver: 'b', loss: lossOf(moved) },
        ...later.map((counters) => ({ receiver: 'c', loss: lossOf(counters) })),
      ],
      'shared',
    );
  t.match(shared(100, range(180, 300)), { received: 220, lost: 80, atMost: true });
  t.match(lossText(shared(100, range(180, 300))), /^at most 80 lines .* at least 73\.3 %/);
  t.match(shared(200, range(180, 300)), { lost: 80, atMost: false }, 'it has told since the sender was moved');
  t.match(shared(100, range(100, 300)), { lost: 0, atMost: false }, 'nothing is missing');
  t.match(shared(50, range(180, 300), range(100, 180)), { lost: 0, atMost: false });
  t.match(shared(90, [...range(0, 10), ...range(150, 300)]), { atMost: true }, 'a sender that was moved to and fro');
});

t.test('joinReceivers() finds what is missing of a series, however its lines are dealt and lost', async () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'lost'), { minLength: 30, maxLength: 200 }), (fates) => {
      const at = (who: string) => fates.flatMap((fate, number) => (fate === who ? [number] : []));
      const [a, b] = [at('a'), at('b')];
      if (a.length < 2 || b.length < 2) return true;
      const heard = [...a, ...b];
      const span = Math.max(...heard) - Math.min(...heard) + 1;
      const loss = joined('shared', a, b);
      // A receiver may have taken equal steps for the way that its sender counts.
      return loss.why !== null || (loss.received === heard.length && loss.lost === span - heard.length);
    }),
  );
});

t.test('joinReceivers() tells what one receiver knows where no other one does', async (t) => {
  t.match(joined('copies', range(0, 10), []), { received: 10, lost: 0, reliable: true });
  t.match(joined('shared', [], []), { reliable: false, why: 'unseen' });
});
