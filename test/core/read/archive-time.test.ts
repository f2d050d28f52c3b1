/**
 * Clocks in an archive: a wrong clock must not change the time of other devices, and as little as possible of its own.
 */
import fc from 'fast-check';
import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { headerEndOf } from '../../../src/core/decode/header-end.ts';
import { ArchiveTime } from '../../../src/core/read/event-time.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, frameOf } from '../../given.ts';

const END = Date.parse('2022-10-01T00:00:00Z');

/** The time of each line, and its source. */
function times(lines: readonly string[], end = END): string[] {
  const decode = makeDecoder();
  const time = new ArchiveTime(end, () => 0);
  const frames = lines.map((line) => frameOf(line));
  time.anchor(decode, frames);
  return frames.map((frame) => {
    const { at, used } = time.timingOf(decode(frame, headerEndOf(frame), time.context()));
    return `${new Date(at).toISOString().slice(0, 16)} ${used}`;
  });
}

const line = (stamp: string, name = 'sw-a') => `<189>7: ${name}: ${stamp}: %SYS-5-CONFIG_I: Configured from console`;
const relayed = (relay: string, stamp: string) => `${relay} sw-a.example.net ${line(stamp)}`;

t.test('ArchiveTime.timingOf() uses no stamp of a clock that cannot be right', async (t) => {
  const rows: readonly (readonly [why: string, lines: readonly string[], expected: readonly string[]])[] = [
    [
      'a clock that was never set, with a relay stamp',
      [relayed('Aug 22 05:11:06', '*Jan  2 00:00:55.733'), relayed('Aug 23 08:10:00', 'Aug 23 08:10:00.000')],
      ['2022-08-22T05:11 relay', '2022-08-23T08:10 stamp'],
    ],
    [
      'a clock that was set by hand, near the relay',
      [relayed('Aug 22 05:11:06', '*Aug 22 03:11:06.000')],
      ['2022-08-22T03:11 stamp'],
    ],
    [
      'the same without a relay: a clock that was never set and is months behind the archive is wrong',
      [line('Aug 29 2022 08:00:00'), line('*Mar  1 12:00:46.123', 'sw-c'), line('Sep  3 08:10:01', 'sw-b')],
      ['2022-08-29T08:00 stamp', '2022-08-29T08:00 archive', '2022-09-03T08:10 stamp'],
    ],
    [
      'no clock was set: their stamps are used',
      [line('*Mar  1 12:00:46.123'), line('*Mar  1 12:00:47.123'), line('*Aug 20 12:00:48.123')],
      ['2022-03-01T12:00 stamp', '2022-03-01T12:00 stamp', '2022-08-20T12:00 stamp'],
    ],
    [
      'a year beyond the end of the archive',
      [line('Aug 22 2022 05:11:06'), line('Aug 22 2036 05:11:06'), line('Aug 22 05:11:08')],
      ['2022-08-22T05:11 stamp', '2022-08-22T05:11 archive', '2022-08-22T05:11 stamp'],
    ],
    [
      'an end that is some days too early, clocks set or not',
      [line('Sep 30 2022 05:11:06'), line('Oct 10 2022 05:11:06'), line('Oct 11 2022 05:11:08')],
      ['2022-09-30T05:11 stamp', '2022-10-10T05:11 stamp', '2022-10-11T05:11 stamp'],
    ],
    [
      'the same where no clock was set',
      [line('*Oct  5 2022 05:11:06'), line('*Oct 10 2022 05:11:06')],
      ['2022-10-05T05:11 stamp', '2022-10-10T05:11 stamp'],
    ],
    [
      'one clock of another year among yearless ones',
      [line('Aug 22 05:11:06'), line('Aug 22 05:11:07'), line('Aug 22 2035 05:11:08', 'sw-b')],
      ['2022-08-22T05:11 stamp', '2022-08-22T05:11 stamp', '2022-08-22T05:11 archive'],
    ],
    [
      'a start without a clock, then its own clock',
      [line('*Mar  1 00:00:30.123'), line('Sep 20 10:00:00'), line('Sep 20 10:00:01')],
      ['2022-09-20T10:00 archive', '2022-09-20T10:00 stamp', '2022-09-20T10:00 stamp'],
    ],
    [
      'an end before most of the lines is ignored',
      [line('Aug 22 2023 05:11:06'), line('Aug 23 2023 05:11:06'), line('Aug 24 05:11:08')],
      ['2023-08-22T05:11 stamp', '2023-08-23T05:11 stamp', '2023-08-24T05:11 stamp'],
    ],
  ];
  for (const [why, lines, expected] of rows) t.strictSame(times(lines), expected, why);
});

