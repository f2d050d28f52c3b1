import fc from 'fast-check';
import t from 'tap';
import { NONE, nextCandidate } from '../../src/core/decode/core-finder.ts';
import { Marks, WINDOW_BYTES } from '../../src/core/marks.ts';

/** Near the edges of windows, and of the rounds within them. */
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

/** The places of all line ends and, of each record before one, of all candidates. */
function marked(text: Buffer, from: number, marks: Marks) {
  const found: { end: number; candidates: number[] }[] = [];
  marks.read(text, from);
  let start = from;
  for (let end = marks.nextEnd(); end !== NONE; end = marks.nextEnd()) {
    found.push({ end, candidates: candidatesOf(text, start, end, marks) });
    start = end + 1;
  }
  return found;
}

function candidatesOf(text: Buffer, start: number, end: number, by: Pick<Marks, 'nextCandidate'>): number[] {
  const found: number[] = [];
  for (let at = by.nextCandidate(text, start, end); at !== NONE; at = by.nextCandidate(text, at + 1, end))
    found.push(at);
  return found;
}

/** The same, a byte at a time. */
function looked(text: Buffer, from: number) {
  const found: { end: number; candidates: number[] }[] = [];
  let start = from;
  for (let end = from; end < text.length; end++) {
    if (text[end] !== 0x0a && text[end] !== 0) continue;
    found.push({ end, candidates: candidatesOf(text, start, end, { nextCandidate }) });
    start = end + 1;
  }
  return found;
}

t.test('Marks finds in any bytes the line ends and candidates that are found byte by byte', async (t) => {
  const marks = new Marks();
  fc.assert(
    fc.property(bytes, fc.nat({ max: 40 }), (text, from) => {
      const begin = Math.min(from, text.length);
      return JSON.stringify(marked(text, begin, marks)) === JSON.stringify(looked(text, begin));
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('Marks holds a window in which every byte is an end, and one in which every byte is a candidate', async (t) => {
  for (const text of [
    Buffer.alloc(3 * WINDOW_BYTES, '\n'),
    Buffer.concat([Buffer.alloc(WINDOW_BYTES - 1, '-'), Buffer.of(10)]),
  ]) {
    t.strictSame(marked(text, 0, new Marks()), looked(text, 0));
  }
});

t.test('Marks tells the candidates of a record that it has not marked', async (t) => {
  const marks = new Marks();
  marks.read(Buffer.from('a-3-b\n'), 0);
  const other = Buffer.from('ab-3-cd-4-e');
  t.strictSame(candidatesOf(other, 0, other.length, marks), [2, 7]);
});
