/** Files as people have them: packed, in other encodings, or no syslog at all. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { create } from 'tar';
import { MAIN } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { zipOf } from '../zip.ts';
import { ran } from './in-one-process.ts';

/** Two files; the first one has no line end. */
const FIRST = `<189>1: sw-a: Mar  1 06:00:00 UTC: ${BODIES.callHome205}\n<187>2: sw-a: Mar  1 06:10:00 UTC: ${BODIES.commFailed}`;
const SECOND = `<187>3: sw-a: Mar  1 07:00:00 UTC: ${BODIES.crlSla}\n<189>1: sw-b: Mar  1 08:00:00 UTC: ${BODIES.chatter}\n`;
const BOTH = `${FIRST}\n${SECOND}`;

async function packedFiles(t: Test): Promise<{ directory: string; files: string[] }> {
  const directory = temporaryDirectory(t);
  const put = (name: string, bytes: Buffer | string) => writeFileSync(join(directory, name), bytes);
  put('plain.log', BOTH);
  put('first.log', FIRST);
  put('second.log', SECOND);
  put('second.log.gz', gzipSync(SECOND));
  put('gzip-without-its-name.log', gzipSync(BOTH));
  put('two-members.log.gz', Buffer.concat([gzipSync(`${FIRST}\n`), gzipSync(SECOND)]));
  put('plain-with-the-name.log.gz', BOTH);
  put('zstd.log.zst', zstdCompressSync(BOTH));
  put('brotli.log.br', brotliCompressSync(BOTH));
  put('utf-16le.log', Buffer.from(`\ufeff${BOTH}`, 'utf16le'));
  put('utf-16be.log', Buffer.from(`\ufeff${BOTH}`, 'utf16le').swap16());
  await create({ cwd: directory, file: join(directory, 'logs.tar') }, ['first.log', 'second.log']);
  await create({ cwd: directory, file: join(directory, 'rotated.tar'), gzip: true }, ['first.log', 'second.log.gz']);
  const files = ['plain.log', 'gzip-without-its-name.log', 'two-members.log.gz', 'plain-with-the-name.log.gz'];
  files.push('zstd.log.zst', 'brotli.log.br', 'utf-16le.log', 'utf-16be.log', 'logs.tar', 'rotated.tar', 'logs.zip');
  put('logs.zip', zipOf({ 'first.log': FIRST, 'second.log.gz': gzipSync(SECOND) }));
  return { directory, files };
}

t.test('replay and parse read the same of a packed file as of the plain one, whatever its name', async (t) => {
  const { directory, files } = await packedFiles(t);
  const lines = (command: string) => files.map((file) => [command, ...(command === 'replay' ? ['--json'] : []), file]);
  const replayed = ran(lines('replay'), { cwd: directory }).map(({ status, stdout, stderr }) => {
    const { seconds: _, linesPerSecond: __, ...rest } = JSON.parse(stdout || '{}');
    return { status, stderr, ...rest };
  });
  t.match(replayed[0], { status: 0, stderr: '', lines: 4, messages: 4, devices: 1 });
  for (const [index, found] of replayed.entries()) t.same(found, replayed[0], `${files[index]}`);
  const parsed = ran(lines('parse'), { cwd: directory });
  for (const [index, found] of parsed.entries()) t.same(found, parsed[0], `${files[index]}`);
});

t.test('stdin may be packed, too; a zip has to be a file', async (t) => {
  const { directory } = await packedFiles(t);
  const read = (name: string) =>
    spawnSync(process.execPath, [MAIN, 'parse'], { input: readFileSync(join(directory, name)), encoding: 'utf8' });
  t.equal(read('rotated.tar').stdout, read('plain.log').stdout);
  const zip = spawnSync(process.execPath, [MAIN, 'parse'], { input: 'PK\x03\x04 and more', encoding: 'utf8' });
  t.same([zip.status, zip.stdout], [2, '']);
  t.match(
    zip.stderr,
    /^quovadis-watch: stdin is a zip in a stream: save it as a file, and give that \[QVW_FILE_UNREADABLE\]\n$/,
  );
});

