import fc from 'fast-check';
import t from 'tap';
import { SiftingThread, startSifter } from '../../src/archive/sifting.ts';
import { limits } from '../../src/core/limits.ts';
import type { Sifting } from '../../src/core/sieve.ts';
import { BODIES, T0 } from '../given.ts';

/** What a sifting says, without the buffers that it is read from. */
function said({ frames, before, links, ...counts }: Sifting) {
  const rows = frames.map(({ bytes, start, end, ...rest }, index) => [
    bytes.toString('latin1', start, end),
    before[index],
    rest,
  ]);
  return { rows, links: [...links], ...counts };
}

const header = '<187>12: sw-a: Mar  1 18:46:11: ';
const line = fc.oneof(
  fc.constantFrom<string>(...Object.values(BODIES).map((body) => header + body)),
  fc.constantFrom('', 'no core', `${header}last message repeated 5 times`, 'x'.repeat(limits.frameBytes + 3)),
);
const file = fc
  .record({ lines: fc.array(line, { maxLength: 60 }), end: fc.constantFrom('\n', '\r\n', '\0'), cut: fc.nat(3) })
  .map(({ lines, end, cut }) => Buffer.from(lines.map((text) => text + end).join('')).subarray(0, -cut || undefined));

/** Files as blocks of a size. */
function blocksOf(files: readonly Buffer[], size: number): readonly (readonly Buffer[])[] {
  return files.map((bytes) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
  );
}

t.test('SiftingThread gives of each block what is given here, in their order', async (t) => {
  const thread = new SiftingThread();
  t.teardown(() => thread.stop());
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 40, max: 9000 }),
      async (files, size) => {
        const here = startSifter(0);
        for (const blocks of blocksOf(files, size)) {
          // Some are parts of a buffer, some have one of their own, which changes hands.
          const given = (bytes: Buffer, index: number) =>
            index % 2 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
          const there = await Promise.all([
            ...blocks.map((bytes, index) => thread.block(given(bytes, index), T0)),
            thread.end(T0),
          ]);
          const expected = await Promise.all([...blocks.map((bytes) => here.block(bytes, T0)), here.end(T0)]);
          if (JSON.stringify(there.map(said)) !== JSON.stringify(expected.map(said))) return false;
        }
        return true;
      },
    ),
    // It has counted so many ordinary lines by the end that not all of them are kept here, either.
    { numRuns: 60 },
  );
});

t.test('SiftingThread keeps of many ordinary lines those that are kept here', async (t) => {
  const thread = new SiftingThread();
  t.teardown(() => thread.stop());
  const here = startSifter(0);
  const block = () => Buffer.from(`${header}${BODIES.chatter}\n`.repeat(3000));
  for (let index = 0; index < 4; index++) {
    const [there, expected] = await Promise.all([thread.block(block(), T0), here.block(block(), T0)]);
    t.same(said(there), said(expected));
    t.equal(there.frames.length === 3000, index === 0, 'all of the first ones');
  }
});

t.test('SiftingThread stops with blocks under way', async (t) => {
  const thread = new SiftingThread();
  for (let index = 0; index < 3; index++) thread.block(Buffer.alloc(1 << 20, 'x\n'), T0);
  await thread.stop();
  t.pass();
});
