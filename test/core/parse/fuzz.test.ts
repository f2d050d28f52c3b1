import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { findMessageCode } from '../../../src/core/decode/message-code.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { makeParser } from '../../../src/core/parse/parse.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { advisory, BODIES, FN72298_LINES, frameOf, makeReader } from '../../given.ts';

const headers = [
  '',
  '<187>1: sw-a: Mar  1 18:46:11.123 UTC: ',
  '<187>7433: sw-a: 007439: 2y10w: ',
  '<187>1 2022-03-01T18:46:11Z sw-a - - - - ',
];
const root = fileURLToPath(new URL('../../../samples/messages/', import.meta.url));
const sampled = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.log'))
  .flatMap((file) => readFileSync(`${root}${file}`, 'utf8').split('\n').filter(Boolean));
const pieces = [
  ' : ',
  'for udi ',
  '<>',
  'PID:X,SN:Y',
  'Reason : ',
  '(ERR 205 : x)',
  '#012',
  '"',
  '.',
  '\u0000',
  '\uFFFD',
  ' failed',
  'restored',
];

/** To repeat a failure: `SEED=… npm test -- test/core/parse/fuzz.test.ts`. */
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

/** A tracked line with a part removed, inserted or repeated. */
const mutated = fc
  .record({
    header: fc.constantFrom(...headers),
    body: fc.oneof(fc.constantFrom(...Object.values(BODIES), ...FN72298_LINES), fc.constantFrom(...sampled)),
    at: fc.nat(300),
    cut: fc.nat(20),
    piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 6 })),
    times: fc.constantFrom(0, 0, 1, 1, 2, 40),
  })
  .map(({ header, body, at, cut, piece, times }) => {
    const line = header + body;
    const from = at % (line.length + 1);
    return line.slice(0, from) + piece.repeat(times) + line.slice(from + cut);
  });

t.test('makeReader() reads any line, without an exception and without two readings', async (t) => {
  t.comment(`seed ${seed}`);
  const read = makeReader(
    advisory,
    liveTime(() => 0),
  );
  const [reusing, parsing] = [makeParser(), makeParser({ reuse: false })];
  fc.assert(
    fc.property(mutated, (line) => {
      const frame = frameOf(line);
      const { raw } = read(frame);
      const code = findMessageCode(frame.bytes, 0, frame.end);
      if (code === null || !code.tracked) return raw.length > 0 || line === '';
      const text = frame.bytes.toString('utf8', code.body);
      const [a, b] = [reusing(code, text), parsing(code, text)];
      return JSON.stringify(a) === JSON.stringify(b) && (a.outcome === 'parsed' || a.why !== 'ambiguous');
    }),
    { numRuns: 200_000, seed },
  );
  t.pass();
});

t.test('makeReader() reads a line of 8 KiB in linear time', async (t) => {
  const read = makeReader(
    advisory,
    liveTime(() => 0),
  );
  const fillers = [
    '.',
    ' ',
    ':',
    '-',
    '%',
    '1:',
    'a:',
    '[',
    '"',
    '*',
    '#012',
    'a ',
    '<1>',
    '%PKI-3-',
    'PID:',
    '(ERR 1 : ',
    'x.x-',
  ];
  const cost = (line: Buffer): number => {
    // The shortest of some: what else the machine does only makes one longer.
    const milliseconds = Array.from({ length: 8 }, () => {
      const started = performance.now();
      read(frameOf(line));
      return performance.now() - started;
    });
    return Math.min(...milliseconds) / line.length;
  };
  const lines = fillers.flatMap((filler) => [
    Buffer.from(`${filler.repeat(limits.frameBytes)}`.slice(0, limits.frameBytes)),
    Buffer.from(`%SMART_LIC-3-COMM_FAILED: Communications failure with ${filler.repeat(8000 / filler.length)}x`),
    Buffer.from(
      `${filler.repeat(200)}%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint ${filler.repeat(limits.frameBytes)}`.slice(
        0,
        limits.frameBytes,
      ),
    ),
  ]);
  for (const line of lines) cost(line);
  const costs = lines.map(cost).sort((a, b) => a - b);
  const median = costs[Math.floor(costs.length / 2)] as number;
  const worst = costs.at(-1) as number;
  t.comment(`worst ${(worst / median).toFixed(1)} x the median a byte`);
  // Quadratic work on 8 KiB would cost thousands of times the median; noise is far below that.
  t.ok(worst < median * 200, 'the cost of each line is linear in its bytes');
});
