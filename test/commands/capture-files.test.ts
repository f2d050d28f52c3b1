/** Archives of captures, and what is longer than a capture may be: each in one line, and the others are read. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { create } from 'tar';
import { captureTexts } from '../../src/commands/capture-files.ts';
import { limits } from '../../src/core/model/limits.ts';
import { temporaryDirectory } from '../given.ts';
import { zipOf } from '../zip.ts';

const TOO_LONG = `longer than ${limits.captureBytes} bytes: give the output of each device in a file of its own`;
const long = Buffer.alloc(limits.captureBytes + 1, 'x');
const text = 'sw-a#show clock\n06:00:00.000 UTC Mon Feb 7 2022\nsw-a#\n';

async function found(file: string) {
  const texts: [string, string][] = [];
  for await (const each of captureTexts([file]))
    texts.push([each.file.slice(file.length), 'why' in each ? each.why : `${each.fileOf}: ${each.text}`]);
  return texts;
}

t.test('captureTexts() reads the files of an archive, and names the one that is too long', async (t) => {
  const folder = temporaryDirectory(t);
  const files = { 'north/sw-a.txt': Buffer.from(text), 'sw-long.log': long, '.git/config': Buffer.from('not for us') };
  const wanted = [
    [':north/sw-a.txt', `sw-a: ${text}`],
    [':sw-long.log', TOO_LONG],
  ];
  const zip = join(folder, 'captures.zip');
  writeFileSync(zip, zipOf(files));
  t.strictSame(await found(zip), wanted);
  const unpacked = temporaryDirectory(t);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(unpacked, name.replace('/', '-')), bytes);
  const tar = join(folder, 'captures.tar.gz');
  await create({ gzip: true, file: tar, cwd: unpacked }, ['north-sw-a.txt', 'sw-long.log']);
  t.strictSame(await found(tar), [
    [':north-sw-a.txt', `north-sw-a: ${text}`],
    [':sw-long.log', TOO_LONG],
  ]);
});

t.test('captureTexts() names a file that is too long, also a packed one', async (t) => {
  const folder = temporaryDirectory(t);
  for (const [name, bytes] of [
    ['sw-a.txt', long],
    ['sw-a.txt.gz', gzipSync(long)],
  ] as const) {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    t.strictSame(
      (await found(file)).map(([, why]) => why),
      [TOO_LONG],
      name,
    );
  }
});
