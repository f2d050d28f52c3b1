import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { archiveFilesOf } from '../../src/archive/archive-files.ts';
import { type ArchiveReader, ArchiveReaderThread, InlineArchiveReader } from '../../src/archive/archive-reader.ts';
import { ArchiveSource } from '../../src/archive/source.ts';
import type { FilteredFrames } from '../../src/core/read/frame-collector.ts';
import { batchesOf } from '../../src/receive/source.ts';
import { BODIES, T0 } from '../given.ts';

const tracked = (n: number) => `<187>${n}: sw-a: ${BODIES.commFailed}\n`;
const chatter = `<189>13: sw-a: ${BODIES.chatter}\n`;

function sourceOf(t: Test, bytes: string | Buffer, reader: ArchiveReader = new InlineArchiveReader(), name = 'a.log') {
  const directory = t.testdir({ [name]: bytes });
  const [file] = archiveFilesOf([`${directory}/${name}`], T0);
  if (file === undefined) throw new Error('the file is there');
  t.teardown(() => reader.stop());
  return new ArchiveSource(reader, file);
}

/** The kept lines, and the counts of all. */
async function found(source: ArchiveSource, max?: number) {
  const lines: string[] = [];
  const counts = { other: 0, noCore: 0, oversize: 0 };
  await source.start();
  for await (const { filtered } of batchesOf(source, max)) {
    for (const { bytes, start, end } of filtered.frames) lines.push(bytes.toString('utf8', start, end));
    for (const name of ['other', 'noCore', 'oversize'] as const) counts[name] += filtered[name];
  }
  return { lines, counts };
}

t.test('ArchiveSource.next() gives the same lines and counts whatever max is', async (t) => {
  // Of so many ordinary lines only some are kept.
  const file = Array.from({ length: 3000 }, (_, n) => tracked(n) + chatter.repeat(4)).join('') + chatter.repeat(300);
  const whole = await found(sourceOf(t, file));
  t.ok(whole.lines.length > 3000);
  t.ok(whole.counts.other > 1000);
  for (const max of [1, 100, 4000]) t.same(await found(sourceOf(t, file), max), whole, `${max}`);
});

t.test('ArchiveSource.next() throws where the file cannot be read, once what was read is taken', async (t) => {
  for (const reader of [new InlineArchiveReader(), new ArchiveReaderThread()]) {
    const packed = gzipSync(tracked(1).repeat(50_000)).subarray(0, -100);
    const source = sourceOf(t, packed, reader, 'a.log.gz');
    let lines = 0;
    const all = async () => {
      for await (const { filtered } of batchesOf(source)) lines += filtered.frames.length;
    };
    await source.start();
    await t.rejects(all(), { code: 'QVW_FILE_UNREADABLE' });
    t.ok(lines > 1000);
    t.equal(source.ended, true);
  }
});

t.test('ArchiveSource.stop() waits for no block, and gives none that comes later', async (t) => {
  const block = Promise.withResolvers<FilteredFrames>();
  async function* read(): AsyncGenerator<FilteredFrames> {
    yield await block.promise;
  }
  const source = sourceOf(t, '', { read, stop: async () => {} });
  source.onWake(() => t.fail('it calls nobody after it was stopped'));
  await source.start();
  await source.stop();
  block.resolve({ frames: [], other: 1, noCore: 0, oversize: 0, links: new Map() });
  await new Promise((resolve) => setImmediate(resolve));
  t.same([source.next(1), source.ended], [null, true]);
});
