/** A device that is not known is answered with the nearest one, by every command that takes the name of a device. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { temporaryDirectory } from '../given.ts';
import { ran } from './in-one-process.ts';

const trustpool = fileURLToPath(new URL('../../samples/captures/trustpool.txt', import.meta.url));

t.test('commands name the device that was probably meant', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'devices.csv'), 'hostname\nsw-press-01\nsw-paint-01\n');
  const COMMANDS: readonly string[][] = [
    ['explain', 'sw-pres-01'],
    ['forget', 'sw-pres-01'],
    ['confirm-sender', 'sw-pres-01', '192.0.2.7'],
    ['trustpool', trustpool, '--device', 'sw-pres-01'],
    ['capture', trustpool, '--device', 'sw-pres-01'],
  ];
  const [, ...answers] = ran([['inventory', 'devices.csv'], ...COMMANDS, ['explain', 'core-7']], { cwd: directory });
  const far = answers.pop();
  for (const [nth, { status, stderr }] of answers.entries()) {
    t.equal(status, 2);
    t.match(stderr, /sw-pres-01.*; did you mean "sw-press-01"\? \[QVW_NOT_FOUND\]\n$/, COMMANDS[nth]?.[0] ?? '');
    t.equal(stderr.trim().split('\n').length, 1, 'one line');
  }
  t.match(far, { status: 2, stderr: /there is no device or incident "core-7"/ });
  t.notMatch(far?.stderr, 'did you mean', 'nothing is near');
});

t.test('inventory --dry-run needs no database, says so, and makes none', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'devices.csv'), 'hostname\nsw-press-01\n');
  const [dry, listed] = ran([['inventory', 'devices.csv', '--dry-run'], ['notices']], { cwd: directory });
  t.match(dry, {
    status: 0,
    stdout: '1 row would be imported, 0 unchanged, 1 device new; nothing is stored\n',
    stderr: 'there is no database in ./data: compared with an empty one\n',
  });
  t.notOk(existsSync(join(directory, 'data')));
  t.match(listed, { status: 2, stderr: /QVW_FILE_UNREADABLE/ }, 'what needs one still says so');
});

t.test('--color decides on the colours of tables, whatever the environment says', async (t) => {
  const sample = fileURLToPath(new URL('../../samples/demo.txt', import.meta.url));
  const replay = (...more: string[]) => ['replay', sample, ...more];
  const lines = [replay(), replay('--color', 'auto'), replay('--color', 'always'), replay('--color', 'never')];
  const coloured = (env: Record<string, string>) =>
    ran(lines, { env }).map(({ status, stdout }) => {
      t.equal(status, 0);
      return stdout.includes('\u001b[');
    });
  t.same(coloured({ NO_COLOR: '1' }), [false, false, true, false]);
  t.same(coloured({ FORCE_COLOR: '1', NO_COLOR: '' }), [true, true, true, false]);
  t.match(ran([replay('--color', 'sometimes')])[0], { status: 2, stderr: /Allowed choices are auto, always, never/ });
});
