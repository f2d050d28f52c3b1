/**
 * Builds the Debian package: `npm run package:deb`. Options: `--out DIR` (default: the current directory), `--without-node` (depend
 * on the package nodejs 24 instead of bringing Node.js along), `--built` (dist/ is fresh), `--fast` (compress little).
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { commandTree } from '../../src/commands/command-tree.ts';
import { completionScript } from '../../src/commands/completion.ts';
import { program } from '../../src/commands/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOME = 'usr/lib/quovadis-watch';
const NAME = 'quovadis-watch';
// As Debian's own tools have it: whoever builds the package is named in it.
const { DEBFULLNAME = '', DEBEMAIL = '' } = process.env;
const MAINTAINER =
  DEBFULLNAME === '' || DEBEMAIL === '' ? 'nobody <nobody@quovadis-watch.invalid>' : `${DEBFULLNAME} <${DEBEMAIL}>`;
if (MAINTAINER.startsWith('nobody '))
  process.stderr.write(
    'The package names nobody as its maintainer. To give it to others, set DEBFULLNAME and DEBEMAIL, and build it again.\n',
  );
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: '.' },
    'without-node': { type: 'boolean', default: false },
    built: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
  },
});
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const withNode = !options['without-node'];
const node = withNode ? `/${HOME}/bin/node` : '/usr/bin/node';
const stage = mkdtempSync(join(tmpdir(), 'deb-'));
chmodSync(stage, 0o755);

/** What of a package of npm is for those who work on it: hidden files, tests, sources in C and TypeScript, pages, scripts. */
const NOT_SHIPPED = /\/\.[^/]+$|\/(?:test|tests)$|\.(?:c|h|cc|cpp|hpp|gypi?|map|ts|mts|cts|html|sh)$/;

/** Writes a file of the package, with its folders. */
function put(path: string, content: string | Buffer, mode = 0o644): void {
  const file = join(stage, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function copy(from: string, to: string, filter: (path: string) => boolean = () => true): void {
  cpSync(join(ROOT, from), join(stage, to), { recursive: true, dereference: true, filter });
}

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** Units and scripts name the Node.js that the package has. */
const withPaths = (content: string) => content.replaceAll('/usr/bin/node ', `${node} `);

/** In the form of Debian (Debian policy §4.4). */
function changelog(): string {
  const [, day = '1970-01-01'] =
    new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - (\\S+)$`, 'm').exec(text('CHANGELOG.md')) ?? [];
  const date = new Date(day).toUTCString().replace('GMT', '+0000');
  return `${NAME} (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md of this version.\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** Whether it is a command of its own, which begins with the program that runs it. */
function isScript(file: string): boolean {
  return statSync(file).isFile() && readFileSync(file).subarray(0, 2).toString() === '#!';
}

type Lock = { readonly packages: Readonly<Record<string, { readonly dev?: boolean }>> };

/** The packages that the service needs, by the lock; of libraries in C only those of this machine. */
function copyModules(): void {
  const { packages } = JSON.parse(text('package-lock.json')) as Lock;
  const prebuilt = `${process.platform}-${process.arch}.node`;
  for (const [path, { dev = false }] of Object.entries(packages)) {
    // Packages for other machines are in the lock, and not here.
    if (path === '' || dev || !existsSync(join(ROOT, path))) continue;
    copy(path, `${HOME}/${path}`, (file) => {
      const inside = file.slice(join(ROOT, path).length);
      if (inside.includes('/node_modules')) return false;
      if (NOT_SHIPPED.test(inside) || isScript(file)) return false;
      return !/\/prebuilds\/.+\.node$/.test(inside) || inside.endsWith(prebuilt);
    });
  }
}

/** What the package of npm has: `files` of package.json is the one list of what is shipped. */
function filesOfPackage(): readonly { readonly path: string }[] {
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
  return files;
}

try {
  if (!options.built) execFileSync('npm', ['run', '-s', 'build'], { cwd: ROOT, stdio: 'inherit' });
  for (const { path } of filesOfPackage()) copy(path, `${HOME}/${path}`);
  copyModules();
  if (withNode) {
    copy('node_modules/node/bin/node', `${HOME}/bin/node`);
    chmodSync(join(stage, HOME, 'bin/node'), 0o755);
  }
  put(`usr/bin/${NAME}`, `#!/bin/sh\nexec ${node} /${HOME}/dist/main.js "$@"\n`, 0o755);
  for (const unit of ['.service', '-udp.socket', '-tcp.socket', '-backup.service', '-backup.timer'])
    put(`usr/lib/systemd/system/${NAME}${unit}`, withPaths(text(`deploy/systemd/${NAME}${unit}`)));
  put(`usr/lib/sysusers.d/${NAME}.conf`, text('deploy/debian/sysusers.conf'));
  put(`usr/lib/tmpfiles.d/${NAME}.conf`, text('deploy/debian/tmpfiles.conf'));
  put(`etc/${NAME}/quovadis.yaml`, text('deploy/debian/quovadis.yaml'));
  const tree = commandTree(program());
  put(`usr/share/bash-completion/completions/${NAME}`, completionScript('bash', tree));
  put(`usr/share/zsh/vendor-completions/_${NAME}`, completionScript('zsh', tree));
  put(`usr/share/fish/vendor_completions.d/${NAME}.fish`, completionScript('fish', tree));
  put(`usr/share/man/man1/${NAME}.1.gz`, gzipSync(text('man/quovadis-watch.1'), { level: 9 }));
  put(`usr/share/doc/${NAME}/changelog.gz`, gzipSync(changelog(), { level: 9 }));
  put(`usr/share/doc/${NAME}/copyright`, text('deploy/debian/copyright'));
  put(`usr/share/lintian/overrides/${NAME}`, text('deploy/debian/lintian-overrides'));
  symlinkSync(`../../../lib/${NAME}/docs`, join(stage, `usr/share/doc/${NAME}/docs`));
  symlinkSync(`../../../lib/${NAME}/deploy`, join(stage, `usr/share/doc/${NAME}/examples`));
  const depends = withNode ? 'libc6 (>= 2.28), libstdc++6' : 'libc6 (>= 2.28), nodejs (>= 24)';
  const size = execFileSync('du', ['-sk', '--apparent-size', stage], { encoding: 'utf8' }).split('\t')[0];
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const control = text('deploy/debian/control')
    .replace('@MAINTAINER@', MAINTAINER)
    .replace('@VERSION@', version)
    .replace('@ARCHITECTURE@', architecture)
    .replace('@DEPENDS@', depends)
    .replace('@SIZE@', size ?? '');
  put('DEBIAN/control', control);
  put('DEBIAN/conffiles', `/etc/${NAME}/quovadis.yaml\n`);
  for (const script of ['postinst', 'prerm', 'postrm']) put(`DEBIAN/${script}`, text(`deploy/debian/${script}`), 0o755);
  // Who builds has a umask of their own.
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', stage]);
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const file = join(out, `${NAME}_${version}_${architecture}.deb`);
  const compression = options.fast ? ['-Zgzip', '-z1'] : ['-Zxz'];
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', stage, file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.stdout.write(`${file}\n`);
} finally {
  rmSync(stage, { recursive: true });
}
