/** The package as npm would install it: packed from the tree, unpacked elsewhere, with the declared dependencies and no others. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { tooOldNode } from '../../src/node-release.ts';
import { WITHOUT_TAP } from '../without-tap.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { version, engines, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NOT_COPIED = new Set(['.git', 'node_modules', 'dist', 'test', 'bench', '.tap', '.ci']);

/** The folder in which the package is installed. */
function installed(directory: string): string {
  const tree = join(directory, 'tree');
  const home = join(directory, 'home');
  const modules = join(home, 'node_modules');
  mkdirSync(tree);
  for (const name of readdirSync(ROOT))
    if (!NOT_COPIED.has(name)) cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  cpSync(join(ROOT, 'bench/RESULTS.md'), join(tree, 'bench/RESULTS.md'));
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  const packed = spawnSync('env', [...WITHOUT_TAP, 'npm', 'pack', '--silent'], { cwd: tree, encoding: 'utf8' });
  if (packed.status !== 0) throw new Error(`npm pack: ${packed.stdout}${packed.stderr}`);
  mkdirSync(join(modules, 'quovadis-watch'), { recursive: true });
  const tarball = join(tree, `quovadis-watch-${version}.tgz`);
  spawnSync('tar', ['xzf', tarball, '--strip-components=1', '-C', join(modules, 'quovadis-watch')]);
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return home;
}

t.test('commands of the installed package', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'package-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const home = installed(directory);
  const main = join(home, 'node_modules/quovadis-watch/dist/main.js');
  const run = (args: readonly string[], node = process.execPath) =>
    spawnSync('env', [...WITHOUT_TAP, node, main, ...args], { cwd: home, encoding: 'utf8', timeout: 120_000 });
  const sample = join(home, 'node_modules/quovadis-watch/samples/demo.txt');
  writeFileSync(join(home, 'devices.csv'), 'device,address\nsw-press-01,192.0.2.7\n');
  writeFileSync(join(home, 'quovadis.yaml'), 'data: ./data\n');

  const ROWS: readonly (readonly [args: readonly string[], prints: RegExp])[] = [
    [['--version'], new RegExp(`^${version.replaceAll('.', '\\.')}\\n$`)],
    [['parse', sample], /"device"/],
    [['replay', sample], /1 incident;/],
    [['advisory', '--release', '17.3.3', '--product', 'IE-3300-8T2S'], /: affected\n/],
    [['inventory', 'devices.csv', '--data', 'data'], /^1 row imported/],
    [['next', '--data', 'data'], /./],
    // The service with its console, syslog by UDP and TCP, and an incident at the end.
    [['demo'], /: RESOLVED, /],
  ];
  for (const [args, prints] of ROWS) {
    const { status, stdout, stderr } = run(args);
    t.equal(status, 0, `${args[0]}: ${stderr}`);
    t.match(stdout, prints, args.join(' '));
  }

  t.test('its documents link to nothing that it does not have, but to the sources', async (t) => {
    const root = join(home, 'node_modules/quovadis-watch');
    const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`);
    let followed = 0;
    for (const document of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...documents]) {
      for (const [, link = ''] of readFileSync(join(root, document), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        const to = join(dirname(document), link);
        if (/^https?:/.test(link) || /^(?:src|test)\/|\.ts$/.test(to) || to === 'Dockerfile') continue;
        followed++;
        t.ok(existsSync(join(root, to)), `${document}: ${link}`);
      }
    }
    t.ok(followed > 200, `${followed}`);
  });

  const other = '/usr/bin/node';
  const found = spawnSync(other, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const isOld = found !== '' && tooOldNode(found) !== null;
  t.test('an older Node.js', { skip: isOld ? false : `${other} is no older Node.js` }, async (t) => {
    const { status, stdout, stderr } = run(['serve'], other);
    t.equal(status, 2);
    t.equal(stdout, '');
    t.equal(stderr, `${tooOldNode(found)}\n`);
  });
});

t.test('npm run sbom lists what is shipped, and nothing of the tools', async (t) => {
  const sbom = [...WITHOUT_TAP, 'npm', 'run', '-s', 'sbom'];
  const { status, stdout, stderr } = spawnSync('env', sbom, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const { bomFormat, components } = JSON.parse(stdout) as {
    bomFormat: string;
    components: { name: string; version: string; licenses?: unknown[] }[];
  };
  t.equal(bomFormat, 'CycloneDX');
  const names = new Set(components.map(({ name }) => name));
  for (const name of Object.keys(dependencies)) t.ok(names.has(name), name);
  for (const name of ['tap', 'typescript', '@biomejs/biome', 'node', 'playwright-core']) t.notOk(names.has(name), name);
  t.ok(
    components.every(({ version: of, licenses = [] }) => of !== '' && licenses.length > 0),
    'each with its licence',
  );
});

t.test('what is too old is what package.json says', async (t) => {
  const oldest = Number(engines.node.replace('>=', ''));
  t.match(tooOldNode(`${oldest - 1}.99.0`), `Node.js ${oldest} or later`);
  for (const running of [`${oldest}.0.0`, `${oldest + 1}.2.3`, '100.0.0']) t.equal(tooOldNode(running), null);
});
