import fc from 'fast-check';
import t from 'tap';
import { lossLimits } from '../../../src/core/loss/loss-limits.ts';
import { isReliable, type Series } from '../../../src/core/loss/series.ts';
import { WINDOW } from '../../../src/core/loss/window.ts';
import { HOUR, T0 } from '../../given.ts';
import { arrivals, type Fate, fates, follow, inTurn, type Line, range, truth } from './channel.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
t.comment(`SEED=${seed}`);

type Row = readonly [why: string, lines: readonly Line[], expected: Partial<Series>];

/** The second list of numbers begins `ms` after the first one. */
const later = (first: readonly number[], ms: number, second: readonly number[]): Line[] => {
  const before = inTurn(first);
  return [...before, ...inTurn(second, (before.at(-1) as Line).at + ms)];
};

t.test('track() distinguishes loss from late lines, copies, restarts, epochs and wraps', async (t) => {
  const rows: readonly Row[] = [
    ['nothing is lost', inTurn(range(5, 500)), { received: 496, lost: 0 }],
    ['the numbers between are lost', inTurn([1, 2, 5, 6]), { received: 4, lost: 2 }],
    ['a late line fills its gap', inTurn([1, 2, 5, 3, 6]), { received: 5, lost: 1, reordered: 1 }],
    [
      'lines before the first one are late, and the numbers between are lost',
      inTurn([9, 6, 10, 7]),
      { received: 4, lost: 1, reordered: 2 },
    ],
    ['a copy is no further line', inTurn([1, 2, 2, 3, 1, 4]), { received: 4, lost: 0, duplicates: 2 }],
    ['a large gap is not lost until a second line confirms it', inTurn([1, 2, 3000]), { received: 2, lost: 0 }],
    [
      'after the second line the whole gap is lost',
      inTurn([1, 2, 3000, 3001, 3002]),
      { received: 5, lost: 2997, epochs: 0 },
    ],
    ['a large gap with a line that others overtook', inTurn([1, 2, 3001, 3000, 3002]), { received: 5, lost: 2997 }],
    ['after a silence more may be lost', later([1, 2], HOUR, [1_000_000, 1_000_001]), { received: 4, lost: 999_997 }],
    [
      'a jump too far for lost lines is an epoch',
      inTurn([1, 2, 1_000_000, 1_000_001, 1_000_002]),
      { received: 5, lost: 0, epochs: 1 },
    ],
    [
      'a single number that nothing continues is a stray',
      later([1, 2, 70_000, 3, 4], 11_000, [5, 6, 8]),
      { received: 7, lost: 1, strays: 1 },
    ],
    [
      'a number far below is a restart, and nothing is counted lost',
      later([5000, 5001], 60_000, [1, 2, 3, 5]),
      { received: 6, lost: 1, restarts: 1, epochs: 0 },
    ],
    [
      'a restart soon after the one before',
      later(range(1, 30), 60_000, [4, 5, 6]),
      { received: 33, lost: 0, restarts: 1, duplicates: 0 },
    ],
    [
      'the new numbers pass the old ones, with loss',
      later(
        range(1, 300),
        60_000,
        range(1, 400).filter((n) => n % 10 > 0),
      ),
      { received: 660, lost: 39, restarts: 1 },
    ],
    ['a counter of 32 bits wraps', inTurn([2 ** 32 - 2, 2 ** 32 - 1, 0, 1, 3]), { received: 5, lost: 1, restarts: 0 }],
    [
      'after a wrap zero does not count as lost',
      inTurn([999_998, 999_999, 1, 2]),
      { received: 4, lost: 0, restarts: 0 },
    ],
    [
      'a late line long after the wrap fills only its own gap',
      inTurn([...range(999_800, 999_999), ...range(1, 200), 202, 201, 203]),
      { received: 403, lost: 0, reordered: 1 },
    ],
    [
      'a line from before the wrap is late, also if the first number was far before the wrap',
      inTurn([...range(999_800, 999_997), 999_999, 1, 999_998, 2]),
      { received: 202, lost: 0, reordered: 1 },
    ],
    ['six digits need not wrap', inTurn([999_998, 999_999, 1_000_000, 1_000_002]), { received: 4, lost: 1 }],
    [
      'a line from before the wrap is late',
      inTurn([2 ** 32 - 2, 1, 2 ** 32 - 1, 2]),
      { received: 4, lost: 0, reordered: 1 },
    ],
    [
      'a queue of lines that arrives late fills its gap',
      later([1, 2, 500, 501], 20_000, [...range(3, 499), 502, 503, 504]),
      { received: 504, lost: 0 },
    ],
  ]; // prettier-ignore
  for (const [why, lines, expected] of rows) {
    const state = follow(lines);
    t.match(state, { ...expected, why: null }, why);
  }
});

