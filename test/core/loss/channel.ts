/** A sender that numbers its lines, and a network that loses, copies and reorders them. */
import fc from 'fast-check';
import type { Series } from '../../../src/core/loss/series.ts';
import { track } from '../../../src/core/loss/tracker.ts';
import { T0 } from '../../given.ts';

export type Line = { readonly number: number; readonly at: number };

/** The fate of one line: whether it is lost, and for each copy the number of lines that overtake it. */
export type Fate = { readonly lost: boolean; readonly delays: readonly number[] };

export const fates = (length: { minLength: number; maxLength: number }): fc.Arbitrary<Fate[]> =>
  fc.array(
    fc.record({
      lost: fc.boolean().chain((maybe) => (maybe ? fc.boolean() : fc.constant(false))),
      delays: fc.oneof(
        { weight: 6, arbitrary: fc.constant([0]) },
        { weight: 2, arbitrary: fc.array(fc.nat(58), { minLength: 1, maxLength: 2 }) },
        { weight: 1, arbitrary: fc.constant([0, 0]) },
      ),
    }),
    { ...length, size: 'max' },
  );

/** The lines as they arrive, `everyMs` apart, the first one numbered `from`. */
export function arrivals(list: readonly Fate[], from: number, start = T0, everyMs = 10): Line[] {
  const copies = list.flatMap(({ lost, delays }, index) =>
    lost ? [] : delays.map((delay) => ({ number: from + index, place: index + delay })),
  );
  const ordered = copies.sort((a, b) => a.place - b.place || a.number - b.number);
  return ordered.map(({ number, place }) => ({ number, at: start + place * everyMs }));
}

/** The correct counts: lost are the numbers between the lowest and the highest received one that never arrive. */
export function truth(lines: readonly Line[]) {
  const came = new Set(lines.map(({ number }) => number));
  const numbers = [...came];
  const span = Math.max(...numbers) - Math.min(...numbers) + 1;
  return { received: came.size, lost: span - came.size, duplicates: lines.length - came.size };
}

export function follow(lines: readonly Line[], before: Series | null = null): Series {
  let state = before;
  for (const { number, at } of lines) state = track(state, number, at);
  return state as Series;
}

/** Lines with these numbers, in this order, `everyMs` apart. */
export const inTurn = (numbers: readonly number[], start = T0, everyMs = 10): Line[] =>
  numbers.map((number, index) => ({ number, at: start + index * everyMs }));

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
