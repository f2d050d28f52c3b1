/** The order by numbers is the same by the fast comparison of two counters as by the lists of all their ways. */
import fc from 'fast-check';
import t from 'tap';
import { byNumber, contradicts } from '../../../src/core/correlate/number-order.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { observed, T0 } from '../../given.ts';

const line = fc.record({
  minute: fc.integer({ min: 0, max: 90 }),
  way: fc.constantFrom('a', 'b', null),
  counter: fc.option(fc.integer({ min: limits.numberLeast - 2, max: limits.numberLeast + 2 * limits.countersNear })),
  sequence: fc.option(fc.integer({ min: limits.numberLeast - 2, max: limits.numberLeast + 2 * limits.sequencesNear }), {
    freq: 1,
  }),
});
const history = fc
  .array(line, { minLength: 2, maxLength: 12 })
  .map((lines) =>
    lines
      .sort((a, b) => a.minute - b.minute)
      .map(({ minute, ...numbers }, index) =>
        observed(T0 + minute * 60_000 + index, { ...numbers, mnemonic: `M${index}` }),
      ),
  );

t.test('byNumber() and contradicts() say the same of a line that may have copies and has none', async (t) => {
  let moved = 0;
  fc.assert(
    fc.property(history, (plain) => {
      const listed = plain.map((signal) => ({ ...signal, copies: [] }));
      const order = byNumber(plain);
      if (order !== plain) moved++;
      t.same(
        order.map(({ at, counter }) => [at, counter]),
        byNumber(listed).map(({ at, counter }) => [at, counter]),
      );
      const [last, lastListed] = [plain.at(-1), listed.at(-1)];
      if (last === undefined || lastListed === undefined) return;
      t.equal(contradicts(plain.slice(0, -1), last), contradicts(listed.slice(0, -1), lastListed));
    }),
  );
  t.ok(moved > 0, 'some histories have lines that their numbers move');
});
