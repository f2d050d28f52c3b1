/** The Debian package: built, looked at by lintian, installed into a root of its own, run, upgraded, removed and purged. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { WITHOUT_TAP } from '../without-tap.ts';

const BUILD = fileURLToPath(new URL('../../deploy/debian/build.ts', import.meta.url));
/** Without it, what tap loads into each process would be loaded by npm, too. */
const env = { ...process.env, NODE_OPTIONS: '' };

/** Without Node.js, which is a file of 120 MB: all else is the same in the package that has it. */
function built(t: Test): string {
  const maintainer = ['-u', 'DEBFULLNAME', '-u', 'DEBEMAIL'];
  const out = temporaryDirectory(t);
  const build = [process.execPath, BUILD, '--out', out, '--fast', '--without-node'];
  const { status, stdout, stderr } = spawnSync('env', [...maintainer, ...WITHOUT_TAP, ...build], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(stderr);
  t.match(stderr, /names nobody as its maintainer.*set DEBFULLNAME and DEBEMAIL/);
  return stdout.trim();
}

/** A root with nothing in it but what dpkg needs. */
function emptyRoot(t: Test): string {
  const root = temporaryDirectory(t);
  for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  return root;
}

const isRoot = process.getuid?.() === 0;
const skip = isRoot ? missing('systemd-sysusers', 'systemd') || missing('dpkg-deb', 'dpkg') : 'dpkg needs root';

t.test('the Debian package', { skip, timeout: 400_000 }, async (t) => {
  const file = built(t);
  const root = emptyRoot(t);
  const dpkg = (...args: string[]) => {
    // The dependencies of the package are not in this root; its scripts act on it from outside.
    const forced = ['--force-depends', '--force-script-chrootless', '--force-confdef', '--force-confold'];
    const { status, stderr } = spawnSync('dpkg', [`--root=${root}`, ...forced, ...args], { encoding: 'utf8', env });
    t.equal(status, 0, `dpkg ${args.join(' ')}: ${stderr}`);
  };
  const main = join(root, 'usr/lib/quovadis-watch/dist/main.js');
  const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env, cwd: root });
  const config = join(root, 'etc/quovadis-watch/quovadis.yaml');
  const data = join(root, 'var/lib/quovadis-watch');
  const story = join(root, 'usr/lib/quovadis-watch/samples/demo.txt');

  t.test('lintian finds nothing', { skip: missing('lintian', 'lintian') }, async (t) => {
    const { status, stdout, stderr } = spawnSync('lintian', ['--allow-root', file], { encoding: 'utf8', env });
    t.same([status, stdout], [0, ''], stderr);
  });

  t.test('installed, it has a user, its folders and a configuration that is valid, and it works', async (t) => {
    dpkg('--install', file);
    t.match(readFileSync(join(root, 'etc/passwd'), 'utf8'), /^quovadis-watch:/m);
    t.ok(existsSync(data));
    const checked = run('check', '--config', config);
    t.match(checked, { status: 0, stdout: /valid\n {2}data directory \/var\/lib\/quovadis-watch\n/ });
    t.match(run('replay', story, '--data', data), { status: 0, stdout: /1 incident;/ });
    t.match(readFileSync(join(root, 'usr/bin/quovadis-watch'), 'utf8'), '/usr/lib/quovadis-watch/dist/main.js "$@"');
    t.ok(existsSync(join(root, 'usr/share/man/man1/quovadis-watch.1.gz')));
  });

  t.test(
    'systemd finds nothing wrong with the units as they are installed',
    { skip: missing('systemd-analyze', 'systemd') },
    async (t) => {
      const folder = join(root, 'usr/lib/systemd/system');
      const directory = temporaryDirectory(t);
      const units = readdirSync(folder);
      t.ok(units.includes('quovadis-watch.service'));
      // What they start is below another root.
      const found = (unit: string) =>
        unit
          .replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`)
          .replace('ExecStart=/usr/bin/', `ExecStart=${root}/usr/bin/`);
      for (const name of units) writeFileSync(join(directory, name), found(readFileSync(join(folder, name), 'utf8')));
      const files = units.map((name) => join(directory, name));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
      t.equal(status, 0, stderr);
    },
  );

  t.test(
    'an upgrade keeps configuration and data; after a removal they are there, after a purge only backups',
    async (t) => {
      appendFileSync(config, '# mine\n');
      dpkg('--install', file);
      t.match(readFileSync(config, 'utf8'), /# mine\n$/);
      t.match(run('check', '--config', config, '--data', data).stdout, 'every row is as it was stored');
      const backup = join(root, 'var/backups/quovadis-watch/mine.db');
      writeFileSync(backup, '');
      dpkg('--remove', 'quovadis-watch');
      t.notOk(existsSync(main));
      t.ok(existsSync(config) && existsSync(join(data, 'quovadis.db')));
      dpkg('--purge', 'quovadis-watch');
      t.notOk(existsSync(config) || existsSync(data));
      t.ok(existsSync(backup));
    },
  );
});
