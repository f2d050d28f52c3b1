/** Files and pipes that people name, as the operating system has them. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readBounded } from '../../src/config/read-file.ts';
import { child, get, MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

t.setTimeout(180_000);

t.test('readBounded() reads a file, and a pipe up to its end', (t) => {
  const directory = temporaryDirectory(t);
  const [file, pipe] = [join(directory, 'file'), join(directory, 'pipe')];
  const text = 'data: x\n'.repeat(40_000);
  writeFileSync(file, text);
  t.equal(readBounded(file, text.length).toString(), text);
  t.throws(() => readBounded(file, text.length - 1), { message: `it is longer than ${text.length - 1} bytes` });
  writeFileSync(file, '');
  t.equal(readBounded(file, 9).length, 0, 'an empty file is one');
  execFileSync('mkfifo', [pipe]);
  // It opens the pipe when this process does, or later.
  const writer = spawn('sh', ['-c', 'exec cat "$0" > "$1"', MAIN, pipe]);
  t.match(readBounded(pipe, 1e6).toString(), /compile-cache/);
  t.throws(() => readBounded(pipe, 1e6), { message: 'nobody writes to this pipe' });
  t.throws(() => readBounded(join(directory, 'none'), 9), { code: 'ENOENT' });
  t.throws(() => readBounded(directory, 9), { code: 'EISDIR' });
  return once(writer, 'exit').then(() => t.end());
});

t.test('no command waits for a pipe without a writer, or reads a file without an end', (t) => {
  const directory = temporaryDirectory(t);
  execFileSync('mkfifo', ['pipe'], { cwd: directory });
  mkdirSync(join(directory, 'data'));
  const tls = 'syslog: { tls: { listen: "127.0.0.1:0", cert: NAME, key: NAME } }';
  const commands: readonly (readonly string[])[] = [
    ['check', '--config', 'NAME'],
    ['advisory', '--advisory', 'NAME'],
    ['inventory', 'NAME', '--data', 'data'],
    ['trustpool', 'NAME'],
    ['send', MAIN, '--to', '127.0.0.1:9', '--transport', 'tls', '--ca', 'NAME'],
    ['check', '--config', 'tls.yaml'],
    ['serve', '--config', 'NAME', '--data', 'data'],
  ];
  for (const [name, words] of [
    ['pipe', 'nobody writes to this pipe'],
    ['/dev/zero', 'it is longer than \\d+ bytes'],
  ] as const) {
    writeFileSync(join(directory, 'tls.yaml'), tls.replaceAll('NAME', name));
    for (const command of name === 'pipe' ? commands : commands.slice(0, 4)) {
      const args = [MAIN, ...command.map((each) => (each === 'NAME' ? name : each))];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
      t.equal(status, 2, args.slice(1).join(' '));
      t.equal(stdout, '');
      for (const line of stderr.trim().split('\n'))
        t.match(line, new RegExp(`cannot be read: ${words} \\[QVW_\\w+\\]$`));
    }
  }
  t.end();
});

t.test('a service whose configuration has become a pipe says so at its reload, and goes on', async (t) => {
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  writeFileSync(file, '');
  const service = await child(t, temporaryDirectory(t), '--config', file);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  const answer = await fetch(`${service.api}/-/reload`, { method: 'POST' });
  t.equal(answer.status, 503);
  t.match(await answer.text(), /nobody writes to this pipe/);
  t.match(await get(`${service.api}/healthz`), { status: 'ok' });
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
});

const skip = existsSync('/dev/full') ? false : 'there is no /dev/full';

t.test('a command whose output cannot be written prints one line', { skip }, (t) => {
  const data = temporaryDirectory(t);
  const log = join(data, 'lines.log');
  writeFileSync(log, '<187>1: sw-a: %SMART_LIC-3-COMM_FAILED: Communications failure with the CSSM : timed out\n');
  for (const command of [
    ['--version'],
    ['--help'],
    ['advisory'],
    ['check'],
    ['parse', log],
    ['replay', log],
    ['demo'],
  ]) {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...command], {
      ...{ cwd: data, encoding: 'utf8', stdio: ['ignore', full, 'pipe'] },
    });
    closeSync(full);
    t.match(
      stderr,
      /^quovadis-watch: the output cannot be written: ENOSPC[^\n]* \[QVW_OUTPUT_FAILED\]\n$/,
      command.join(' '),
    );
    t.equal(status, 1);
  }
  t.end();
});
