import fc from 'fast-check';
import t from 'tap';
import { datagramRecord } from '../../../src/core/frame/datagram.ts';
import { NonTransparentFramer } from '../../../src/core/frame/non-transparent.ts';
import { limits } from '../../../src/core/model/limits.ts';

const text = (records: ReturnType<NonTransparentFramer['push']>) =>
  records.map(({ bytes, start, end }) => bytes.toString('latin1', start, end));

function frame(chunks: readonly Buffer[]): string[] {
  const framer = new NonTransparentFramer();
  return [...chunks.flatMap((chunk) => text(framer.push(chunk))), ...text(framer.end())];
}

t.test('NonTransparentFramer.push() ends records at LF, CR LF and NUL (RFC 6587 §3.4.2)', async (t) => {
  t.same(frame([Buffer.from('a\nb\r\nc\0d')]), ['a', 'b', 'c', 'd']);
  t.same(frame([Buffer.from('\n\r\n\0')]), [], 'empty records are dropped');
  t.same(frame([Buffer.from('a\r'), Buffer.from('\nb')]), ['a', 'b'], 'CR and LF may arrive apart');
  t.same(frame([Buffer.from('a\rb\n')]), ['a\rb'], 'a CR inside a record is text');
});

t.test('NonTransparentFramer.push() returns the same records for any division into chunks', async (t) => {
  const bytes = fc.array(fc.constantFrom(0x0a, 0x0d, 0x00, 0x61, 0xff), { maxLength: 60 });
  const cuts = fc.array(fc.nat(60), { maxLength: 8 });
  fc.assert(
    fc.property(bytes, cuts, (list, at) => {
      const stream = Buffer.from(list);
      const points = [0, ...at.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b), stream.length];
      const chunks = points.slice(1).map((point, index) => stream.subarray(points[index], point));
      return JSON.stringify(frame(chunks)) === JSON.stringify(frame([stream]));
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test(
  'NonTransparentFramer.push() cuts a record without an end at the limit, once, and reads the next record',
  async (t) => {
    const framer = new NonTransparentFramer();
    const endless = Buffer.alloc(limits.frameBytes, 0x78);
    t.same(framer.push(endless), [], 'a record of just the limit waits for its end');
    const [cut] = framer.push(Buffer.from('xyz'));
    t.equal(cut?.truncated, true);
    t.equal((cut?.end ?? 0) - (cut?.start ?? 0), limits.frameBytes);
    t.same(framer.push(endless), [], 'its rest is skipped');
    t.same(text(framer.push(Buffer.from('rest\nnext\n'))), ['next']);
  },
);

t.test('NonTransparentFramer.push() cuts a long record with an end', async (t) => {
  const records = new NonTransparentFramer().push(Buffer.from(`${'x'.repeat(limits.frameBytes + 5)}\nshort\n`));
  t.same(
    records.map(({ truncated, start, end }) => [truncated, end - start]),
    [
      [true, limits.frameBytes],
      [false, 5],
    ],
  );
});

t.test('datagramRecord() makes one record of one datagram (RFC 5426)', async (t) => {
  const read = (bytes: string) => {
    const record = datagramRecord(Buffer.from(bytes));
    return record === null ? null : record.bytes.toString('latin1', record.start, record.end);
  };
  t.equal(read('line\r\n'), 'line');
  t.equal(read('line\0'), 'line');
  t.equal(read('two\nlines'), 'two\nlines', 'a line break inside is text');
  t.equal(read('\r\n'), null);
  t.equal(read(''), null);
  t.equal(datagramRecord(Buffer.alloc(limits.frameBytes + 1, 0x61))?.truncated, true);
});