t.test('track() gives up a series that mixes senders or counts in steps', async (t) => {
  const twice = (a: readonly number[], b: readonly number[]) => a.flatMap((n, i) => [n, b[i] as number]);
  const bursts = (...starts: number[]) =>
    range(0, 29).flatMap((round) => starts.flatMap((from) => range(from + round * 10, from + round * 10 + 9)));
  const rows: readonly (readonly [why: string, numbers: readonly number[], Series['why']])[] = [
    ['two alternating senders, near enough for a gap', twice(range(1000, 1100), range(5000, 5100)), 'interleaved'],
    ['two alternating senders, far apart', twice(range(1000, 1100), range(9_000_000, 9_000_100)), 'interleaved'],
    ['two senders in bursts', bursts(1000, 5000), 'interleaved'],
    ['three senders in bursts', bursts(1000, 5000, 9000), 'interleaved'],
    ['a hundred senders', range(1, 5).flatMap((i) => range(1, 100).map((sender) => sender * 5000 + i)), 'interleaved'],
    ['a sender that counts lines to two receivers', range(1, 100).map((n) => 2 * n), 'stride'],
  ]; // prettier-ignore
  for (const [why, numbers, expected] of rows) {
    const state = follow(inTurn(numbers));
    t.equal(state.why, expected, why);
    t.notOk(isReliable(state), why);
  }
  const given = follow(inTurn(twice(range(1000, 1100), range(5000, 5100))));
  const dayAfter = inTurn(range(1, 400), T0 + lossLimits.retryMs + HOUR);
  t.notOk(
    isReliable(follow(dayAfter.slice(0, 200), given)),
    'after a day the series is tried again, and is not reliable at once',
  );
  const again = follow(dayAfter, follow(inTurn(twice(range(1000, 1100), range(5000, 5100)))));
  t.ok(isReliable(again) && again.lost === 0, 'after many lines the series is reliable');
});

t.test('track() does not give up a device that restarts now and then', async (t) => {
  const lives = range(0, 40).flatMap((life) => inTurn(range(1, 100), T0 + life * 4 * HOUR));
  t.match(follow(lives), { received: 4100, lost: 0, restarts: 40, why: null });
});

const settled: Fate[] = Array.from({ length: 70 }, () => ({ lost: false, delays: [0] }));

t.test(
  'track() finds exactly the lines that a channel lost, if it reorders and copies within the window',
  async (t) => {
    fc.assert(
      fc.property(
        fates({ minLength: 1, maxLength: 400 }),
        fc.constantFrom(1, 1000, 999_900, 2 ** 32 - 2 ** 20),
        (list, from) => {
          const lines = arrivals([...list, ...settled], from);
          const state = follow(lines);
          const { received, lost, duplicates } = state;
          const expected = truth(lines);
          if (state.why !== null || JSON.stringify({ received, lost, duplicates }) !== JSON.stringify(expected)) {
            throw new Error(
              `${JSON.stringify({ received, lost, duplicates, why: state.why })}, but ${JSON.stringify(expected)}`,
            );
          }
        },
      ),
      { numRuns: 1000, seed },
    );
    t.pass();
  },
);