t.test('ArchiveTime.timingOf() dates a stamp without a year by the stamp of its own relay', async (t) => {
  const of = (relay: string, stamp: string, name = 'sw-a') => `${relay} ${name} <189>7: ${stamp}: %SYS-5-CONFIG_I: x`;
  const foreign = line('Jul 14 2022 05:11:06', 'sw-b');
  const rows: readonly (readonly [why: string, line: string, expected: string])[] = [
    ['ISO', of('<13>2019-06-01T12:00:00Z', 'Jun  1 11:59:59'), '2019-06-01T11:59 stamp'],
    ['RFC 5424', of('<13>1 2019-06-01T12:00:00Z', 'Jun  1 11:59:59', 'sw-a - - - -'), '2019-06-01T11:59 stamp'],
    ['a stamp with a year', of('<13>Jun  1 2019 12:00:00', '*Jun  1 11:59:59'), '2019-06-01T11:59 stamp'],
    ['the turn of the year', of('<13>2019-12-31T23:59:59Z', 'Jan  1 00:00:01'), '2020-01-01T00:00 stamp'],
    ['the same the other way round', of('<13>2020-01-01T00:00:01Z', 'Dec 31 23:59:59'), '2019-12-31T23:59 stamp'],
    ['neither has a year', of('<13>Jan  1 00:00:01', 'Dec 31 23:59:59'), '2021-12-31T23:59 stamp'],
    ['the day that exists in leap years', of('<13>2020-03-01T00:00:01Z', 'Feb 29 23:59:59'), '2020-02-29T23:59 stamp'],
    ['its clock was never set', of('<13>2019-06-01T12:00:00Z', '*Mar  1 00:00:30'), '2019-06-01T12:00 relay'],
    [
      'a relay without a year behind one with a year',
      of('<13>1 2019-12-31T23:59:59Z relay-b - - - - <13>Jan  1 00:00:00', 'Jan  1 00:00:01'),
      '2020-01-01T00:00 stamp',
    ],
  ];
  for (const [why, own, expected] of rows) {
    t.equal(times([own])[0], expected, why);
    t.equal(times([foreign, own, foreign])[1], expected, `${why}, between lines of another year`);
  }
});

t.test('ArchiveTime.timingOf() reads the year of an unset clock as that of no other device', async (t) => {
  const old = line('*Jan  1 2006 00:01:00', 'sw-old');
  const rows: readonly (readonly [why: string, lines: readonly string[], expected: string])[] = [
    ['set', [line('Aug 22 05:11:06')], '2022-08-22T05:11 stamp'],
    ['not set either', [line('*Aug 22 05:11:06')], '2022-08-22T05:11 stamp'],
    ['not set, with its year', [line('*Aug 22 2019 05:11:06'), line('*Aug 22 05:11:07')], '2019-08-22T05:11 stamp'],
    [
      'two that are not set, with their year',
      [line('*Aug 22 2019 05:11:06'), line('*Aug 22 2019 05:11:07', 'sw-b'), line('*Aug 22 05:11:07', 'sw-c')],
      '2019-08-22T05:11 stamp',
    ],
    ['not sure', [line('.Aug 22 05:11:06')], '2022-08-22T05:11 stamp'],
    ['with a relay', [relayed('Aug 22 05:11:07', 'Aug 22 05:11:06')], '2022-08-22T05:11 stamp'],
  ];
  for (const [why, lines, expected] of rows) {
    for (const mark of ['*', '.']) {
      const foreign = old.replace('*', mark).replace('Jan  1', mark === '*' ? 'Jan  1' : 'Apr 17');
      if (mark === '.' && why.includes('its year')) continue;
      for (let at = 0; at <= lines.length; at++) {
        const all = [...lines.slice(0, at), foreign, foreign, ...lines.slice(at)];
        t.same(
          times(all)
            .filter((_, index) => all[index] !== foreign)
            .at(-1),
          expected,
          `${why}, ${mark}, ${at}`,
        );
      }
    }
  }
});

t.test('an unset clock of another device changes the time of no line', async (t) => {
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  const two = (n: number) => `${n}`.padStart(2, '0');
  const own = fc
    .record({
      day: fc.integer({ min: 10, max: 28 }),
      minute: fc.nat(59),
      form: fc.constantFrom('Aug', '*Aug', '.Aug', 'year', 'relay', 'none'),
      name: fc.constantFrom('sw-a', 'sw-b'),
    })
    .map(({ day, minute, form, name }) => {
      const time = `05:${two(minute)}:06`;
      if (form === 'none') return `<189>7: ${name}: %SYS-5-CONFIG_I: x`;
      if (form === 'year') return line(`Aug ${day} 2022 ${time}`, name);
      if (form === 'relay') return `<13>2022-08-${day}T${time}Z ${name} <189>7: Aug ${day} ${time}: %SYS-5-CONFIG_I: x`;
      return line(`${form} ${day} ${time}`, name);
    });
  const foreign = fc.constantFrom('*Jan  1 2006 00:01:00', '*Jan  2 2006 10:01:00', '*Mar  1 1993 00:00:30');
  fc.assert(
    fc.property(
      fc.array(own, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(foreign, fc.nat(12)), { minLength: 1, maxLength: 3 }),
      (lines, others) => {
        const all = [...lines];
        for (const [stamp, at] of others) all.splice(Math.min(at, all.length), 0, line(stamp, 'sw-old'));
        const found = times(all).filter((_, index) => !(all[index] as string).includes('sw-old'));
        if (JSON.stringify(found) !== JSON.stringify(times(lines))) throw new Error(JSON.stringify({ all, found }));
      },
    ),
    { seed, numRuns: 1000 },
  );
});

t.test('Pipeline.run() opens an incident of a device that started without a clock, by its later lines', async (t) => {
  const header = 'sw-a.example.net <187>41:';
  const lines = [
    `Aug 22 05:11:06 ${header} *Jan  2 00:00:55.733: %SMART_LIC-6-AGENT_READY: Smart Agent for Licensing is initialized`,
    `Aug 23 08:10:00 ${header} Aug 23 08:10:00.000: ${BODIES.callHome205}`,
    `Aug 23 08:10:01 ${header} Aug 23 08:10:01.000: ${BODIES.commFailed}`,
    `Aug 23 08:10:02 ${header} Aug 23 08:10:02.000: ${BODIES.crlSla}`,
  ];
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: new ArchiveTime(END, () => 0), clock: () => 0 });
  await pipeline.run(
    lines.map((text) => frameOf(text)),
    END,
  );
  t.match((await store.incidents({ limit: 9 })).rows, [{ device: 'sw-a.example.net', state: 'confirmed' }]);
});
