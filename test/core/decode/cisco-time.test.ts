import fc from 'fast-check';
import t from 'tap';
import { readCisco } from '../../../src/core/decode/cisco-time.ts';

/** A stamp, as a regular expression. */
const STAMP =
  /^([*.]?)(?:(\d{4}) )?([A-Za-z]{3})[A-Za-z]* +(\d{1,2})(?: (\d{4}))? (\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?: ([AaPp])[Mm](?:\.(\d{1,6}))?)?(?: (\d{4})(?= |$))?(?: (\S+))?$/;

const part = fc.oneof(
  fc.constantFrom(
    '*',
    '.',
    'Mar',
    'March',
    'mar',
    'MAR',
    'Foo',
    ' ',
    '  ',
    ':',
    '1',
    '01',
    '31',
    '2022',
    '123',
    '12345',
  ),
  fc.constantFrom(
    '18:46:11',
    '6:46:11',
    '18:46',
    '.4',
    '.483',
    '.483999',
    '.1234567',
    ' AM',
    ' PM',
    'AM',
    ' CET',
    ' UTC+1',
  ),
  fc.constantFrom('Mar  1 18:46:11', 'Mar  1 2022 18:46:11.483', '2022 Mar  1 18:46:11', '\u00e9', '\u00a0', '\t'),
);

t.test('readCisco() reads the same texts as the pattern, with the same parts', async (t) => {
  let stamps = 0;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
      const text = parts.join('');
      const match = STAMP.exec(text);
      const time = readCisco(text);
      if (match === null || time === null) return match === time;
      stamps++;
      const [, mark, yearBefore, name = '', day, yearAfter, hour, minute, second, early, half, late, yearBehind, zone] =
        match;
      const fraction = late ?? early ?? '';
      const year = yearBefore ?? yearAfter ?? yearBehind;
      const expected = {
        month: 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(name.toLowerCase()) / 3,
        day: Number(day),
        hour: half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0),
        minute: Number(minute),
        second: Number(second),
        ms: Number(fraction.padEnd(3, '0').slice(0, 3)),
        quality: mark === '*' ? 'unset' : mark === '.' ? 'unsynchronized' : 'synchronized',
        year: year === undefined ? null : Number(year),
        zone: zone ?? null,
      };
      return JSON.stringify({ ...time, month: Math.max(time.month, -1 / 3) }) === JSON.stringify(expected);
    }),
    { numRuns: 100_000 },
  );
  t.ok(stamps > 1000, `${stamps} texts were stamps`);
});
