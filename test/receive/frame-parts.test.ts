import t from 'tap';
import { unfiltered } from '../../src/core/read/frame-collector.ts';
import { FrameParts } from '../../src/receive/frame-parts.ts';
import { frameOf } from '../given.ts';

t.test('FrameParts.next() gives all frames in order, and the counts with the last', async (t) => {
  const frames = ['a', 'b', 'c', 'd', 'e'].map((text) => frameOf(text));
  const parts = new FrameParts();
  t.same([parts.length, parts.isEmpty, parts.next(1)], [0, true, null]);
  parts.put({
    ...unfiltered(frames),
    other: 15,
    links: new Map([['p', 1]]),
  });
  t.throws(() => parts.put(unfiltered([])), /handed out/);
  const said = (part: ReturnType<FrameParts['next']>) => [
    part?.frames.map(({ bytes }) => bytes.toString()).join(''),
    [part?.other, part?.links.size],
  ];
  t.strictSame(said(parts.next(2)), ['ab', [0, 0]]);
  t.equal(parts.length, 3);
  t.strictSame(said(parts.next(1)), ['c', [0, 0]]);
  t.strictSame(said(parts.next(9)), ['de', [15, 1]]);
  t.same([parts.length, parts.isEmpty, parts.next(1)], [0, true, null]);
});

t.test('FrameParts.next() gives what has only counts, once', async (t) => {
  const parts = new FrameParts();
  parts.put({ ...unfiltered([]), other: 3 });
  t.same([parts.length, parts.isEmpty], [0, false]);
  t.equal(parts.next(1)?.other, 3);
  t.same([parts.isEmpty, parts.next(1)], [true, null]);
});
