import t from 'tap';
import { zoneOffsetOf } from '../../../src/core/decode/zone-offset.ts';

const WINTER = Date.UTC(2026, 0, 15, 12);
const SUMMER = Date.UTC(2026, 6, 15, 12);

t.test('zoneOffsetOf() has the minutes east of UTC, at the time that the clock shows', async (t) => {
  for (const [name, winter, summer] of [
    ['UTC', 0, 0],
    ['+01:00', 60, 60],
    ['-03:30', -210, -210],
    ['Europe/Berlin', 60, 120],
    ['CET', 60, 120],
    ['America/St_Johns', -210, -150],
    ['Asia/Kolkata', 330, 330],
    ['Japan', 540, 540],
  ] as const)
    t.same([WINTER, SUMMER].map(zoneOffsetOf(name) ?? (() => null)), [winter, summer], name);
});

t.test('zoneOffsetOf() knows no zone of a name that means several, and of no name', async (t) => {
  for (const name of [
    'CST',
    'IST',
    'BST',
    'cst',
    'AST',
    '',
    ' ',
    '+1',
    '+15:00',
    '+23:59',
    '1',
    'Nowhere',
    'Europe/Nowhere',
  ])
    t.equal(zoneOffsetOf(name), null, name);
});
