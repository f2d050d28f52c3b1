import fc from 'fast-check';
import t from 'tap';
import { GenerationalCache } from '../../../src/core/model/generational-cache.ts';

t.test(
  'GenerationalCache.get() finds the last keys set or read, up to half of the bound; size never exceeds the bound',
  async (t) => {
    const SIZE = 8;
    const action = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const cache = new GenerationalCache<number, string>(2 * SIZE);
        let last: number[] = [];
        for (const [sets, key] of actions) {
          const value = cache.get(key);
          if (value === undefined ? last.includes(key) : value !== `value of ${key}`) return false;
          if (sets) cache.set(key, `value of ${key}`);
          if (cache.size > 2 * SIZE) return false;
          if (sets || value !== undefined) last = [...last.filter((other) => other !== key), key].slice(-SIZE);
        }
        return true;
      }),
    );
    t.pass();
  },
);

t.test('GenerationalCache keeps the entries used last, within its bounds', async (t) => {
  const cache = new GenerationalCache<string, string>(8, ({ length }) => length, 100);
  const keys = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const key of keys) {
    cache.set(key, key);
    t.equal(cache.get('0'), '0', 'an entry that is read all the time stays');
  }
  const kept = keys.filter((key) => cache.get(key) !== undefined);
  t.ok(kept.length <= 8 && kept.includes('19'), `${kept}`);
  cache.set('long', 'x'.repeat(51));
  t.equal(cache.get('long'), undefined, 'an entry of more than half of the weight is never kept');
  cache.set('19', 'nineteen');
  t.equal(cache.get('19'), 'nineteen');
  cache.delete('19');
  t.equal(cache.get('19'), undefined);
  cache.set('a', 'a');
  cache.clear();
  t.equal(cache.get('a'), undefined);
});
