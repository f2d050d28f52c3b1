import t from 'tap';
import type { Gap } from '../../../src/core/loss/gaps.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { GapKeeping } from '../../../src/receive/threads/gap-keeping.ts';
import { T0 } from '../../given.ts';

const gapOf = (lost: number): Gap => ({ peer: '192.0.2.7', name: 1, from: T0, to: T0 + 1, lost, atMost: false });
const lostIn = (gaps: readonly Gap[]) => gaps.map(({ lost }) => lost);

t.test('add() stores gaps in their order, by the clock that decides', async (t) => {
  const saved: Gap[] = [];
  const keeping = new GapKeeping({ saveGaps: async (gaps) => void saved.push(...gaps), warn: () => {} });
  keeping.add([gapOf(1)], 0);
  keeping.add([gapOf(2)], 1000);
  await keeping.settled();
  t.match(saved, [
    { lost: 1, from: T0, to: T0 + 1 },
    { lost: 2, from: T0 + 1000, to: T0 + 1001 },
  ]);
});

t.test('add() tries again what could not be stored, and says how many are dropped beyond the bound', async (t) => {
  let works = false;
  const saved: Gap[] = [];
  const warnings: string[] = [];
  const saveGaps = async (gaps: readonly Gap[]) => {
    if (!works) throw new Error('the disk is full');
    saved.push(...gaps);
  };
  const keeping = new GapKeeping({ saveGaps, warn: (message) => void warnings.push(message) });
  keeping.add([gapOf(1), gapOf(2)], 0);
  keeping.add(
    Array.from({ length: limits.unsavedGaps }, (_, index) => gapOf(3 + index)),
    0,
  );
  await keeping.settled();
  t.strictSame(warnings, [
    'gaps of lost lines are not stored yet: the disk is full',
    '2 gaps of lost lines are not kept: the disk is full',
  ]);
  works = true;
  keeping.add([gapOf(4)], 0);
  await keeping.settled();
  t.equal(saved.length, limits.unsavedGaps + 1);
  t.strictSame(lostIn(saved.slice(0, 1)), [3]);
  keeping.add([gapOf(5)], 0);
  await keeping.settled();
  t.strictSame(lostIn(saved.slice(-1)), [5], 'what is stored is not stored again');
  t.equal(saved.length, limits.unsavedGaps + 2);
});