t.test('track() finds bursts of loss exactly, without late lines across them', async (t) => {
  const story = fc.array(fc.tuple(fc.integer({ min: 80, max: 200 }), fc.integer({ min: 1, max: 5000 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(story, (parts) => {
      let [next, at] = [1, T0];
      const lines = parts.flatMap(([length, gap]) => {
        const part = inTurn(range(next, next + length), at);
        next += length + 1 + gap;
        at += (length + 1) * 10;
        return part;
      });
      const { received, lost, why } = follow(lines);
      const expected = truth(lines);
      if (why !== null || received !== expected.received || lost !== expected.lost)
        throw new Error(`${lost} not ${expected.lost}`);
    }),
    { numRuns: 500, seed },
  );
  t.pass();
});

t.test('track() counts restarts, and the lines lost between them, exactly', async (t) => {
  const whole: Fate[] = Array.from({ length: 10 }, () => ({ lost: false, delays: [0] }));
  const lives = fc.array(fates({ minLength: 100, maxLength: 300 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(lives, (list) => {
      const each = list.map((life, index) => arrivals([...whole, ...life, ...settled], 1, T0 + index * HOUR));
      const { received, lost, restarts, why } = follow(each.flat());
      const truths = each.map(truth);
      const sum = (field: 'received' | 'lost') => truths.reduce((total, one) => total + one[field], 0);
      const found = [why, restarts, received, lost];
      const expected = [null, list.length - 1, sum('received'), sum('lost')];
      if (found.join() !== expected.join()) throw new Error(`${found.join()}, but ${expected.join()}`);
    }),
    { numRuns: 200, seed },
  );
  t.pass();
});

t.test('track() never counts more lines as lost than were lost, whenever the device restarts', async (t) => {
  const lives = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 299 }), fc.integer({ min: 1, max: 10 })),
    { minLength: 2, maxLength: 6 },
  );
  fc.assert(
    fc.property(lives, (list) => {
      let dropped = 0;
      // The device sends `length` lines between two restarts; the first ones are lost, and then every nth.
      const lines = list.flatMap(([length, first, nth], index) => {
        const sent = range(1, length);
        const came = sent.filter((n) => n > first && (nth === 1 || n % nth > 0));
        dropped += sent.length - came.length;
        return inTurn(came, T0 + index * HOUR);
      });
      if (lines.length === 0) return;
      const state = follow(lines);
      if (isReliable(state) && state.lost > dropped) throw new Error(`${state.lost} of ${dropped}`);
    }),
    { numRuns: 2000, seed },
  );
  t.pass();
});

t.test('track() gives up two senders under one name, or counts little loss for them', async (t) => {
  const starts = fc.tuple(
    fc.integer({ min: 1, max: 100_000 }),
    fc.oneof(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 129, max: 9_000_000 })),
  );
  fc.assert(
    fc.property(
      starts,
      fc.array(fc.nat(99), { minLength: 1500, maxLength: 1500, size: 'max' }),
      fc.integer({ min: 5, max: 95 }),
      ([from, apart], draws, share) => {
        const next = [from, from + apart];
        const numbers = draws.map((draw) => {
          const sender = draw < share ? 0 : 1;
          next[sender] = (next[sender] ?? 0) + 1;
          return next[sender] as number;
        });
        const state = follow(inTurn(numbers));
        if (state.why === 'interleaved') return;
        // Nearer than the window, two senders look like one sender whose lines are reordered.
        // One of some 10 000 such pairs drifts apart slowly enough for one jump or two to pass as loss.
        if (state.lost > 6 * WINDOW) throw new Error(`${state.lost} claimed, ${state.doubts} doubts`);
      },
    ),
    { numRuns: 300, seed },
  );
  t.pass();
});
