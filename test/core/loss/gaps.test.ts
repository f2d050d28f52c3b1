import fc from 'fast-check';
import t from 'tap';
import { NO_NAME, nameHash } from '../../../src/core/decode/name-hash.ts';
import { type Numbers, newNumbers } from '../../../src/core/decode/quick-numbers.ts';
import type { Gap } from '../../../src/core/loss/gaps.ts';
import { LossLedger } from '../../../src/core/loss/ledger.ts';
import { lossLimits } from '../../../src/core/loss/loss-limits.ts';
import { T0 } from '../../given.ts';
import { arrivals, fates } from './channel.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
t.comment(`SEED=${seed}`);

const PEER = '192.0.2.7';
const name = nameHash('sw-a');
const numbered = (counter: number, over: Partial<Numbers> = {}): Numbers => ({
  ...{ ...newNumbers(), name, counter },
  ...over,
});

/** A ledger that has noted these counters, a second apart. */
function noted(counters: readonly number[], ledger = new LossLedger(), start = T0): LossLedger {
  for (const [index, counter] of counters.entries()) ledger.note(PEER, numbered(counter), start + index * 1000);
  return ledger;
}

t.test('LossLedger.takeGaps() gives each gap once, when no late line can fill it any more', async (t) => {
  const ledger = noted([1, 2, 15]);
  t.strictSame(ledger.takeGaps(T0 + 2000 + lossLimits.reorderMs), [], 'a late line may come');
  const gap = { peer: PEER, name, from: T0 + 1000, to: T0 + 2000, lost: 12, atMost: false };
  t.strictSame(ledger.takeGaps(T0 + 2001 + lossLimits.reorderMs), [gap]);
  t.strictSame(ledger.takeGaps(T0 + 2002 + lossLimits.reorderMs, { all: true }), []);
  t.strictSame(noted([1, 2, 15]).takeGaps(T0 + 2000, { all: true }), [gap], 'all of them at the end');
  t.strictSame(noted([1, 2, 15]).takeGaps(T0 - 1), [gap], 'after a step of the clock');
});

t.test('LossLedger.takeGaps() leaves out what late lines have filled, and joins what is lost together', async (t) => {
  const late = new LossLedger();
  for (const [index, counter] of [1, 2, 5, 4, 3, 6].entries()) late.note(PEER, numbered(counter), T0 + index);
  t.strictSame(late.takeGaps(T0 + 60_000), []);
  t.match(noted([1, 3, 4, 6, 7]).takeGaps(T0 + 60_000), [{ from: T0, to: T0 + 3000, lost: 2 }]);
  const flapping = noted(Array.from({ length: 400 }, (_, index) => index + (index >> 2) * 3));
  const gaps: Gap[] = flapping.takeGaps(T0 + 399_000);
  t.match(gaps, [{ lost: 297 }], 'lines that are lost for minutes are told of while they are lost');
});

t.test('LossLedger.takeGaps() says nothing of restarts, and of two senders under one name', async (t) => {
  t.strictSame(noted([500, 501, 502, 1, 2, 3]).takeGaps(T0, { all: true }), []);
  const two = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 1000 : 9000) + (index >> 1));
  const told = noted(two).takeGaps(T0 + 1e6, { all: true });
  t.strictSame(told, []);
});

t.test('LossLedger.takeGaps() marks an upper bound, and finds what was lost while the service was down', async (t) => {
  const sequences = new LossLedger();
  for (const [index, sequence] of [1, 2, 9].entries())
    sequences.note(PEER, { ...newNumbers(), name: NO_NAME, sequence }, T0 + index);
  t.match(sequences.takeGaps(T0, { all: true }), [{ name: NO_NAME, lost: 6, atMost: true }]);
  const again = new LossLedger();
  again.restore(noted([1, 2, 3, 4, 5]).rows());
  noted([106, 107], again, T0 + 3_600_000);
  t.match(again.takeGaps(T0, { all: true }), [{ from: T0 + 4000, to: T0 + 3_601_000, lost: 100 }]);
});

t.test(
  'The gaps of a device add up to what the ledger counts as lost, however lines come and gaps are taken',
  async (t) => {
    fc.assert(
      fc.property(fates({ minLength: 3, maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (list, every) => {
        const ledger = new LossLedger();
        const gaps: Gap[] = [];
        let end = T0;
        for (const [index, { number, at }] of arrivals(list, 1000).entries()) {
          ledger.note(PEER, numbered(number), at);
          if (index % every === 0) gaps.push(...ledger.takeGaps(at));
          end = at;
        }
        gaps.push(...ledger.takeGaps(end, { all: true }));
        const { lost } = ledger.lossOf(PEER, name, null);
        if (lost === null) return;
        t.equal(
          gaps.reduce((sum, gap) => sum + gap.lost, 0),
          lost,
        );
        t.ok(gaps.every(({ from, to }) => from <= to));
      }),
      { seed, numRuns: 200 },
    );
  },
);
