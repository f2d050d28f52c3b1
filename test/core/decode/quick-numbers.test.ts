import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { headerEndOf } from '../../../src/core/decode/header-end.ts';
import { NO_NAME, nameHash } from '../../../src/core/decode/name-hash.ts';
import { newNumbers, readNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { frameOf } from '../../given.ts';

const decode = makeDecoder();
const REFERENCE = Date.parse('2022-03-02T00:00:00Z');
const context = { reference: REFERENCE, zoneOffset: () => 0, latest: REFERENCE + 86_400_000 };
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type Read = {
  readonly counter: number | null;
  readonly sequence: number | null;
  readonly name: number | null;
  readonly relay: number | null;
};

function read(line: string): Read {
  const bytes = Buffer.from(`junk${line}junk`);
  const { counter, sequence, name, relay } = numbersOf(bytes, 4, bytes.length - 4);
  return {
    counter: counter < 0 ? null : counter,
    sequence: sequence < 0 ? null : sequence,
    name: name === NO_NAME ? null : name,
    relay: relay === NO_NAME ? null : relay,
  };
}

function numbersOf(bytes: Uint8Array, start: number, end: number) {
  const numbers = { ...newNumbers(), counter: 99, sequence: 99, name: 99, relay: 99 };
  readNumbers(bytes, start, end, numbers);
  return numbers;
}

function decoded(line: string): Read {
  const frame = frameOf(line);
  const { counter, sequence, origin, relayHost } = decode(frame, headerEndOf(frame), context);
  return {
    counter,
    sequence,
    name: origin === null ? null : nameHash(origin),
    relay: relayHost === null ? null : nameHash(relayHost),
  };
}

/** The values that were read and differ from the decoder's. */
function contradictions(line: string): string[] {
  const [quick, full] = [read(line), decoded(line)];
  return (Object.keys(quick) as (keyof Read)[]).filter(
    (field) => quick[field] !== null && quick[field] !== full[field],
  );
}

const sw = nameHash('sw-a');
const CODE = '%SYS-5-CONFIG_I: Configured from console';

t.test('readNumbers() reads the numbers and names of a header, and no other text that looks like them', async (t) => {
  const rows: readonly (readonly [why: string, line: string, expected: Partial<Read>])[] = [
    ['the counter alone', `<187>589265: Mar  1 18:46:11.272: ${CODE}`, { counter: 589265 }],
    ['counter, name', `<187>12: sw-a: *Mar  1 18:46:11: ${CODE}`, { counter: 12, name: sw }],
    ['counter, name, sequence', `<187>7433: SW-A: 007439: 2y10w: ${CODE}`, { counter: 7433, sequence: 7439, name: sw }],
    [
      'counter, sequence, name',
      `<189>237: 000485: sw-a: .Jan 8 19:46:03.295: ${CODE}`,
      { counter: 237, sequence: 485, name: sw },
    ],
    ['no message counter', `<190>: sw-a: Jul 13 08:23:43: ${CODE}`, { name: sw }],
    ['a single number with leading zeros is a sequence number', `000019: ${CODE}`, { sequence: 19 }],
    [
      'an address as origin-id has no colon',
      `<187>3132517: 192.0.2.11 3132513: Mar  1 18:46:11: ${CODE}`,
      { counter: 3132517, sequence: 3132513, name: nameHash('192.0.2.11') },
    ],
    [
      'an IPv6 address has one colon more',
      `<187>3: 2001:db8::11: 4: Mar  1 18:46:11: ${CODE}`,
      { counter: 3, sequence: 4, name: nameHash('2001:db8::11') },
    ],
    [
      'an IPv6 address that ends in colons',
      `<187>3: 2001:db8:::  Mar  1 18:46:11: ${CODE}`,
      { counter: 3, name: nameHash('2001:db8::') },
    ],
    ['unset addresses are no names', `<187>3: ::: 4: Mar  1 18:46:11: ${CODE}`, { counter: 3, sequence: 4 }],
    [
      'session data is skipped',
      `<187>165: [syslog@9 s_sn="84" s_id ="sw1:666"]: 000161: *Mar  1 18:46:11: ${CODE}`,
      { counter: 165, sequence: 161 },
    ],
    [
      'a second line of a message has a counter, too',
      '<187>166:                       Reason : Enrollment URL',
      { counter: 166 },
    ],
    ['a text that is no name', '<189>28: Cisco IOS Software, C2900 Software', { counter: 28 }],
    ['a year is no counter', `<187>: 2022 Mar  1 18:46:11 UTC: ${CODE}`, {}],
    ['a year is no counter, also without the colon', `<187>2022 Mar  1 18:46:11 UTC: ${CODE}`, {}],
    ['a time of day is no counter', `<187>06:00:00: ${CODE}`, {}],
    ['an uptime in days and hours is no sequence number', `<187>20: sw-a: 101 21: ${CODE}`, { counter: 20, name: sw }],
    ['an IPv6 address is no counter', `<187>2001:db8::7: Mar  1 18:46:11: ${CODE}`, { name: nameHash('2001:db8::7') }],
    [
      'a hostname that begins with a digit',
      `<187>12: 1press.example.net: Mar  1 18:46:11: ${CODE}`,
      { counter: 12, name: nameHash('1press.example.net') },
    ],
    ['NX-OS has no counter', `<190>sw-a: 2017 Jul 28 14:42:46 UTC: ${CODE}`, { name: sw }],
    [
      'IOS-XR, with a name',
      `<149>2647599: sw-a RP/0/RSP1/CPU0:Mar 28 15:08:30.941 UTC: bgp[1051]: ${CODE}`,
      { counter: 2647599, name: sw },
    ],
    [
      'IOS-XR, without a name',
      `<187>138076: RP/0/RP0/CPU0:Dec 11 12:43:29.227 EST: snmpd[1002]: ${CODE}`,
      { counter: 138076 },
    ],
    ['a line card', `<187>3408: CLC 6/0: Dec 11 13:31:14.214 EST: ${CODE}`, { counter: 3408 }],
    [
      'a relay that read the counter as a tag',
      `Mar  1 18:46:12 sw-a 585917: Mar  1 18:46:11.272: ${CODE}`,
      { counter: 585917, relay: sw },
    ],
    [
      'a relay that keeps both numbers',
      `<187>Mar  1 18:46:12 sw-a 87117903: 87117909: Mar  1 18:46:11.115: ${CODE}`,
      { counter: 87117903, sequence: 87117909, relay: sw },
    ],
    [
      'a relay that keeps the inner PRI',
      `Aug 22 05:11:06 sw-a <187>5: 000006: *Jan  2 00:00:55.733: ${CODE}`,
      { counter: 5, sequence: 6, relay: sw },
    ],
    [
      'a relay that adds a host',
      `<187>31: Mar  1 18:46:12 192.0.2.11 sw-a: 32: Mar  1 2022 18:46:11.115 UTC: ${CODE}`,
      { counter: 31, sequence: 32, name: sw, relay: nameHash('192.0.2.11') },
    ],
    ['RFC 5424 without numbers', `<187>1 2022-03-01T18:46:11.123Z sw-a - - - - ${CODE}`, { relay: sw }],
    [
      'RFC 5424 with the counter for APP-NAME',
      `<187>1 2022-03-01T18:46:11.123Z sw-a 585917 - - - *Mar  1 18:46:11: ${CODE}`,
      { counter: 585917, relay: sw },
    ],
    [
      'RFC 5424 with the whole line in it',
      `<187>1 2022-03-01T18:46:11Z sw-a - - - [a b="]"] 12: 000013: *Mar  1 18:46:11: ${CODE}`,
      { counter: 12, sequence: 13, relay: sw },
    ],
    ['a zone that stands alone is no name', `<187>Jun 14 11:34:35 sw-a AEST: ${CODE}`, { relay: sw }],
    ['a number at the beginning of any text', '12: bottles of beer', {}],
    ['nothing', '', {}],
    ['a PRI alone', '<187>', {}],
    ['a number that is not exact in a double', `<187>12345678901234567890: ${CODE}`, {}],
  ];
  for (const [why, line, expected] of rows) {
    t.same(read(line), { counter: null, sequence: null, name: null, relay: null, ...expected }, why);
    if (line.includes(CODE)) t.same(contradictions(line), [], `${why}: as the decoder reads the line`);
  }
});

t.test(
  'readNumbers() never contradicts the decoder, and reads as much as the decoder in plain IOS lines',
  async (t) => {
    const folders = ['../../../samples/dialects/', '../../../samples/messages/', '../../../../shared/corpus/'].map(
      here,
    );
    const plain = /^<\d+>\d+: (?:[\w.-]+: )?(?:\d+: )?(?:[\w.-]+: )?[*.]?[A-Z][a-z]{2} {1,2}\d+ [\d:.]+(?: [A-Z]+)?: %/;
    let compared = 0;
    for (const folder of folders.filter(existsSync)) {
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.log')) continue;
        for (const line of readFileSync(`${folder}${file}`, 'utf8').split('\n').filter(Boolean)) {
          if (line.startsWith('# ')) continue;
          t.same(contradictions(line), [], `${file}: ${line}`);
          if (!plain.test(line)) continue;
          compared++;
          t.same(read(line), decoded(line), `${file}: ${line}`);
        }
      }
    }
    t.ok(compared > 15, `${compared} plain lines`);
  },
);

