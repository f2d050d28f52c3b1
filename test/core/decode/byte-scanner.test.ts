import fc from 'fast-check';
import t from 'tap';
import { ByteScanner, WINDOW_BYTES } from '../../../src/core/decode/byte-scanner.ts';
import { NONE, nextCandidate } from '../../../src/core/decode/message-code.ts';
import { NonTransparentFramer, type TakeRecord } from '../../../src/core/frame/non-transparent.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { Prefilter } from '../../../src/core/read/prefilter.ts';

/** Lengths near the edges of windows, and of the rounds in a window. */
const filler = fc.oneof(
  fc.nat({ max: 200 }),
  fc.nat({ max: 200 }).map((more) => WINDOW_BYTES - 100 + more),
  fc.nat({ max: 200 }).map((more) => 2 * WINDOW_BYTES - 100 + more),
);
const part = fc.constantFrom(
  '\n',
  '\0',
  '-',
  '-3-',
  '-X-',
  '--',
  'SA',
  'Sa',
  'sa',
  'S',
  'A',
  '%PKI-3-X: ',
  '\r\n',
  'x',
);
const bytes = fc
  .array(fc.tuple(filler, fc.array(part, { maxLength: 40 })), { maxLength: 4 })
  .map((pieces) =>
    Buffer.from(pieces.map(([length, parts]) => 'x'.repeat(length) + parts.join('')).join(''), 'latin1'),
  );

/** The positions of all line ends, and of all candidates in the record before each end. */
function scanned(text: Buffer, from: number, scanner: ByteScanner) {
  const found: { end: number; candidates: number[] }[] = [];
  scanner.read(text, from);
  let start = from;
  for (let end = scanner.nextEnd(); end !== NONE; end = scanner.nextEnd()) {
    found.push({ end, candidates: candidatesOf(text, start, end, scanner) });
    start = end + 1;
  }
  return found;
}

function candidatesOf(text: Buffer, start: number, end: number, finder: Pick<ByteScanner, 'nextCandidate'>): number[] {
  const found: number[] = [];
  for (let at = finder.nextCandidate(text, start, end); at !== NONE; at = finder.nextCandidate(text, at + 1, end))
    found.push(at);
  return found;
}

/** The same, byte by byte. */
function searched(text: Buffer, from: number) {
  const found: { end: number; candidates: number[] }[] = [];
  let start = from;
  for (let end = from; end < text.length; end++) {
    if (text[end] !== 0x0a && text[end] !== 0) continue;
    found.push({ end, candidates: candidatesOf(text, start, end, { nextCandidate }) });
    start = end + 1;
  }
  return found;
}

t.test('ByteScanner finds the same line ends and candidates as a search byte by byte, in any bytes', async (t) => {
  const scanner = new ByteScanner();
  fc.assert(
    fc.property(bytes, fc.nat({ max: 40 }), (text, from) => {
      const begin = Math.min(from, text.length);
      return JSON.stringify(scanned(text, begin, scanner)) === JSON.stringify(searched(text, begin));
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('ByteScanner reads a window of line ends only, and a window of candidates only', async (t) => {
  for (const text of [
    Buffer.alloc(3 * WINDOW_BYTES, '\n'),
    Buffer.concat([Buffer.alloc(WINDOW_BYTES - 1, '-'), Buffer.of(10)]),
  ]) {
    t.strictSame(scanned(text, 0, new ByteScanner()), searched(text, 0));
  }
});

t.test('ByteScanner.nextCandidate() finds the candidates of bytes that were not scanned', async (t) => {
  const scanner = new ByteScanner();
  scanner.read(Buffer.from('a-3-b\n'), 0);
  const other = Buffer.from('ab-3-cd-4-e');
  t.strictSame(candidatesOf(other, 0, other.length, scanner), [2, 7]);
});

const words = fc.constantFrom(
  ...['%SMART_LIC-3-COMM_FAILED: ', '%PKI-SW2-3-X: ', '%SYS-5-CONFIG_I: ', '%SYS-5-RESTART: ', '%ASA-3-1: %PKI-3-X: '],
  ...['SAEVT_DEREGISTER_STATUS', '-3-', ' x', 'Reason :', '\n', '\n', '\r\n', '\0', 'last message repeated 2 times'],
);
const file = fc
  .array(fc.tuple(fc.oneof(fc.nat({ max: 60 }), fc.constantFrom(limits.frameBytes, WINDOW_BYTES)), fc.array(words)), {
    maxLength: 6,
  })
  .map((pieces) => Buffer.from(pieces.map(([length, parts]) => 'x'.repeat(length) + parts.join('')).join('')));

/** A prefilter's verdicts on the records of a file that is read in blocks. */
function filteredBy(text: Buffer, block: number, framing: ByteScanner, prefilter: Prefilter): string[] {
  const framer = new NonTransparentFramer(framing);
  const verdicts: string[] = [];
  const take: TakeRecord = (bytes, start, end, _, truncated) => {
    verdicts.push(`${prefilter.test(bytes, start, end, null)} ${end - start} ${truncated}`);
  };
  for (let at = 0; at < text.length; at += block) framer.each(text.subarray(at, at + block), take);
  framer.last(take);
  return verdicts;
}

t.test('Prefilter.test() returns the same verdicts with and without a scanner', async (t) => {
  fc.assert(
    fc.property(file, fc.integer({ min: 1, max: 3 * WINDOW_BYTES }), (text, block) => {
      const scanner = new ByteScanner();
      const [scanned, searched] = [new Prefilter(scanner), new Prefilter()].map((prefilter) =>
        filteredBy(text, block + 99, scanner, prefilter),
      );
      return JSON.stringify(scanned) === JSON.stringify(searched);
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
