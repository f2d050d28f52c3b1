import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { StreamFramer } from '../../../src/core/frame/stream.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { FN72298_LINES } from '../../given.ts';

type Framed = readonly [framing: string, text: string];

const framed = (records: ReturnType<StreamFramer['push']>): Framed[] =>
  records.map(({ bytes, start, end, framing }) => [framing, bytes.toString('latin1', start, end)]);

function read(...chunks: readonly (string | Buffer)[]): Framed[] {
  const framer = new StreamFramer();
  const before = chunks.flatMap((chunk) =>
    framed(framer.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)),
  );
  return [...before, ...framed(framer.end())];
}

const texts = (list: readonly Framed[]) => list.map(([, text]) => text);

const lines = FN72298_LINES.map(
  (line, index) => `<187>${100 + index}: 0001${index}: sw-a: *Mar  1 18:46:11.${index}: ${line}`,
);
const counted = (line: string) => `${Buffer.byteLength(line, 'latin1')} ${line}`;

t.test('StreamFramer.push() reads each framing', async (t) => {
  const rows: readonly (readonly [why: string, stream: string, expected: readonly Framed[]])[] = [
    [
      'octet counting (RFC 6587 §3.4.1)',
      '8 <1>a: bc9 <1>a: \nbc',
      [
        ['octet-counting', '<1>a: bc'],
        ['octet-counting', '<1>a: \nbc'],
      ],
    ],
    [
      'octet counting with line ends added',
      '8 <1>a: bc\n8 <1>a: de\n',
      [
        ['octet-counting', '<1>a: bc'],
        ['octet-counting', '<1>a: de'],
      ],
    ],
    [
      'LF and CR LF (§3.4.2)',
      '<1>a: b\n<1>a: c\r\n',
      [
        ['lf', '<1>a: b'],
        ['lf', '<1>a: c'],
      ],
    ],
    [
      'NUL',
      '<1>a: b\0<1>a: c\0',
      [
        ['nul', '<1>a: b'],
        ['nul', '<1>a: c'],
      ],
    ],
    [
      'ASA: LF and a blank',
      '<1>a: b\n <1>a: c\n',
      [
        ['lf', '<1>a: b'],
        ['lf', '<1>a: c'],
      ],
    ],
    [
      'none at all (IOS)',
      '<189>31: foo: *Apr 29 13:58:46.411: %A-5-B: restored<189>32: 0.0.0.0: *Apr 29 13:59:12.491: %SYS-5-C: x',
      [
        ['unframed', '<189>31: foo: *Apr 29 13:58:46.411: %A-5-B: restored'],
        ['end', '<189>32: 0.0.0.0: *Apr 29 13:59:12.491: %SYS-5-C: x'],
      ],
    ],
    [
      'a change within one connection',
      '8 <1>a: bc<1>a: d\n<1>a: e<1>a: f',
      [
        ['octet-counting', '<1>a: bc'],
        ['lf', '<1>a: d'],
        ['unframed', '<1>a: e'],
        ['end', '<1>a: f'],
      ],
    ],
    ['a number that is no count', '5 <189>text goes on\n', [['lf', '5 <189>text goes on']]],
    [
      'a line without a PRI',
      'plain text\nmore\n',
      [
        ['lf', 'plain text'],
        ['lf', 'more'],
      ],
    ],
    ['a PRI inside a text', '<1>a: the value <189> is said\n', [['lf', '<1>a: the value <189> is said']]],
    [
      'a relay that kept the inner PRI',
      'Aug 22 05:11:06 sw-a <189>5: 000006: *Jan  2 00:00:55.733: x\n',
      [['lf', 'Aug 22 05:11:06 sw-a <189>5: 000006: *Jan  2 00:00:55.733: x']],
    ],
    ['a line that begins with a number', '2022 was a year\n', [['lf', '2022 was a year']]],
    [
      'a number before what is no PRI',
      '99999 <none>\n<1>a: b\n9 <1234> x\n7 <> y\n',
      [
        ['lf', '99999 <none>'],
        ['lf', '<1>a: b'],
        ['lf', '9 <1234> x'],
        ['lf', '7 <> y'],
      ],
    ],
    ['a count of nothing', '0 <1>x\n', [['lf', '0 <1>x']]],
  ];
  for (const [why, stream, expected] of rows) t.same(read(stream), expected, why);
});