t.test(
  'a file of a format that is not read, a damaged one, and one that is no syslog are told in one line',
  async (t) => {
    const directory = temporaryDirectory(t);
    const put = (name: string, bytes: Buffer | string) => writeFileSync(join(directory, name), bytes);
    const packed = gzipSync(BOTH);
    const rows: readonly (readonly [name: string, bytes: Buffer | string, status: number, says: RegExp])[] = [
      [
        'a.xz',
        Buffer.from('\xfd7zXZ\x00\x00', 'latin1'),
        2,
        /a\.xz is xz, which is not read: unpack it, for example: xz -dc a\.xz \|/,
      ],
      ["line 'a' $x.xz", Buffer.from('\xfd7zXZ\x00\x00', 'latin1'), 2, /: xz -dc 'line '\\''a'\\'' \$x\.xz' \|/],
      ['./-a.bz2', 'BZh91AY&SY', 2, /: bzip2 -dc \.\/-a\.bz2 \|/],
      ['a.log', 'BZh91AY&SY', 2, /a\.log is bzip2, which is not read: .*bzip2 -dc a\.log \|/],
      ['a.7z', Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), 2, /a\.7z is 7z, .*7z x -so a\.7z \|/],
      ['a.rar', 'Rar!\x1a\x07\x01\x00', 2, /a\.rar is rar, .*unrar p -inul a\.rar \|/],
      ['a.lz4', Buffer.from('\x04\x22\x4d\x18', 'latin1'), 2, /is lz4, /],
      ['a.Z', Buffer.from('\x1f\x9d\x90', 'latin1'), 2, /is compress \(\.Z\), .*gzip -dc a\.Z \|/],
      ['quovadis.db', 'SQLite format 3\x00', 2, /is SQLite, .*--data/],
      ['xz.gz', gzipSync(Buffer.from('\xfd7zXZ\x00\x00', 'latin1')), 2, /xz\.gz is xz, /],
      ['deep.gz', [1, 2, 3, 4, 5].reduce((bytes) => gzipSync(bytes), Buffer.from(BOTH)), 2, /packed more than 4 times/],
      ['cut.gz', packed.subarray(0, -20), 2, /cut\.gz cannot be read: unexpected end of file/],
      ['bad.zip', 'PK\x03\x04 and more', 2, /bad\.zip cannot be read: /],
      [
        'picture.png',
        Buffer.from('\x89PNG\r\n\x1a\n\x00\x00\xff', 'latin1'),
        1,
        /none of \d+ lines? in picture\.png is a Cisco message/,
      ],
      ['empty.log', '', 1, /none of 0 lines in empty\.log is a Cisco message.*\[QVW_NO_CISCO_LINE\]/],
      ['other.log', 'Jan  1 00:00:00 host sshd[1]: session opened\n', 1, /none of 1 line in other\.log is a Cisco/],
    ];
    for (const [name, bytes] of rows) put(name, bytes);
    const replayed = ran(
      rows.map(([name]) => ['replay', name]),
      { cwd: directory },
    );
    for (const [index, [name, , status, says]] of rows.entries()) {
      const { stdout, stderr, ...found } = replayed[index] as (typeof replayed)[number];
      t.same([found.status, stdout], [status, ''], `${name}: ${stderr}`);
      t.match(stderr, says);
      t.equal(stderr.split('\n').length, 2, `one line: ${stderr}`);
    }
    const parsed = ran(
      rows.map(([name]) => ['parse', name]),
      { cwd: directory },
    );
    for (const [index, [name, , status, says]] of rows.entries()) {
      t.equal(parsed[index]?.status, status, name);
      t.match(parsed[index]?.stderr, says);
    }
    put('good.log', BOTH);
    const [mixed, misspelt] = ran(
      [
        ['replay', 'good.log', 'other.log'],
        ['replay', 'goood.log'],
      ],
      { cwd: directory },
    );
    t.match(mixed, { status: 0, stderr: 'other.log: no line is a Cisco message\n', stdout: /\nsw|1 incident|sw-a/ });
    t.match(misspelt, {
      status: 2,
      stderr: /goood\.log cannot be read: .*; did you mean "good\.log"\? \[QVW_FILE_UNREADABLE\]/,
    });
  },
);
