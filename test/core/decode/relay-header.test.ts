/** The splitter of streams and the decoder know the same headers of relays. */
import fc from 'fast-check';
import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { headerEndOf } from '../../../src/core/decode/header-end.ts';
import { isRelayHeader } from '../../../src/core/decode/relay-header.ts';
import { StreamFramer } from '../../../src/core/frame/stream.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { BODIES, frameOf, T0 } from '../../given.ts';

const seed = Number(process.env['SEED'] ?? 72298);
const isHeader = (text: string) => isRelayHeader(Buffer.from(text), 0, Buffer.byteLength(text));

const relayHeaders = [
  '<13>2026-11-27T00:45:54+00:00 192.0.2.50 ',
  '<13>2026-11-27 00:45:54,123 192.0.2.50 ',
  '<13>Nov 27 00:45:54 192.0.2.50 ',
  '<13>: Nov 27 00:45:54 relay-a ',
  'Nov 27 00:45:54 192.0.2.50 ',
  '<13>Nov 27 2026 00:45:54 2001:db8::7 ',
  '<13>2026 Nov 27 00:45:54 fe80::1%eth0 ',
  '<13>Nov 27 00:45:54 CET 192.0.2.50 ',
  '<13>Nov 27 00:45:54 [192.0.2.50] ',
  '<13>Nov 27 00:45:54 4711 ',
  '<13>Nov 27 00:45:54 s_net@sw-a/relay-a ',
  '<13>Nov 27 00:45:54 relay-a: ',
  '<13>Nov 27 00:45:54 relay-a cisco: ',
  '<13>Nov 27 00:45:54 relay-a cisco[12]: ',
  '<13>Nov 27 00:45:54 relay-a cisco:',
  '<13>Nov 27 00:45:54 relay-a message repeated 3 times: [ ',
  '<13>1 2026-11-27T00:45:54.123Z 192.0.2.50 - - - - ',
  '<13>1 2026-11-27T00:45:54Z 192.0.2.50 cisco 1 ID ',
  '<13>12 2026-11-27T00:45:54Z 192.0.2.50 cisco 1 ID [a@1 b="x <187>13: y ] \\" z"][c d="e"] ',
  '<13>999 - - - - - - \ufeff',
  '<187>Original Address=192.0.2.11 ',
  '<187>Original Address=192.0.2.11 Nov 27 00:45:54 loghost ',
  '<187>Original Address=192.0.2.11 1 2026-11-27T00:45:54Z loghost Kiwi_SyslogNet_Server 3356 MSGOUT ',
  '2026-11-27 00:45:54\tLocal7.Info\t192.0.2.50\t',
  'Nov 27 00:45:54 192.0.2.50 local7.notice ',
  '<190>3132517: Nov 27 00:45:54 192.0.2.7 ',
  '<13>Fri Nov 27 00:45:54 2026 relay-a ',
  '<13>Sept 27 00:45:54 192.0.2.50 ',
  '<13>2026/11/27 00:45:54 192.0.2.50 ',
  '<13>27.11.2026 00:45:54.123 192.0.2.50 ',
  '<13>Nov 27 00:45:54.123456+01:00 192.0.2.50 ',
  '<13>1764204354.123 192.0.2.50 ',
  '<13>192.0.2.50 ',
  '<13>',
  '<13>2026-11-27T00:45:55Z relay-b Nov 27 00:45:54 relay-a ',
  '<13>Nov 27 00:45:55 relay-b <14>1 2026-11-27T00:45:54Z relay-a - - - - <15>Nov 27 2026 00:45:53 192.0.2.50 ',
];

t.test('isRelayHeader() knows every header that a relay puts before a PRI', async (t) => {
  for (const text of relayHeaders) t.equal(isHeader(text), true, text);
});

