import fc from 'fast-check';
import t from 'tap';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { changeOfTail, newTail, type TailChange } from '../../../src/store/codec/tail-blocks.ts';
import { observed, T0 } from '../../given.ts';

/** What may happen to a tail between two commits: signals settle, one comes late, many come. */
const steps = fc.array(
  fc.record({ settled: fc.nat(20), late: fc.option(fc.nat(40), { freq: 4 }), added: fc.nat(24) }),
  { minLength: 1, maxLength: 25 },
);

t.test('changeOfTail() gives rows of the next tail, after any change of the tail', async () => {
  fc.assert(
    fc.property(steps, (story) => {
      let tail: readonly SignalEvent[] = [];
      let rows: (readonly SignalEvent[])[] = [];
      let change: TailChange = newTail(tail);
      for (const { settled, late, added } of story) {
        const next = tail.slice(Math.min(settled, Math.max(0, tail.length - 1)));
        if (late !== null) next.splice(Math.min(late, next.length), 0, observed(T0));
        for (let more = 0; more < added; more++) next.push(observed(T0));
        change = changeOfTail(tail, change.blocks, next);
        rows = rows.slice(change.first, rows.length - change.last);
        if (change.added.length > 0) rows.push(change.added);
        const stored = [...rows.flat().slice(change.blocks.settled), ...change.recent];
        if (stored.length !== next.length || stored.some((signal, index) => signal !== next[index])) return false;
        if (rows.map(({ length }) => length).join() !== change.blocks.sizes.join()) return false;
        if (change.recent.length > limits.recentBlock) return false;
        tail = next;
      }
      return true;
    }),
  );
});

t.test('changeOfTail() changes no row if signals are only added and settled', async (t) => {
  const many = Array.from({ length: 3 * limits.recentBlock }, (_, index) => observed(T0 + index));
  const stored = newTail(many);
  t.match(stored, { added: many, recent: [], blocks: { sizes: [many.length], settled: 0 } });
  const one = observed(T0 + many.length);
  const next = changeOfTail(many, stored.blocks, [...many.slice(2), one]);
  t.same(next, { first: 0, last: 0, added: [], recent: [one], blocks: { sizes: [many.length], settled: 2 } });
  t.match(changeOfTail([...many.slice(2), one], next.blocks, [one]), { first: 1, last: 0, added: [], recent: [one] });
});
