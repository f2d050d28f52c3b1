import t from 'tap';
import { FrameParts } from '../../src/receive/frame-parts.ts';
import { unfiltered } from '../../src/receive/source.ts';
import { frameOf } from '../given.ts';

t.test('FrameParts.next() gives all frames in order, and the counts with the last', async (t) => {
  const frames = ['a', 'b', 'c', 'd', 'e'].map((text) => frameOf(text));
  const parts = new FrameParts();
  t.same([parts.length, parts.isEmpty, parts.next(1)], [0, true, null]);
  parts.put({
    ...unfiltered(frames),
    before: Uint32Array.of(0, 1, 2, 3, 4),
    after: 5,
    other: 15,
    links: new Map([['p', 1]]),
  });
  t.throws(() => parts.put(unfiltered([])), /handed out/);
  const said = (part: ReturnType<FrameParts['next']>) => [
    part?.frames.map(({ bytes }) => bytes.toString()).join(''),
    [...Array.from(part?.before ?? []), part?.after, part?.other, part?.links.size],
  ];
  t.strictSame(said(parts.next(2)), ['ab', [0, 1, 0, 0, 0]]);
  t.equal(parts.length, 3);
  t.strictSame(said(parts.next(1)), ['c', [2, 0, 0, 0]]);
  t.strictSame(said(parts.next(9)), ['de', [3, 4, 5, 15, 1]]);
  t.same([parts.length, parts.isEmpty, parts.next(1)], [0, true, null]);
});

t.test('FrameParts.next() gives what has only counts, once', async (t) => {
  const parts = new FrameParts();
  parts.put({ ...unfiltered([]), other: 3 });
  t.same([parts.length, parts.isEmpty], [0, false]);
  t.equal(parts.next(1)?.other, 3);
  t.same([parts.isEmpty, parts.next(1)], [true, null]);
});
