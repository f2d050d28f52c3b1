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
