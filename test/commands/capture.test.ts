/** The command `capture` on real files: folders, archives, the output of Ansible, and what cannot be taken. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { create } from 'tar';
import { ansibleTexts } from '../../src/operate/ansible-output.ts';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

const STATUS = [
  'Smart Licensing is ENABLED',
  'Transport:',
  '  Type: Callhome',
  'License Authorization:',
  '  Status: AUTHORIZED on Feb 01 06:00:00 2022 UTC',
  '  Last Communication Attempt: SUCCEEDED on Feb 01 06:00:00 2022 UTC',
];
const CLOCK = [
  'Load for five secs: 5%/0%; one minute: 5%; five minutes: 5%',
  'Time source is NTP, 06:00:00.000 UTC Mon Feb 7 2022',
];
const terminal = (host: string) => [`${host}#show license status`, ...CLOCK, ...STATUS, `${host}#`, ''].join('\n');

function capturing(t: Test) {
  const folder = temporaryDirectory(t);
  const data = join(folder, 'data');
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args, '--data', data], {
      encoding: 'utf8',
      timeout: 120_000,
    });
    return { status, stdout, stderr };
  };
  writeFileSync(join(folder, 'inventory.csv'), 'hostname\nsw-a\nsw-b\n');
  t.equal(run('inventory', join(folder, 'inventory.csv')).status, 0);
  const shown = join(folder, 'shown');
  mkdirSync(join(shown, '.git'), { recursive: true });
  mkdirSync(join(shown, 'north'));
  writeFileSync(join(shown, '.git', 'config'), 'not for us');
  writeFileSync(join(shown, 'sw-a.txt'), terminal('sw-a'));
  writeFileSync(join(shown, 'north', 'sw-b.log'), [...CLOCK, ...STATUS].join('\n'));
  return { folder, shown, run };
}

t.test('capture takes a folder, and the same in an archive changes nothing', async (t) => {
  const { folder, shown, run } = capturing(t);
  const first = JSON.parse(run('capture', shown, '--json').stdout);
  t.match(
    first.taken.map((each: { device: string; changed: string[] }) => [each.device, each.changed.includes('transport')]),
    [
      ['sw-b', true],
      ['sw-a', true],
    ],
    'a file without a prompt is of the device whose name it has',
  );
  t.strictSame(first.refused, []);
  const packed = join(folder, 'shown.tar.gz');
  await create({ gzip: true, file: packed, cwd: folder }, ['shown']);
  const second = run('capture', packed);
  t.match(second, { status: 0, stdout: /2 captures read, 0 with something new/ });
  const alone = join(folder, 'sw-a.txt.gz');
  writeFileSync(alone, gzipSync(terminal('sw-a')));
  t.match(run('capture', alone), { status: 0, stdout: /1 capture read, 0 with something new/ });
  t.match(run('explain', 'sw-a').stdout, /last success of authorization Feb 01 06:00:00 2022 UTC/);
  writeFileSync(join(folder, 'cut.tar.gz'), readFileSync(packed).subarray(0, 90));
  t.match(run('capture', join(folder, 'cut.tar.gz')), {
    status: 2,
    stderr: /cut.tar.gz cannot be read: .*QVW_FILE_UNREADABLE/,
  });
});

t.test('what cannot be taken is one line each, and exit code 2', async (t) => {
  const { folder, shown, run } = capturing(t);
  const file = join(shown, 'sw-a.txt');
  t.match(run('capture', file, '--device', 'sw-b'), {
    ...{ status: 2, stdout: '0 captures read, 0 with something new\n' },
    stderr: /sw-a.txt:1: The capture is of sw-a, and not of sw-b: nothing of it is taken.*\n.*QVW_CAPTURE_INVALID/,
  });
  t.match(run('capture', file, '--device', 'sw-z'), { status: 2, stderr: /there is no device sw-z.*QVW_NOT_FOUND/ });
  t.match(run('capture', file, '--at', 'monday'), { status: 2, stderr: /--at "monday" is no time.*QVW_USAGE/ });
  t.match(run('capture', file, '--at', '2999-01-01T00:00:00Z'), { status: 2, stderr: /is in the future/ });
  const strange = join(folder, 'sw-c.txt');
  writeFileSync(strange, terminal('sw-c'));
  t.match(run('capture', strange, file), {
    ...{ status: 2, stderr: /sw-c.txt:1: There is no device sw-c: import it/ },
    stdout: /sw-a +2022-02-07T06:00:00.000Z +show license status/,
  });
  writeFileSync(strange, Buffer.from([0, 1, 2, 3, 0, 0, 255]));
  t.match(run('capture', strange), { status: 2, stderr: /sw-c.txt:1: / });
  t.match(run('capture', join(folder, 'nowhere')), { status: 2, stderr: /QVW_FILE_UNREADABLE/ });
  const dry = run('capture', join(shown, 'north', 'sw-b.log'), '--dry-run');
  t.match(dry.stdout, /1 capture read, 1 with something new; nothing was stored/);
  t.notMatch(run('explain', 'sw-b').stdout, /Captures show/);
});

t.test('ansibleTexts() finds the results of hosts in each form', async (t) => {
  const stdout = ['Smart Licensing is ENABLED', 'r2'];
  const invocation = { module_args: { commands: ['show license status', { command: 'show version' }] } };
  const read = (value: unknown) => ansibleTexts(Buffer.from(JSON.stringify(value)));
  const text = 'Switch#show license status\nSmart Licensing is ENABLED\nSwitch#\n\nSwitch#show version\nr2\nSwitch#\n';
  t.strictSame(read({ stdout, invocation, inventory_hostname: 'sw-a' }), [{ host: 'sw-a', text }]);
  t.strictSame(read({ 'sw-a': { stdout, invocation } }), [{ host: 'sw-a', text }]);
  const callback = { plays: [{ tasks: [{ hosts: { 'sw-a': { stdout, invocation }, 'sw-b': { failed: true } } }] }] };
  t.strictSame(read(callback), [{ host: 'sw-a', text }]);
  t.strictSame(read({ stdout: ['x'] }), [{ host: null, text: 'x\n' }]);
  t.strictSame(read({ hello: 1 }), null);
  t.strictSame(ansibleTexts(Buffer.from('{ not json')), null);
  t.strictSame(ansibleTexts(Buffer.from(`${'['.repeat(5000)}${']'.repeat(5000)}`)), null);
});
