import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { ArchiveTime } from '../../../src/core/read/event-time.ts';
import { DAY, frameOf, HOUR, T0 } from '../../given.ts';

const decode = makeDecoder();
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A line of a device, `ms` after T0. */
function line(ms: number, name = 'sw-a', { year = true } = {}) {
  const at = new Date(T0 + ms);
  const day = `${MONTHS[at.getUTCMonth()]} ${`${at.getUTCDate()}`.padStart(2)}`;
  const stamp = `${day}${year ? ` ${at.getUTCFullYear()}` : ''} ${at.toISOString().slice(11, 23)}`;
  return frameOf(`<189>7: ${name}: ${stamp}: %SYS-5-CONFIG_I: Configured from console`);
}

/** The time of an archive that ends 300 days after T0, after these lines. */
function after(frames: readonly ReturnType<typeof line>[]) {
  const time = new ArchiveTime(T0 + 300 * DAY, () => 0);
  for (const frame of frames) time.sample(decode, frame);
  return time;
}

t.test('ArchiveTime.endFor() limits the effect of a clock that runs ahead on other devices', async (t) => {
  type Row = readonly [why: string, days: readonly (readonly [name: string, day: number])[], ends: number];
  const rows: readonly Row[] = [
    ['no line', [], 0],
    ['one device', [['a', 5]], 5],
    [
      'several',
      [
        ['a', 5],
        ['b', 6],
        ['c', 4],
      ],
      6,
    ],
    [
      'one is 30 days ahead: the others advance by two days',
      [
        ['a', 5],
        ['b', 35],
      ],
      7,
    ],
    [
      'the clock ahead comes first',
      [
        ['b', 35],
        ['a', 5],
      ],
      7,
    ],
    [
      'the clock ahead sends again',
      [
        ['a', 5],
        ['b', 35],
        ['b', 36],
        ['a', 6],
        ['c', 4],
      ],
      8,
    ],
    [
      'the clock ahead is corrected',
      [
        ['a', 5],
        ['b', 35],
        ['b', 6],
        ['a', 7],
      ],
      9,
    ],
    [
      'a lead of less than two days has no effect',
      [
        ['a', 5],
        ['b', 6.5],
      ],
      6.5,
    ],
    [
      'two are ahead',
      [
        ['a', 5],
        ['b', 35],
        ['c', 34],
      ],
      35,
    ],
  ];
  for (const [why, days, ends] of rows) {
    const time = after(days.map(([name, day]) => line(day * DAY, name)));
    t.equal((time.endFor(T0) - T0) / DAY, ends, why);
  }
  const time = after([line(5 * DAY, 'a'), line(35 * DAY, 'b')]);
  t.equal(time.endFor(T0 + 35 * DAY), T0 + 35 * DAY, 'its own time is the time of its stamps');
});

t.test(
  'ArchiveTime.anchor() takes the first stamp that is near the median of the first stamps with a year',
  async (t) => {
    const of1993 = line(Date.parse('1993-03-01T00:00:00Z') - T0, 'sw-old');
    const first = Array.from({ length: 30 }, (_, hour) => line(hour * HOUR, `sw-${hour}`));
    const rest = Array.from({ length: 99 }, (_, hour) => line((200 + hour) * DAY));
    const rows: readonly (readonly [why: string, frames: readonly ReturnType<typeof line>[], now: number])[] = [
      ['no year: the first stamp', [line(0, 'sw-a', { year: false })], 0],
      ['no stamp: the end of the archive', [frameOf('<189>7: sw-a: hello')], 300 * DAY],
      ['one', [line(HOUR)], HOUR],
      ['one is of 1993', [of1993, ...first], 0],
      ['the same at the end', [...first, of1993], 0],
      ['only the first 31 count', [of1993, ...first, ...rest], 0],
    ];
    for (const [why, frames, now] of rows) {
      const time = new ArchiveTime(T0 + 300 * DAY, () => 0);
      time.anchor(decode, frames);
      t.equal(time.now - T0, now, why);
      time.anchor(decode, rest);
      t.equal(time.now - T0, now, `${why}: only the first call has an effect`);
    }
    for (const day of [-40, 3]) {
      const time = new ArchiveTime(T0 + 300 * DAY, () => 0);
      const yearless = line(day * DAY, 'sw-b', { year: false });
      time.anchor(decode, [yearless, of1993, ...first]);
      time.sample(decode, yearless);
      t.equal((time.now - T0) / DAY, day, 'an earlier yearless stamp is dated near the median');
    }
  },
);

t.test('ArchiveTime.sample() follows a stamp unless it is half a year off, or later than the end', async (t) => {
  const rows: readonly (readonly [why: string, days: readonly number[], now: number])[] = [
    ['half a year less a day', [0, 182], 182],
    ['half a year', [0, 183], 0],
    ['half a year less a day back', [182, 0], 0],
    ['half a year back', [183, 0], 183],
    ['step by step', [0, 100, 200, 300], 300],
    ['a day after the end', [200, 301], 301],
    ['more than a day after the end', [200, 301.001], 200],
    ['the same for the first stamp', [301.001], 300],
    ['a stamp of 1993', [200, -10_555, 201], 201],
  ];
  for (const [why, days, now] of rows) {
    t.equal((after(days.map((day) => line(Math.round(day * DAY)))).now - T0) / DAY, now, why);
  }
});
