/**
 * Clocks in an archive: a wrong clock must not change the time of other devices, and as little as possible of its own.
 */
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
