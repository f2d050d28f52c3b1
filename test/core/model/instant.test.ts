import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { headerEndOf } from '../../../src/core/decode/header-end.ts';
import type { Timing } from '../../../src/core/model/instant.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { BODIES, frameOf } from '../../given.ts';

const RECEIVED = Date.parse('2022-03-08T06:00:00.000Z');
const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

t.test('liveTiming() uses the stamp if its clock and zone can be trusted, else the receipt', async (t) => {
  const decode = makeDecoder();
  // A stamp without a zone would be an hour off.
  const time = liveTime(() => 60);
  const stamp = (ms: number): Timing => ({ at: RECEIVED + ms, used: 'stamp', rejected: null, skewMs: null });
  const receipt = (rejected: Timing['rejected'], skewMs: number | null = null): Timing => ({
    at: RECEIVED,
    used: 'receipt',
    rejected,
    skewMs,
  });
  const rows: readonly (readonly [why: string, header: string, timing: Timing])[] = [
    ['synchronized, with a zone', 'Mar  8 05:59:00.000 UTC: ', stamp(-MINUTE)],
    ['a zone with an offset', 'Mar  8 06:59:00.000 CET: ', stamp(-MINUTE)],
    ['with a year', '2022 Mar  8 05:59:00.000 UTC: ', stamp(-MINUTE)],
    ['the time of receipt itself', 'Mar  8 06:00:00.000 UTC: ', stamp(0)],
    ['the clock was never set; the zone is known', '*Mar  8 05:59:00.000 UTC: ', receipt('not-synchronized', -MINUTE)],
    ['the clock has lost its source; the zone is known', '.Mar  8 05:59:00.000 UTC: ', receipt('not-synchronized')],
    [
      'the sender says that it is not synchronized',
      '1 2022-03-08T05:59:00Z sw-a - - - [timeQuality tzKnown="1" isSynced="0"] ',
      receipt('not-synchronized'),
    ],
    ['a zone name with two meanings is no zone', 'Mar  8 05:59:00.000 IST: ', receipt('no-zone')],
    ['no zone', 'Mar  8 05:59:00.000: ', receipt('no-zone')],
    ['a millisecond ahead', 'Mar  8 06:00:00.001 UTC: ', receipt('future')],
    ['7 days old', 'Mar  1 06:00:00.000 UTC: ', stamp(-WEEK)],
    ['7 days and a millisecond', 'Mar  1 05:59:59.999 UTC: ', receipt('too-old')],
    ['years old', 'Mar  8 2019 05:59:00.000 UTC: ', receipt('too-old')],
    ['an uptime', '2w3d: ', receipt('no-date')],
    ['no stamp', '', receipt('no-date')],
    ['a day that does not exist', 'Feb 30 05:59:00.000 UTC: ', receipt('no-date')],
  ];
  for (const [why, header, timing] of rows) {
    const before = header.startsWith('1 ') ? '<187>' : '<187>12: sw-a: ';
    const frame = frameOf(`${before}${header}${BODIES.commFailed}`, { receivedAt: RECEIVED });
    const envelope = decode(frame, headerEndOf(frame), time.context(frame));
    t.strictSame(time.timingOf(envelope, frame), timing, why);
  }
});

t.test('liveTiming() compares a stamp with the stamp of a relay, and one with * with the receipt', async (t) => {
  const decode = makeDecoder();
  const time = liveTime(() => 0);
  const DAY = 24 * 60 * MINUTE;
  const rows: readonly (readonly [why: string, header: string, timing: Partial<Timing>])[] = [
    ['* and the right date', '*Mar  8 05:00:00.000: ', { used: 'receipt', skewMs: -60 * MINUTE }],
    [
      '* and years off',
      '*Mar  1 1993 00:01:00.000: ',
      { used: 'receipt', skewMs: Date.parse('1993-03-01T00:01:00Z') - RECEIVED },
    ],
    [
      'an old line of a set clock is no wrong clock',
      'Mar  1 2019 00:01:00.000 UTC: ',
      { rejected: 'too-old', skewMs: null },
    ],
    ['near the relay', 'Mar  8 05:59:00.000 UTC: ', { used: 'stamp', rejected: null, skewMs: 0 }],
    ['a day off the relay', 'Mar  7 05:59:00.000 UTC: ', { used: 'stamp', rejected: null, skewMs: -DAY }],
    ['more than a day off the relay', 'Mar  7 05:58:59.000 UTC: ', { rejected: 'relay-differs', skewMs: -DAY - 1000 }],
  ];
  for (const [why, header, timing] of rows) {
    const before = why.includes('relay') ? '<187>1 2022-03-08T05:59:00Z sw-a - - - - 12: ' : '<187>12: sw-a: ';
    const frame = frameOf(`${before}${header}${BODIES.commFailed}`, { receivedAt: RECEIVED });
    const envelope = decode(frame, headerEndOf(frame), time.context(frame));
    t.match(time.timingOf(envelope, frame), timing, why);
    if (timing.rejected === 'relay-differs')
      t.equal(time.timingOf(envelope, frame).at, RECEIVED - MINUTE, 'the relay is right');
  }
});