t.test('readNumbers() takes no zone, level, slot or piece of a time for a name', async (t) => {
  const headers = [
    ...['<187>12: CET: ', '<187>CET: 12: ', '<187>met: ', '<187>12: GMT-3: ', '<187>12: EST5EDT: Mar  1 18:46:11: '],
    ...['Mar  1 18:46:11 CET 12: ', 'Mar  1 18:46:11 GMT-3 12: ', 'a-: 12: *Mar  1 18:46:11: ', '4d: 12: '],
    ...[
      '<187>12: Europe/Berlin: ',
      '<187>12: err: ',
      '<187>12: local7: 13: ',
      '<187>12: SLOT 2: ',
      '<187>41.985: 12: ',
    ],
    ...['<187>12: Feb: ', '<187>1 2022-03-01T18:46:11Z [192.0.2.7] - - - - ', '<187>12: cet: Mar  1 18:46:11: '],
  ];
  for (const header of headers) t.same(contradictions(`${header}${CODE}`), [], header);
});

t.test('readNumbers() never contradicts the decoder on random headers', async (t) => {
  const part = fc.constantFrom(
    ...['12: ', '000485: ', '7: ', '0: ', 'sw-a: ', '192.0.2.11 7: ', '2001:db8::1: ', '::: ', ': '],
    ...['[syslog@9 s_sn="84"]: ', '1press.example.net: ', 'sw-b 000012: '],
    ...['CET: ', 'GMT-3: ', 'local7 ', 'err: ', 'SLOT 2: ', '41.985: ', 'Feb: ', '192.0.2.7:514 '],
  );
  const stamp = fc.constantFrom(
    ...['', '*Mar  1 18:46:11.483: ', 'Mar 1 2022 18:46:11 UTC: ', '2022 Mar  1 18:46:11: ', '.00:20:10: ', '101 21: '],
    ...[
      '2y10w: ',
      '06:00:00: ',
      'RP/0/RP0/CPU0:Mar 28 15:08:30.941 UTC: bgp[1051]: ',
      'CLC 6/0: Dec 11 13:31:14 EST: ',
    ],
  );
  const relay = fc.constantFrom(
    ...['', '', 'Mar  1 18:46:12 192.0.2.99 ', '2022-03-01T12:46:11-06:00 relay ', 'Aug 22 05:11:06 sw-x <187>'],
    '1 2022-03-01T18:46:11Z h 5 - - - ',
  );
  const lines = fc.tuple(fc.constantFrom('<187>', ''), relay, fc.array(part, { maxLength: 4 }), stamp);
  fc.assert(
    fc.property(lines, ([pri, before, parts, after]) => {
      const line = `${pri}${before}${parts.join('')}${after}${CODE}`;
      const numbers = contradictions(line).filter((field) => field === 'counter' || field === 'sequence');
      if (numbers.length > 0) throw new Error(`${line} ${JSON.stringify([read(line), decoded(line)])}`);
    }),
    { numRuns: 20_000 },
  );
  t.pass();
});

t.test('readNumbers() reads any bytes, and none beyond the record', async (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, fc.nat(60), fc.nat(60), (buffer, a, b) => {
      const [start, end] = [Math.min(a, b, buffer.length), Math.min(Math.max(a, b), buffer.length)];
      const inBuffer = numbersOf(buffer, start, end);
      const { counter, sequence } = inBuffer;
      if (Number.isNaN(counter + sequence) || counter < -1 || sequence < -1) throw new Error('not a number');
      const alone = numbersOf(buffer.slice(start, end), 0, end - start);
      if (JSON.stringify(alone) !== JSON.stringify(inBuffer)) throw new Error('bytes beyond the record were read');
    }),
    { numRuns: 20_000 },
  );
  t.pass();
});
