import fc from 'fast-check';
import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { toIso } from '../../../src/core/model/instant.ts';
import { frameOf } from '../../given.ts';

const REFERENCE = Date.parse('2022-03-02T00:00:00Z');
const context = { reference: REFERENCE, zoneOffset: () => 0, latest: REFERENCE + 86_400_000 };

/** Header → priority, counter, sequence, origin, relay host, stamp, quality. */
type Row = readonly [
  string,
  number | null,
  number | null,
  number | null,
  string | null,
  string | null,
  string | null,
  string,
];

const rows: readonly Row[] = [
  ['', null, null, null, null, null, null, 'none'],
  ['<187>', 187, null, null, null, null, null, 'none'],
  ['<187>165: 000161: *Mar  1 18:46:11: ', 187, 165, 161, null, null, '2022-03-01T18:46:11.000Z', 'unset'],
  [
    '<187>165: 000161: .Mar  1 18:46:11.5 UTC: ',
    187,
    165,
    161,
    null,
    null,
    '2022-03-01T18:46:11.500Z',
    'unsynchronized',
  ],
  ['<189>237: 000485: sw-a: *Jan 8 19:46:03.295: ', 189, 237, 485, 'sw-a', null, '2022-01-08T19:46:03.295Z', 'unset'],
  ['<187>7433: sw-a: 007439: 2y10w: ', 187, 7433, 7439, 'sw-a', null, null, 'uptime'],
  ['000019: ', null, null, 19, null, null, null, 'none'],
  ['00:20:10: ', null, null, null, null, null, null, 'uptime'],
  ['<190>: sw-a: Mar  1 18:46:11 CET: ', 190, null, null, 'sw-a', null, '2022-03-01T17:46:11.000Z', 'synchronized'],
  ['Feb 28 2010 00:20:10.663: ', null, null, null, null, null, '2010-02-28T00:20:10.663Z', 'synchronized'],
  ['<189>: 2021 May  2 12:57:15 UTC: ', 189, null, null, null, null, '2021-05-02T12:57:15.000Z', 'synchronized'],
  ['<190>12: 192.0.2.7 13: ', 190, 12, 13, '192.0.2.7', null, null, 'none'],
  ['<190>12: 0.0.0.0: *Mar  1 18:46:11: ', 190, 12, null, null, null, '2022-03-01T18:46:11.000Z', 'unset'],
  ['<190>12: ::: 13: ', 190, 12, 13, null, null, null, 'none'],
  ['<190>12: 2001:db8::7: 13: ', 190, 12, 13, '2001:db8::7', null, null, 'none'],
  [
    '<187>5: [syslog@9 s_sn="84" s_id ="sw1:666"]: 000161: *Mar  1 18:46:11: ',
    187,
    5,
    161,
    'sw1',
    null,
    '2022-03-01T18:46:11.000Z',
    'unset',
  ],
  [
    'Mar  1 18:46:12 192.0.2.7 585917: Mar  1 18:46:11.272: ',
    null,
    585917,
    null,
    null,
    '192.0.2.7',
    '2022-03-01T18:46:11.272Z',
    'synchronized',
  ],
  [
    'Aug 22 05:11:06 sw-a.example.net <187>5: 000006: *Jan  2 00:00:55.733: ',
    187,
    5,
    6,
    null,
    'sw-a.example.net',
    '2021-01-02T00:00:55.733Z',
    'unset',
  ],
  [
    '<187>1 2022-03-01T18:46:11.123Z sw-a - - - - ',
    187,
    null,
    null,
    null,
    'sw-a',
    '2022-03-01T18:46:11.123Z',
    'synchronized',
  ],
  [
    '<13>1 2022-03-01T18:46:11Z host root - - [timeQuality tzKnown="1" isSynced="0"] 12: sw-a: ',
    13,
    12,
    null,
    'sw-a',
    'host',
    '2022-03-01T18:46:11.000Z',
    'unsynchronized',
  ],
  [
    '<13>Mar  1 18:46:11 host root: 12: sw-a: *Mar  1 18:00:00: ',
    13,
    12,
    null,
    'sw-a',
    'host',
    '2022-03-01T18:00:00.000Z',
    'unset',
  ],
  [
    'RP/0/RP0/CPU0:Jan  9 13:54:11.717 UTC: smartlicserver[390]: ',
    null,
    null,
    null,
    null,
    null,
    '2022-01-09T13:54:11.717Z',
    'synchronized',
  ],
  [
    '<187>3408: CLC 6/0: Dec 11 13:31:14.214 EST: ',
    187,
    3408,
    null,
    null,
    null,
    '2021-12-11T18:31:14.214Z',
    'synchronized',
  ],
  ['<187>Jun 14 11:34:35 ac45 AEST: ', 187, null, null, null, 'ac45', '2021-06-14T11:34:35.000Z', 'synchronized'],
  [
    '<188>1797: sw: Nov 23 22:23:27.833 NewYork: ',
    188,
    1797,
    null,
    'sw',
    null,
    '2021-11-23T22:23:27.833Z',
    'synchronized',
  ],
  ['Feb 30 10:00:00: ', null, null, null, null, null, null, 'synchronized'],
  ['<999>sw-a: ', null, null, null, 'sw-a', null, null, 'none'],
];

