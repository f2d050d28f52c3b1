import fc from 'fast-check';
import t from 'tap';
import { GenerationalCache } from '../../../src/core/model/generational-cache.ts';

t.test(
  'Recent has half as many as its bound of the keys that were set or asked for last, and never more than its bound',
  async (t) => {
    const SIZE = 8;
    const act = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const recent = new GenerationalCache<number, string>(2 * SIZE);
        let lately: number[] = [];
        for (const [sets, key] of acts) {
          const value = recent.get(key);
          if (value === undefined ? lately.includes(key) : value !== `value of ${key}`) return false;
          if (sets) recent.set(key, `value of ${key}`);
          if (recent.size > 2 * SIZE) return false;
          if (sets || value !== undefined) lately = [...lately.filter((other) => other !== key), key].slice(-SIZE);
        }
        return true;
      }),
    );
    t.pass();
  },
);

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
