import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { type ArchiveFile, archiveFilesOf } from '../../src/archive/archive-files.ts';
import { type ArchiveReader, ArchiveReaderThread, startArchiveReader } from '../../src/archive/archive-reader.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { FilteredFrames } from '../../src/core/read/frame-collector.ts';
import { BODIES, T0 } from '../given.ts';

/** Kept frames and counts, without the buffers that they are read from. */
function said({ frames, links, ...counts }: FilteredFrames) {
  const rows = frames.map(({ bytes, start, end, ...rest }) => [bytes.toString('latin1', start, end), rest]);
  return { rows, links: [...links], ...counts };
}

const header = '<187>12: sw-a: Mar  1 18:46:11: ';
const line = fc.oneof(
  fc.constantFrom<string>(...Object.values(BODIES).map((body) => header + body)),
  fc.constantFrom('', 'no message code', `${header}last message repeated 5 times`, 'x'.repeat(limits.frameBytes + 3)),
);
const file = fc
  .record({ lines: fc.array(line, { maxLength: 60 }), end: fc.constantFrom('\n', '\r\n', '\0'), cut: fc.nat(3) })
  .map(({ lines, end, cut }) => Buffer.from(lines.map((said) => said + end).join('')).subarray(0, -cut || undefined));

/** All that is kept of some sources, and how many bytes were read of each. */
async function filteredBy(reader: ArchiveReader, sources: readonly ArchiveFile[]) {
  const batches: ReturnType<typeof said>[] = [];
  const bytes: number[] = [];
  for (const source of sources) {
    let read = 0;
    for await (const filtered of reader.read(source, (more) => (read += more))) batches.push(said(filtered));
    bytes.push(read);
  }
  return { batches, bytes };
}

t.test('ArchiveReaderThread gives of each file what is given here, block after block', async (t) => {
  const directory = t.testdir();
  const thread = new ArchiveReaderThread();
  t.teardown(() => thread.stop());
  const here = startArchiveReader(0);
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), fc.boolean(), async (files, packed) => {
      const names = files.map((bytes, index) => {
        const name = join(directory, `${index}.log${packed ? '.gz' : ''}`);
        writeFileSync(name, packed ? gzipSync(bytes) : bytes);
        return name;
      });
      const sources = archiveFilesOf(names, T0);
      const [there, expected] = await Promise.all([filteredBy(thread, sources), filteredBy(here, sources)]);
      for (const name of names) rmSync(name);
      return (
        JSON.stringify(there) === JSON.stringify(expected) &&
        there.bytes.every((read, index) => read === sources[index]?.bytes)
      );
    }),
    // It has counted so many ordinary lines by the end that not all of them are kept here, either.
    { numRuns: 60 },
  );
});

t.test('ArchiveReaderThread keeps of many ordinary lines those that are kept here', async (t) => {
  const name = join(t.testdir(), 'chatter.log');
  writeFileSync(name, `${header}${BODIES.chatter}\n`.repeat(60_000));
  const thread = new ArchiveReaderThread();
  t.teardown(() => thread.stop());
  const sources = archiveFilesOf([name], T0);
  const [there, expected] = await Promise.all([
    filteredBy(thread, sources),
    filteredBy(startArchiveReader(0), sources),
  ]);
  t.same(there, expected);
  t.ok(there.batches.length > 3, 'in several blocks');
  const kept = there.batches.reduce((sum, { rows }) => sum + rows.length, 0);
  t.ok(kept >= 3000 && kept < 10_000, `${kept} are kept of 60,000`);
  t.equal(
    there.batches.reduce((sum, { other }) => sum + other, kept),
    60_000,
    'each line is kept or counted',
  );
});

t.test(
  'ArchiveReaderThread waits for its reader where the bound lets it keep one block, and loses nothing',
  async (t) => {
    const name = join(t.testdir(), 'tracked.log');
    writeFileSync(name, `${header}${BODIES.commFailed}\n`.repeat(60_000));
    const thread = new ArchiveReaderThread({ aheadBytes: 1 });
    t.teardown(() => thread.stop());
    const sources = archiveFilesOf([name], T0);
    const there = await filteredBy(thread, sources);
    t.ok(there.batches.length > 5, 'in several blocks');
    t.same(there, await filteredBy(startArchiveReader(0), sources));
  },
);

t.test('ArchiveReaderThread finds what a repetition repeats some blocks further back', async (t) => {
  const name = join(t.testdir(), 'long.log');
  const long = `${'x'.repeat(3 << 20)}\n`;
  const repetition = '<187>13: sw-a: Mar  1 18:46:12: last message repeated 3 times\n';
  // Of so many ordinary lines only some are kept.
  const chatter = `${header}${BODIES.chatter}\n`.repeat(6000);
  writeFileSync(name, `${chatter}${header}${BODIES.commFailed}\n${long.repeat(3)}${repetition}${long}`);
  const thread = new ArchiveReaderThread();
  t.teardown(() => thread.stop());
  const sources = archiveFilesOf([name], T0);
  const there = await filteredBy(thread, sources);
  t.equal(
    there.batches.flatMap(({ rows }) => rows).filter(([text]) => text?.toString().includes('repeated')).length,
    1,
  );
  t.same(there, await filteredBy(startArchiveReader(0), sources));
});

t.test('ArchiveReaderThread says which file cannot be read, and goes on with the next', async (t) => {
  const directory = t.testdir({
    'a.log.gz': gzipSync('a line\n').subarray(0, -4),
    'b.log': `${header}${BODIES.commFailed}\n`,
  });
  const thread = new ArchiveReaderThread();
  t.teardown(() => thread.stop());
  const [bad, good] = archiveFilesOf([join(directory, 'a.log.gz'), join(directory, 'b.log')], T0) as [
    ArchiveFile,
    ArchiveFile,
  ];
  await t.rejects(filteredBy(thread, [bad]), { code: 'QVW_FILE_UNREADABLE', message: /a\.log\.gz cannot be read/ });
  t.same(await filteredBy(thread, [good]), await filteredBy(startArchiveReader(0), [good]));
});

t.test('ArchiveReaderThread stops in the middle of a file', async (t) => {
  const name = join(t.testdir(), 'half.log');
  writeFileSync(name, 'x\n'.repeat(4_000_000));
  const thread = new ArchiveReaderThread();
  for await (const _ of thread.read(archiveFilesOf([name], T0)[0] as ArchiveFile)) break;
  await thread.stop();
  t.pass();
});

t.test('ArchiveReaderThread stops in the middle of stdin, though more would come', async (t) => {
  const script = `
    import { ArchiveReaderThread } from ${JSON.stringify(new URL('../../src/archive/archive-reader.ts', import.meta.url))};
    const thread = new ArchiveReaderThread({ aheadBytes: 1 });
    for await (const filtered of thread.read({ name: '-', bytes: 0, end: 0 })) break;
    await thread.stop();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'inherit', 'pipe'] });
  t.teardown(() => child.kill());
  const { stdin, stderr } = child;
  // The test never ends stdin. Its writes fail once the child does not read any more.
  stdin.on('error', () => {});
  stdin.write('x\n'.repeat(2_000_000));
  const [[code], said] = await Promise.all([once(child, 'exit'), text(stderr)]);
  t.same([code, said], [0, '']);
});
