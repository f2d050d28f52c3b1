import fc from 'fast-check';
import t from 'tap';
import type { SignalEvent } from '../../src/core/model/device-state.ts';
import { GenerationalCache } from '../../src/core/model/generational-cache.ts';
import { limits } from '../../src/core/model/limits.ts';
import { changeOfTail, newTail, type TailChange } from '../../src/store/sqlite/tail-blocks.ts';
import { observed, T0 } from '../given.ts';

/** What may happen to a tail between two commits: signals settle, one comes late, many come. */
const steps = fc.array(
  fc.record({ settled: fc.nat(20), late: fc.option(fc.nat(40), { freq: 4 }), added: fc.nat(24) }),
  { minLength: 1, maxLength: 25 },
);

t.test('changeOfTail() leaves rows that give the next tail, whatever happened to it', async () => {
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

t.test('changeOfTail() leaves the rows alone where signals are only added and settled', async (t) => {
  const many = Array.from({ length: 3 * limits.recentBlock }, (_, index) => observed(T0 + index));
  const stored = newTail(many);
  t.match(stored, { added: many, recent: [], blocks: { sizes: [many.length], settled: 0 } });
  const one = observed(T0 + many.length);
  const next = changeOfTail(many, stored.blocks, [...many.slice(2), one]);
  t.same(next, { first: 0, last: 0, added: [], recent: [one], blocks: { sizes: [many.length], settled: 2 } });
  t.match(changeOfTail([...many.slice(2), one], next.blocks, [one]), { first: 1, last: 0, added: [], recent: [one] });
});

t.test('Recent holds what was used last, within its bounds', async (t) => {
  const recent = new GenerationalCache<string, string>(8, ({ length }) => length, 100);
  const keys = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const key of keys) {
    recent.set(key, key);
    t.equal(recent.get('0'), '0', 'what is asked for all the time stays');
  }
  const held = keys.filter((key) => recent.get(key) !== undefined);
  t.ok(held.length <= 8 && held.includes('19'), `${held}`);
  recent.set('long', 'x'.repeat(51));
  t.equal(recent.get('long'), undefined, 'what is more than half of the weight is never held');
  recent.set('19', 'nineteen');
  t.equal(recent.get('19'), 'nineteen');
  recent.delete('19');
  t.equal(recent.get('19'), undefined);
  recent.set('a', 'a');
  recent.clear();
  t.equal(recent.get('a'), undefined);
});
