import fc from 'fast-check';
import t from 'tap';
import { conditionOf, heardAt } from '../../../src/core/model/device.ts';
import { newDeviceState } from '../../../src/core/model/device-state.ts';
import { type Heard, type HeardLines, heardAfter, mergeHeard, recoveryVisible } from '../../../src/core/model/heard.ts';
import { advisory, DAY, T0 } from '../../given.ts';

const report = fc.record({
  at: fc.integer({ min: T0, max: T0 + 9 * DAY }),
  lines: fc.nat(300),
  level: fc.option(fc.nat(7)),
  partly: fc.boolean(),
});
type Report = { at: number } & HeardLines;

const heardOf = (reports: readonly Report[]) =>
  reports.reduce<Heard | null>((heard, { at, ...lines }) => heardAfter(heard, at, lines), null);

t.test('heardAfter() and mergeHeard() give the same, whatever the order and the split of the reports', async (t) => {
  fc.assert(
    fc.property(fc.array(report, { maxLength: 12 }), fc.nat(12), (reports, at) => {
      const whole = JSON.stringify(heardOf(reports));
      const [first, rest] = [heardOf(reports.slice(0, at)), heardOf(reports.slice(at))];
      return (
        JSON.stringify(heardOf(reports.toReversed())) === whole &&
        JSON.stringify(mergeHeard(first, rest)) === whole &&
        JSON.stringify(mergeHeard(rest, first)) === whole
      );
    }),
  );
  const watched = { firstAt: T0, lastAt: T0, lines: 3 };
  t.same(heardOf([{ at: T0, lines: 3, level: null, partly: false }]), { lastAt: T0, level: null, watched });
});

const [lastAt, nextWeek] = [T0 + DAY, T0 + 7 * DAY];
for (const [name, why, expected, heard] of [
  ['nothing heard', 'nothing is known', null, null],
  ['no level', 'lines without a message code say nothing of `logging trap`', null, { level: null, lines: 900, lastAt }],
  ['level 5', 'COMM_RESTORED has level 5', true, { level: 5, lines: 1, lastAt }],
  ['level 4, few lines', 'the next line may have a higher level', null, { level: 4, lines: 199, lastAt }],
  ['level 4, 200 lines', 'so many lines are enough', false, { level: 4, lines: 200, lastAt }],
  ['level 3, seven days', 'so long a time is enough', false, { level: 3, lines: 2, lastAt: nextWeek }],
  ['level 3, almost seven days', 'the time is not over', null, { level: 3, lines: 2, lastAt: nextWeek - 1 }],
  ['level 6, 200 lines', 'the highest level decides', true, { level: 6, lines: 200, lastAt }],
] as const) {
  t.test(`recoveryVisible() with ${name}: ${why}`, async (t) => {
    const given =
      heard === null ? null : { ...heard, watched: { firstAt: T0, lastAt: heard.lastAt, lines: heard.lines } };
    t.equal(recoveryVisible(given, advisory.visibility), expected);
  });
}

t.test('recoveryVisible() of lines beside which others were not looked at is never false', async (t) => {
  const seldom = (level: number) => heardAfter(heardAfter(null, T0, part(level)), T0 + 9 * DAY, part(level));
  const part = (level: number) => ({ level, lines: 900, partly: true });
  t.equal(recoveryVisible(seldom(4), advisory.visibility), null);
  t.equal(recoveryVisible(seldom(5), advisory.visibility), true);
});

t.test('conditionOf() says whether any line of a listed device was heard', async (t) => {
  const heard = { lastAt: T0 + 1, level: 3, watched: null };
  const silent = { state: newDeviceState, lastSeenAt: null };
  t.equal(conditionOf({ ...silent, heard: null }), 'unheard');
  t.equal(conditionOf({ ...silent, heard }), 'heard');
  t.equal(conditionOf({ ...silent, heard, lastSeenAt: T0 }), 'ok', 'a tracked line was among them');
  t.equal(heardAt({ lastSeenAt: null, heard: null }), null);
  t.equal(heardAt({ lastSeenAt: T0 + 5, heard }), T0 + 5, 'records of older versions only have the tracked lines');
  t.equal(heardAt({ lastSeenAt: T0, heard }), T0 + 1);
});