t.test('makeDecoder() assigns the parts of a header to their roles', async (t) => {
  const decode = makeDecoder();
  for (const [header, ...expected] of rows) {
    const frame = frameOf(header);
    const { priority, counter, sequence, origin, relayHost, stamp } = decode(frame, frame.end, context);
    t.same([priority, counter, sequence, origin, relayHost, toIso(stamp.instant), stamp.quality], expected, header);
  }
});

t.test('makeDecoder() reads any bytes, with the same result with and without reuse', async (t) => {
  const [reusing, parsing] = [makeDecoder(), makeDecoder({ reuse: false })];
  const part = fc.oneof(
    fc.constantFrom(...rows.map(([header]) => header)),
    fc.constantFrom(': ', ' ', '::', '[', ']', '"', '<1>', '-', '*', 'Mar ', '\u0000', '\uFFFD'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const frame = frameOf(parts.join(''));
      const [a, b] = [reusing(frame, frame.end, context), parsing(frame, frame.end, context)];
      return JSON.stringify(a) === JSON.stringify(b);
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

t.test('makeDecoder() reads headers of one shape with the same result with and without reuse', async (t) => {
  const others = [
    '<187>12: 0.0.0.0: 13: *Mar  1 18:46:11: ',
    '<187>12: ::: ',
    'Original Address=192.0.2.7 1 2022-03-01T18:46:11Z sw-a - - - ',
    'Original Address=192.0.2.7 2 sw-b: - - - - ',
    '<13>0 2022-03-01T18:46:11Z sw-a - - - - ',
    '<13>1 2022-03-01T18:46:11Z sw-1 12 - - [a b="1"] 7: sw-2: ',
    '<187>007439: *Mar  1 18:46:11: ',
    '\u00e9 <187>12: sw-a: ',
    `${'x'.repeat(300)} <187>12: sw-a: `,
  ];
  const headers = [...rows.map(([header]) => header), ...others];
  const header = fc.constantFrom(...headers).chain((text) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 60, maxLength: 60 }).map((digits) => {
      let next = 0;
      return text.replace(/\d/g, () => String(digits[next++ % digits.length]));
    }),
  );
  const remembering = makeDecoder();
  for (const text of headers) remembering(frameOf(text), frameOf(text).end, context);
  fc.assert(
    fc.property(header, (text) => {
      const frame = frameOf(text);
      const [a, b] = [remembering, makeDecoder({ reuse: false })].map((decode) => decode(frame, frame.end, context));
      return JSON.stringify(a) === JSON.stringify(b);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('readStamp() dates a yearless stamp nearest to its reference, also around New Year', async (t) => {
  const decode = makeDecoder();
  const read = (header: string, reference: string, isArchive: boolean) => {
    const frame = frameOf(header);
    const latest = isArchive ? Date.parse(reference) + 86_400_000 : Number.POSITIVE_INFINITY;
    const { stamp } = decode(frame, frame.end, { reference: Date.parse(reference), zoneOffset: () => 0, latest });
    return [toIso(stamp.instant)?.slice(0, 10), stamp.yearAssumed];
  };
  t.same(read('Dec 31 23:59:59: ', '2026-01-01T00:00:05Z', false), ['2025-12-31', true]);
  t.same(read('Jan  1 00:00:01: ', '2025-12-31T23:59:59Z', false), ['2026-01-01', true]);
  t.same(
    read('Jun  1 00:00:01: ', '2026-01-01T00:00:00Z', true),
    ['2025-06-01', true],
    'an archive is not from the future',
  );
  t.same(read('Feb 29 00:00:01: ', '2026-01-01T00:00:00Z', true), ['2024-02-29', true]);
  t.same(read('Mar  1 2021 00:00:01: ', '2026-01-01T00:00:00Z', true), ['2021-03-01', false]);
});

t.test('makeDecoder() finds a name after the second stamp, and a relay host with special characters', async (t) => {
  const decode = makeDecoder();
  const rows: readonly (readonly [header: string, origin: string | null, relayHost: string | null])[] = [
    ['<187>77: Nov 26 10:00:00.123 sw-a: ', 'sw-a', null],
    ['<187>77: Nov 26 10:00:00.123 192.0.2.7: ', '192.0.2.7', null],
    ['<187>77: Nov 26 10:00:00.123 press01: ', 'press01', null],
    ['<187>77: Nov 26 10:00:00.123 EST5EDT: ', null, null],
    ['Nov 26 10:00:00 192.0.2.1 : 2021 Nov 26 10:00:00 sw-a: ', 'sw-a', null],
    ['<187>Nov 26 10:00:00 B12/SW3 77: Nov 26 10:00:00: ', null, 'B12/SW3'],
    ['<187>Nov 26 10:00:00 sw-a(192.0.2.7) 77: Nov 26 10:00:00: ', null, 'sw-a'],
    ['<187>77: B12/SW3: Nov 26 10:00:00: ', 'B12/SW3', null],
  ];
  for (const [header, origin, relayHost] of rows) {
    const frame = frameOf(header);
    const read = decode(frame, frame.end, context);
    t.strictSame([read.origin, read.relayHost], [origin, relayHost], header);
  }
});