t.test('StreamFramer.push() returns the records of any mix of framings, for any division into chunks', async (t) => {
  const framing = fc.constantFrom<(line: string) => string>(
    (line) => `${line}\n`,
    (line) => `${line}\r\n`,
    (line) => `${line}\0`,
    (line) => line,
    counted,
  );
  // A count directly after a record without an end cannot be distinguished from the record's text.
  const stream = fc
    .array(fc.tuple(fc.constantFrom(...lines), framing), { maxLength: 8 })
    .filter((sent) => sent.every(([, encode], index) => encode('x') !== 'x' || sent[index + 1]?.[1] !== counted));
  fc.assert(
    fc.property(stream, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (sent, sizes) => {
      const bytes = Buffer.from(sent.map(([line, encode]) => encode(line)).join(''), 'latin1');
      const chunks: Buffer[] = [];
      for (let at = 0, index = 0; at < bytes.length; index++) {
        const size = sizes[index % sizes.length] as number;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      const expected = sent.map(([line]) => line);
      return (
        JSON.stringify(texts(read(...chunks))) === JSON.stringify(expected) &&
        JSON.stringify(texts(read(bytes))) === JSON.stringify(expected)
      );
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('StreamFramer.push() returns the same records of any bytes, for any division into chunks', async (t) => {
  const long = 'x'.repeat(limits.frameBytes);
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((list) => Buffer.from(list)),
    fc
      .constantFrom('<1>', '<', '\n', '\0', '\r\n', '<13>1 - sw-a', '<187>7: sw-a: ', '<<', '%', ': ', long)
      .map((text) => Buffer.from(text)),
  );
  // Excluded: only the bytes after a record show whether a number before it is a count.
  const sent = fc
    .array(piece, { maxLength: 20 })
    .filter((chunks) => !/[1-9] </.test(Buffer.concat(chunks).toString('latin1')));
  fc.assert(
    fc.property(sent, (chunks) => {
      const bytes = Buffer.concat(chunks);
      const records = texts(read(bytes));
      // Every record is part of the stream, after the record before.
      let from = 0;
      for (const record of records) {
        const at = bytes.indexOf(record, from, 'latin1');
        if (at === -1 || record.length === 0 || record.length > limits.frameBytes) return false;
        from = at + record.length;
      }
      return JSON.stringify(texts(read(...chunks))) === JSON.stringify(records);
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

t.test('StreamFramer.idle() waits for the rest of a counted record, and of a record that was cut', async (t) => {
  const framer = new StreamFramer();
  const text = '<187>1: sw-a: one';
  t.same(framed(framer.push(Buffer.from(counted(text).slice(0, 9)))), []);
  t.same(framed(framer.idle()), []);
  t.same(texts(framed(framer.push(Buffer.from(counted(text).slice(9) + counted(text))))), [text, text]);
  const long = 'x'.repeat(limits.frameBytes);
  const cut = new StreamFramer();
  t.same(texts(framed(cut.push(Buffer.from(`${long}more`)))), [long]);
  t.same(framed(cut.idle()), []);
  t.same(texts(framed(cut.push(Buffer.from('its rest\n<1>a: next\n')))), ['<1>a: next']);
});

t.test(
  'StreamFramer.push() returns the record after a cut record, also if the end of the cut record arrives alone',
  async (t) => {
    const long = 'x'.repeat(limits.frameBytes);
    for (const [why, ...chunks] of [
      ['a line end', '\n', '<1>a: next\n'],
      ['a PRI', '<1>a: next\n'],
      ['half of a PRI', '<', '1>a: next\n'],
    ] as const) {
      t.same(texts(read(long, 'more', ...chunks)), [long, '<1>a: next'], why);
    }
  },
);

t.test('StreamFramer.push() cuts a record of any framing at the limit, and reads the next record', async (t) => {
  const long = `<1>a: ${'x'.repeat(limits.frameBytes)}`;
  const cut = long.slice(0, limits.frameBytes);
  const next = '<1>a: next';
  for (const [why, stream] of Object.entries({
    counted: counted(long) + counted(next),
    lf: `${long}\n${next}\n`,
    unframed: `${long}${next}`,
  })) {
    t.same(texts(read(stream)), [cut, next], why);
    t.same(texts(read(...(stream.match(/[\s\S]{1,1000}/g) ?? []))), [cut, next], `${why}, in pieces`);
  }
});

t.test(
  'StreamFramer.idle() ends a record of a sender without delimiters, and waits for the delimiter of other senders',
  async (t) => {
    const ios = new StreamFramer();
    const reason = '<187>103:                       Reason : Failed to select socket.';
    const repeated = '<187>104: sw-a: last message repeated 3 times';
    for (const record of [...lines, reason, repeated]) {
      t.same(framed(ios.push(Buffer.from(record))), []);
      t.same(framed(ios.idle()), [['end', record]]);
    }
    const slow = new StreamFramer();
    t.same(framed(slow.push(Buffer.from('<1>a: first\n<1>a: sec'))), [['lf', '<1>a: first']]);
    t.same(framed(slow.idle()), [], 'its delimiter has not arrived yet');
    t.same(framed(slow.push(Buffer.from('ond\n'))), [['lf', '<1>a: second']]);
  },
);

t.test('StreamFramer.idle() loses no message code, wherever a sender of any framing pauses', async (t) => {
  const wrapped = `<187>105: sw-a: %ASA-3-444303: ${FN72298_LINES[0]}`;
  const rows = [...lines, wrapped].flatMap((line) => [
    ['LF', '', line, '\n'],
    ['no delimiter', '', line, ''],
    ['no delimiter, behind another record', lines[0], line, ''],
    ['NUL', '', line, '\0'],
  ]) as readonly (readonly [why: string, before: string, line: string, delimiter: string])[];
  const wrong: unknown[] = [];
  for (const [why, before, line, delimiter] of rows) {
    const code = /%(?:SMART|CALL|PKI)[\w-]+: ?|SAEVT_DEREGISTER_STATUS/.exec(line) as RegExpExecArray;
    const from = code.index + code[0].length;
    for (let at = 1; at < line.length; at++) {
      const framer = new StreamFramer();
      const found = [
        ...framed(framer.push(Buffer.from(before + line.slice(0, at), 'latin1'))),
        ...framed(framer.idle()),
        ...framed(framer.push(Buffer.from(line.slice(at) + delimiter, 'latin1'))),
        ...framed(framer.end()),
      ].map(([, text]) => text);
      // A pause behind the message code may end the text: nothing shows that more of it comes. `<` may begin a record.
      const end = line[at - 1] === '<' ? at - 1 : at;
      const expected = at <= from ? [before, line] : [before, line.slice(0, end), line.slice(end)];
      const whole = expected.map((text) => text.trimEnd()).filter((text) => text !== '');
      if (String(found.map((text) => text.trimEnd())) !== String(whole)) wrong.push([why, line.slice(0, at), found]);
    }
  }
  t.same(wrong, []);
});

/** Pieces of a stream, of these sizes in turn. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] as number;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const seed = Number(process.env['SEED'] ?? 72298);
const ISO = '2026-11-27T00:45:54.004711+00:00 sw-a 12:';
const RFC3164 = 'Nov 27 00:45:54 sw-a 12:';

t.test('StreamFramer.push() reads a record without a PRI by its count', async (t) => {
  const c = FN72298_LINES[0] as string;
  type Row = readonly [why: string, stream: string, expected: readonly Framed[]];
  const one = (text: string): readonly Framed[] => [['octet-counting', text]];
  const rows: readonly Row[] = [
    ['rsyslog, FileFormat', counted(`${ISO} ${c}\n`), one(`${ISO} ${c}`)],
    ['rsyslog, TraditionalFileFormat', counted(`${RFC3164} ${c}\n`), one(`${RFC3164} ${c}`)],
    ['a stamp, without a line end', counted(`${ISO} ${c}`), one(`${ISO} ${c}`)],
    ['a name', counted(`sw-a ${c}\n`), one(`sw-a ${c}`)],
    ['a name, and no line end', counted(`sw-a ${c}`), one(`sw-a ${c}`)],
    ['a line end in the record', counted(`${ISO} ${c}\nmore\n`), one(`${ISO} ${c}\nmore`)],
    [
      'a count of just the limit',
      counted(`${ISO} `.padEnd(limits.frameBytes, 'x')),
      one(`${ISO} `.padEnd(limits.frameBytes, 'x')),
    ],
    [
      'several, and one with a PRI',
      [`${ISO} ${c}\n`, `sw-a ${c}\n`, `<1>a: b`, `${RFC3164} ${c}`, `${ISO} ${c}`].map(counted).join(''),
      [`${ISO} ${c}`, `sw-a ${c}`, `<1>a: b`, `${RFC3164} ${c}`, `${ISO} ${c}`].flatMap(one),
    ],
    ['the year of NX-OS', `2022 Mar  1 18:46:11 UTC: ${c}\n`, [['lf', `2022 Mar  1 18:46:11 UTC: ${c}`]]],
    [
      'lines that begin with a number',
      `300 ${RFC3164} ${c}\n301 ${ISO} ${c}\n20 words\n`,
      [
        ['lf', `300 ${RFC3164} ${c}`],
        ['lf', `301 ${ISO} ${c}`],
        ['lf', '20 words'],
      ],
    ],
    ['a number that ends in a word', '12 packets dropped\n', [['lf', '12 packets dropped']]],
    ['a number before a digit', '16 input errors, 0 1 CRC\n', [['lf', '16 input errors, 0 1 CRC']]],
    ['a count of nothing that is a record', '1 \n', [['lf', '1 ']]],
  ];
  for (const [why, stream, expected] of rows) {
    t.same(read(stream), expected, why);
    t.same(read(...(stream.match(/[\s\S]{1,7}/g) ?? [])), expected, `${why}, in pieces`);
  }
});

t.test('StreamFramer.push() reads a NUL in a line as a byte of it', async (t) => {
  const c = `${FN72298_LINES[0]}`;
  type Row = readonly [why: string, stream: string, expected: readonly Framed[]];
  const line = (text: string): readonly Framed[] => [['lf', text]];
  const rows: readonly Row[] = [
    ['in the text', `<187>12: sw-a: ${c}\0more\n`, line(`<187>12: sw-a: ${c}\0more`)],
    [
      'in the header',
      `<187>12: \0sw-a: \0\0Mar  1 18:46:11: ${c}\n`,
      line(`<187>12: \0sw-a: \0\0Mar  1 18:46:11: ${c}`),
    ],
    ['before the line end', `<187>12: sw-a: ${c}\0\r\n`, line(`<187>12: sw-a: ${c}`)],
    [
      'behind a line end',
      `<187>12: sw-a: ${c}\n\0<187>13: sw-a: ${c}\n`,
      [`<187>12: sw-a: ${c}`, `<187>13: sw-a: ${c}`].flatMap(line),
    ],
    [
      'before a PRI it ends the record',
      `<187>12: sw-a: ${c}\0 <187>13: sw-a: ${c}\n`,
      [
        ['nul', `<187>12: sw-a: ${c}`],
        ['lf', `<187>13: sw-a: ${c}`],
      ],
    ],
    [
      'records without a PRI',
      `${RFC3164} ${c}\0${ISO} ${c}\0sw-a: ${c}\0`,
      [`${RFC3164} ${c}`, `${ISO} ${c}`, `sw-a: ${c}`].map((text) => ['nul', text] as const),
    ],
    [
      'once NUL has ended a record, each one does',
      '<1>a: b\0<1>a: c\0text\0',
      ['<1>a: b', '<1>a: c', 'text'].map((text) => ['nul', text] as const),
    ],
  ];
  for (const [why, stream, expected] of rows) {
    t.same(read(stream), expected, why);
    t.same(read(...(stream.match(/[\s\S]{1,3}/g) ?? [])), expected, `${why}, in pieces`);
  }
  const nuls = new StreamFramer();
  t.same(texts(framed(nuls.push(Buffer.from(`<1>a: b${'\0'.repeat(99)}`)))), ['<1>a: b'], 'many NULs do not wait');
  const first = new StreamFramer();
  t.same(framed(first.push(Buffer.from('<1>a: b\0'))), []);
  t.same(framed(first.idle()), [['nul', '<1>a: b']], 'nothing follows');
  t.same(framed(first.push(Buffer.from('<1>a: c\0'))), [['nul', '<1>a: c']]);
});

t.test('StreamFramer.idle() waits behind what may be a count, or the header of a relay', async (t) => {
  const inner = `<187>12: sw-a: ${FN72298_LINES[0]}`;
  const rows: readonly (readonly [record: string, encoded: string])[] = [
    [inner, counted(inner)],
    [`${ISO} x`, counted(`${ISO} x\n`)],
    [`${RFC3164} x`, counted(`${RFC3164} x`)],
    [`sw-a ${FN72298_LINES[0]}`, counted(`sw-a ${FN72298_LINES[0]}`)],
  ];
  for (const before of ['', '<1>a: b<1>a: c\n', counted('<1>a: b')]) {
    for (const [record, encoded] of rows) {
      for (let at = 1; at < encoded.length; at++) {
        const framer = new StreamFramer();
        framer.push(Buffer.from(before));
        framer.push(Buffer.from(encoded.slice(0, at)));
        // The line end of FileFormat is one of the counted octets.
        t.same(framed(framer.idle()), [], `${at} octets of ${encoded.slice(0, 20)}`);
        const rest = [...framed(framer.push(Buffer.from(encoded.slice(at)))), ...framed(framer.idle())];
        t.same(rest, [['octet-counting', record]], `the rest after ${at} octets`);
      }
    }
  }
  const relay = '<13>2026-11-27T00:45:54+00:00 192.0.2.50 ';
  const framer = new StreamFramer();
  t.same(framed(framer.push(Buffer.from(relay))), []);
  t.same(framed(framer.idle()), []);
  t.same(framed(framer.push(Buffer.from(`${inner}\n`))), [['lf', relay + inner]]);
  const digits = new StreamFramer();
  digits.push(Buffer.from('123'));
  t.same(framed(digits.idle()), []);
  t.same(framed(digits.end()), [['end', '123']], 'nothing is lost');
});

t.test('StreamFramer.push() returns records with and without PRI, relays and NULs, for any chunks', async (t) => {
  t.comment(`seed ${seed}`);
  const body = fc.constantFrom(...FN72298_LINES);
  const relay = fc.constantFrom(
    '<13>2026-11-27T00:45:54+00:00 192.0.2.50 ',
    '<13>Nov 27 00:45:54 relay-b <14>1 2026-11-27T00:45:54Z relay-a - - - - ',
    '<13>12 2026-11-27T00:45:54Z 192.0.2.50 relay - - [a@1 b="<187>13: c"] ',
  );
  const ios = body.map((text) => `<187>12: sw-a: *Mar  1 18:46:11.1: ${text}`);
  const withPri = fc.oneof(
    ios,
    fc.tuple(relay, ios).map(([header, record]) => header + record),
  );
  const noPri = fc.tuple(fc.constantFrom(ISO, RFC3164), body).map(([header, text]) => `${header} ${text}`);
  const withNul = fc
    .tuple(withPri, fc.nat(300))
    .map(([text, at]) => `${text.slice(0, at)}\0${text.slice(at)}`)
    .filter((text) => !/^\0|<[^>]{0,3}\0|\0(?:\d{0,5} ?<|$)/.test(text));
  type Sent = { text: string; bytes: string };
  const sent: fc.Arbitrary<Sent> = fc.oneof(
    withPri.map((text) => ({ text, bytes: text })),
    fc.oneof(withPri, noPri, withNul).map((text) => ({ text, bytes: `${text}\n` })),
    fc.oneof(withPri, noPri).map((text) => ({ text, bytes: counted(text) })),
    fc.oneof(withPri, noPri).map((text) => ({ text, bytes: counted(`${text}\n`) })),
    withPri.map((text) => ({ text, bytes: `${text}\0` })),
  );
  // Excluded: what follows a record without an end begins with a PRI and an unbroken header, and behind a record that NUL
  // has ended, a NUL ends records.
  const isClear = (all: readonly Sent[]) =>
    all.every(({ text, bytes }, index) => {
      const before = all[index - 1];
      if (before !== undefined && before.bytes === before.text && !/^<[^\0]{96}/.test(bytes)) return false;
      return !text.includes('\0') || !all.slice(0, index).some((each) => each.bytes.endsWith('\0'));
    });
  fc.assert(
    fc.property(
      fc.array(sent, { maxLength: 8 }).filter(isClear),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }),
      (all, sizes) => {
        const bytes = Buffer.from(all.map((each) => each.bytes).join(''), 'latin1');
        const expected = JSON.stringify(all.map(({ text }) => text));
        for (const found of [read(bytes), read(...cut(bytes, sizes))]) {
          if (JSON.stringify(texts(found)) !== expected) throw new Error(JSON.stringify({ found, expected }));
        }
      },
    ),
    { seed, numRuns: 3000 },
  );
});

t.test('StreamFramer keeps all bytes of any chunks, and waits for a bounded number of them', async (t) => {
  t.comment(`seed ${seed}`);
  const long = 'x'.repeat(limits.frameBytes / 2);
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((list) => Buffer.from(list)),
    fc
      .constantFrom(
        '<1>',
        '\n',
        '\0',
        '99 ',
        '12',
        ' ',
        '9999 ',
        ISO,
        RFC3164,
        '<13>1 ',
        '- ',
        '<187>7: ',
        '[a b="',
        long,
      )
      .map((text) => Buffer.from(text, 'latin1')),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 40 }), (chunks) => {
      const framer = new StreamFramer();
      const records: Framed[] = [];
      let at = 0;
      const bytes = Buffer.concat(chunks.map(([chunk]) => chunk));
      for (const [chunk, pause] of chunks) {
        records.push(...framed(framer.push(chunk)));
        if (pause) records.push(...framed(framer.idle()));
      }
      records.push(...framed(framer.end()));
      for (const [, text] of records) {
        const next = bytes.indexOf(text, at, 'latin1');
        if (next === -1 || text.length > limits.frameBytes) throw new Error(JSON.stringify({ text, at }));
        at = next + text.length;
      }
    }),
    { seed, numRuns: 3000 },
  );
});

const corpus = fileURLToPath(new URL('../../../../shared/corpus/', import.meta.url));
const skip = existsSync(corpus) ? false : 'the public corpus is not beside this checkout';

t.test(
  'StreamFramer.push() finds every line with a PRI of the public corpus, without any delimiter',
  { skip },
  async (t) => {
    const withPri = readdirSync(corpus)
      .filter((name) => name.endsWith('.log'))
      .flatMap((name) => readFileSync(`${corpus}${name}`, 'latin1').split('\n'))
      .filter((line) => /^<\d{1,3}>/.test(line))
      .map((line) => line.trimEnd());
    t.ok(withPri.length > 50);
    const joined = Buffer.from(withPri.join(''), 'latin1');
    t.same(texts(read(joined)), withPri);
    for (const size of [1, 7, 64, 1000]) {
      const chunks = Array.from({ length: Math.ceil(joined.length / size) }, (_, index) =>
        joined.subarray(index * size, (index + 1) * size),
      );
      t.same(texts(read(...chunks)), withPri, `in chunks of ${size}`);
    }
  },
);
