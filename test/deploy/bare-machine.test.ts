/**
 * The Debian package with Node.js in it on a bare Debian, as mmdebstrap makes it in a folder: installed by dpkg with all that it
 * depends on, README's story run there word by word, upgraded, and purged.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { blocks, ROOT } from '../documents/blocks.ts';
import { toRun } from '../documents/not-run.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { WITHOUT_TAP } from '../without-tap.ts';

const RELEASE = 'bookworm';
const NAME = 'quovadis-watch';
const MAKES_ROOT = ['--variant=minbase', '--include=systemd', RELEASE];
const NOT_COPIED = new Set(['.git', '.ci', '.tap', 'node_modules', 'dist', 'test']);

/** What a program of the bare machine knows of this one. */
const ALONE = [
  '-i',
  'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LC_ALL=C.UTF-8',
  'DEBIAN_FRONTEND=noninteractive',
];

/** Runs a program without tap. Throws where it fails. */
function done(program: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const ran = spawnSync('env', [...WITHOUT_TAP, program, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    ...options,
  });
  if (ran.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${ran.stdout.slice(-2000)}${ran.stderr.slice(-2000)}`);
  return ran.stdout;
}

/** Built in a copy of the tree: other tests build in the tree itself. */
function built(t: Test): string {
  const tree = temporaryDirectory(t);
  for (const name of readdirSync(ROOT))
    if (!NOT_COPIED.has(name)) cpSync(join(ROOT, name), join(tree, name), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  const maintainer = ['DEBFULLNAME=Kim of the plant', 'DEBEMAIL=kim@example.net'];
  const build = [join(tree, 'deploy/debian/build.ts'), '--out', join(tree, 'out'), '--fast'];
  return done('env', [...maintainer, process.execPath, ...build]).trim();
}

/** The same package under a later version. */
function laterThan(t: Test, file: string): string {
  const directory = temporaryDirectory(t);
  const content = join(directory, 'content');
  done('dpkg-deb', ['--raw-extract', file, content]);
  const control = readFileSync(join(content, 'DEBIAN/control'), 'utf8');
  writeFileSync(join(content, 'DEBIAN/control'), control.replace(/^Version: .*$/m, '$&+later'));
  done('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', content, join(directory, 'later.deb')]);
  return join(directory, 'later.deb');
}

/** All files below a root but those that dpkg and the system keep of what has happened. */
function filesOf(root: string): string[] {
  const found = done('find', ['.', '-xdev', '-not', '-type', 'd'], { cwd: root }).trim().split('\n');
  return found
    .filter(
      (path) =>
        !/^\.\/(?:var\/(?:log|lib\/(?:dpkg|systemd)|cache)|etc\/(?:passwd|group|g?shadow)-?$|root\/)/.test(path),
    )
    .sort();
}

const isRoot = process.getuid?.() === 0;
const skip = isRoot ? missing('mmdebstrap', 'mmdebstrap') || missing('dpkg-deb', 'dpkg') : 'chroot needs root';

t.test('the Debian package on a bare machine', { skip, timeout: 1_200_000 }, async (t) => {
  const file = built(t);
  const root = temporaryDirectory(t);
  done('mmdebstrap', [...MAKES_ROOT, root]);
  // The user of the service goes through it.
  chmodSync(root, 0o755);
  done('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  t.teardown(() => done('umount', [join(root, 'proc')]));
  const inside = (script: string) => done('env', [...ALONE, 'chroot', root, 'bash', '-euc', script]);
  const install = (path: string) => {
    copyFileSync(path, join(root, 'package.deb'));
    inside('dpkg --install /package.deb');
    rmSync(join(root, 'package.deb'));
  };
  const before = filesOf(root);
  const config = join(root, 'etc', NAME, 'quovadis.yaml');

  t.test('lintian finds nothing', { skip: missing('lintian', 'lintian') }, async (t) => {
    t.equal(done('lintian', ['--allow-root', file]), '');
  });

  t.test('it is installed with nothing but what it depends on, and has its manual and its completion', async (t) => {
    t.notOk(existsSync(join(root, 'usr/bin/node')), 'the machine has no Node.js');
    install(file);
    const status = inside(`dpkg --status ${NAME}`);
    t.match(status, /^Status: install ok installed$/m);
    t.match(status, /^Maintainer: Kim of the plant <kim@example.net>$/m);
    t.match(inside(`dpkg --verify ${NAME}`), /^$/);
    t.match(inside(`stat --format=%U:%a /var/lib/${NAME}`), `${NAME}:750`);
    for (const path of [
      'usr/share/man/man1/quovadis-watch.1.gz',
      'usr/share/bash-completion/completions/quovadis-watch',
      'usr/share/doc/quovadis-watch/docs/operate.md',
      'usr/share/doc/quovadis-watch/examples/prometheus/rules/quovadis-alerts.yaml',
    ])
      t.ok(existsSync(join(root, path)), path);
  });

  t.test("README's story runs there, word by word", async (t) => {
    mkdirSync(join(root, 'root/plant'));
    const line = (body: string, nth: number) =>
      `<187>10${nth}: 00010${nth}: sw-press-01: Mar  1 2022 06:00:0${nth}.120 UTC: ${body}\n`;
    writeFileSync(
      join(root, 'root/plant/switch.log'),
      [BODIES.callHome205, BODIES.commFailed, BODIES.crlSla].map(line).join(''),
    );
    writeFileSync(join(root, 'root/plant/devices.csv'), 'hostname,pid,release\nsw-press-01,IE-3300-8T2S,17.3.3\n');
    const commands = blocks
      .filter(({ document }) => document === 'README.md')
      .flatMap((block) => toRun(block).trim().split('\n'));
    const shown = commands
      .filter((command) => command.startsWith(`${NAME} `) && command !== `${NAME} serve`)
      // doctor ends with 3 where something is wrong: no service runs there.
      .map((command) => inside(`cd /root/plant; ${command} || [ $? = 3 ]`))
      .join('\n');
    for (const wanted of [/: RESOLVED, /, /1 incident;/, /1 row imported/, /^sw-press-01: /m, /: affected$/m])
      t.match(shown, wanted);
  });

  t.test('the service starts as its unit says, as its user, and takes its database over an upgrade', async (t) => {
    const unit = readFileSync(join(root, 'usr/lib/systemd/system/quovadis-watch.service'), 'utf8');
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    t.match(await listening(t, root, command), { msg: 'listening' });
    t.ok(existsSync(join(root, 'var/lib', NAME, 'quovadis.db')));
    appendFileSync(config, '# mine\n');
    install(laterThan(t, file));
    t.match(inside(`dpkg --status ${NAME}`), /^Version: .*\+later$/m);
    t.match(readFileSync(config, 'utf8'), /# mine\n$/);
    t.match(await listening(t, root, command), { msg: 'listening' });
    t.match(inside(`${NAME} check --data /var/lib/${NAME}`), 'every row is as it was stored');
  });

  t.test('a purge leaves nothing behind but backups', async (t) => {
    writeFileSync(join(root, 'var/backups', NAME, 'mine.db'), '');
    inside(`dpkg --purge ${NAME}`);
    t.same(
      filesOf(root).filter((path) => !before.includes(path)),
      [`./var/backups/${NAME}/mine.db`],
    );
  });
});

/** Starts a command of the unit as the user of the package, and stops it once it listens. Resolves with the line that says so. */
async function listening(t: Test, root: string, command: string): Promise<object> {
  const free = ['SYSLOG_UDP', 'SYSLOG_TCP', 'HTTP_LISTEN'].map((key) => `QUOVADIS_${key}=127.0.0.1:0`);
  const as = ['chroot', `--userspec=${NAME}:${NAME}`, root, ...command.split(' ')];
  const service = spawn('env', [...ALONE, ...free, ...as], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => service.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => service.on('exit', resolve));
  let said: object = {};
  for await (const line of createInterface({ input: service.stdout })) {
    const entry = JSON.parse(line) as { msg: string };
    if (entry.msg !== 'listening') continue;
    said = entry;
    service.kill('SIGTERM');
  }
  t.equal(await ended, 0, 'SIGTERM ends it');
  return said;
}