t.test('isRelayHeader() knows a record of its own', async (t) => {
  for (const text of [
    '',
    `<187>12: sw-a: Mar  1 18:46:11: ${BODIES.commFailed}`,
    `<187>12: sw-a: Mar  1 18:46:11: ${BODIES.commFailed} `,
    `<13>Nov 27 00:45:54 relay-a ${BODIES.commFailed} `,
    `<13>1 2026-11-27T00:45:54Z 192.0.2.50 - - - - ${BODIES.commFailed} `,
    '<187>12: ',
    '<187>12: sw-a: ',
    '<187>12: Mar  1 18:46:11: ',
    '<187>*Mar  1 18:46:11 sw-a ',
    '<189>15: Mar  1 18:46:14 UTC: ',
    '<189>Mar  1 18:46:14 UTC: ',
    '<189>Mar  1 18:46:14.123+01:00: ',
    '<189>15: sw-a: the reload is at 12:00:00 UTC ',
    '<189>14: sw-a: *Mar  1 18:46:11: last message repeated 2 times',
    '<13>Nov 27 00:45:54 relay-a the link is down ',
    '<13>Nov 27 00:45:54 ',
    '<13>cisco: ',
    'plain ',
    'plain text ',
    `<13>Nov 27 00:45:54 ${'relay-a'.repeat(limits.headerBytes)} `,
  ]) {
    t.equal(isHeader(text), false, text.slice(0, 99));
  }
});

t.test('isRelayHeader() reads a PRI in a parameter of structured data as text', async (t) => {
  t.equal(isHeader('<13>1 2026-11-27T00:45:54Z 192.0.2.50 - - - [a@1 b="c"][d e="f \\" '), true);
  t.equal(isHeader('<13>1 2026-11-27T00:45:54Z 192.0.2.50 - - - [a@1 b="c"] text'), false);
});

/** The header of one relay. */
const header = fc
  .record({
    priority: fc.integer({ min: 0, max: 191 }),
    version: fc.integer({ min: 1, max: 999 }),
    host: fc.constantFrom('192.0.2.50', 'sw-a', 'sw-a.example.net', '2001:db8::7'),
    stamp: fc.constantFrom(
      'Nov 27 00:45:54',
      'Nov  7 2026 00:45:54',
      '2026-11-27T00:45:54.123+01:00',
      '2026 Nov 27 00:45:54',
    ),
    data: fc.constantFrom('-', '[a@1 b="c"]', '[a@1 b="c ] d"][e f="<187>9: g"]'),
    tag: fc.constantFrom('', '', 'cisco: ', 'cisco[7]: '),
    form: fc.constantFrom('rfc3164', 'rfc5424', 'kiwi'),
  })
  .map(({ priority, version, host, stamp, data, tag, form }) => {
    if (form === 'kiwi') return `<${priority}>Original Address=${host} `;
    if (form === 'rfc5424') return `<${priority}>${version} 2026-11-27T00:45:54Z ${host} relay 1 ID ${data} `;
    return `<${priority}>${stamp} ${host} ${tag}`;
  });

t.test('a record behind any relays is one record, and the decoder reads the inner PRI of it', async (t) => {
  t.comment(`seed ${seed}`);
  const decode = makeDecoder();
  const context = { reference: T0, zoneOffset: () => 0, latest: Number.POSITIVE_INFINITY };
  const inner = (n: number) => `<187>${n}: Mar  1 18:46:11: ${BODIES.commFailed}`;
  const record = fc
    .tuple(fc.array(header, { maxLength: 3 }), fc.integer({ min: 1, max: 99_999 }))
    .map(([headers, n]) => ({ text: `${headers.join('')}${inner(n)}`, n }));
  const delimiter = fc.constantFrom('\n', '\r\n', '');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(record, delimiter), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
      (sent, sizes) => {
        const stream = Buffer.from(sent.map(([{ text }, end]) => text + end).join(''));
        const framer = new StreamFramer();
        const found: string[] = [];
        const take = (records: ReturnType<StreamFramer['push']>) => {
          for (const { bytes, start, end } of records) found.push(bytes.toString('utf8', start, end));
        };
        for (let at = 0, index = 0; at < stream.length; index++) {
          const size = sizes[index % sizes.length] as number;
          take(framer.push(stream.subarray(at, at + size)));
          at += size;
        }
        take(framer.end());
        const expected = sent.map(([{ text }]) => text);
        if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ found, expected }));
        for (const [{ text, n }] of sent) {
          const frame = frameOf(text);
          const { priority, counter } = decode(frame, headerEndOf(frame), context);
          if (priority !== 187 || counter !== n) throw new Error(`${priority} ${counter}: ${text}`);
        }
      },
    ),
    { seed, numRuns: 1000 },
  );
});

t.test('isRelayHeader() never throws', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('<13>', '1 ', '- ', '[a b="', '"]', 'Nov 27 00:45:54 ', '2026-11-27T00:45:54Z ', 'sw-a', ': ', ' ')
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const bytes = Buffer.concat(pieces);
      isRelayHeader(bytes, 0, bytes.length);
    }),
    { seed, numRuns: 3000 },
  );
});
