/** The licences of what the program is made of: those of the packages that are installed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readLicences } from '../../src/serve/licences.ts';
import { temporaryDirectory } from '../given.ts';
import { serverOf } from './serving.ts';

type Lock = { packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; version: string }> };
const lock: Lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

t.test('readLicences() has each package that the lock has for production, and none of the development', async (t) => {
  const names = (await readLicences()).map(({ name }) => name);
  t.equal(names[0], 'quovadis-watch');
  const isInstalled = (path: string) => existsSync(new URL(`../../${path}/package.json`, import.meta.url));
  const shipped = Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    // An optional package may be for another system.
    .filter(([path, { optional }]) => !optional || isInstalled(path))
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  t.same([...new Set(names.slice(1))], [...new Set(shipped)].sort());
  for (const { name, version, licence } of await readLicences()) {
    t.match(version, /^\d+\.\d+\.\d+/, name);
    t.ok(licence, `${name} states a licence`);
  }
  for (const { name, text } of await readLicences())
    if (name.includes('preact')) t.match(text, /MIT/, `browsers get ${name}`);
});

/** A program with packages of its own below `folder`, by path: what package.json says, and other files. */
function installed(
  folder: string,
  packages: Readonly<Record<string, readonly [object, Readonly<Record<string, string>>]>>,
) {
  for (const [path, [stated, files]] of Object.entries(packages)) {
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(stated));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
  }
}

t.test('readLicences() finds packages as Node.js does, and takes what they state in any form', async (t) => {
  const folder = temporaryDirectory(t);
  installed(folder, {
    '.': [{ name: 'own', version: '1.0.0', license: 'MIT', dependencies: { a: '*', '@s/b': '*', c: '*' } }, {}],
    'node_modules/a': [
      { name: 'a', version: '1.1.0', licenses: [{ type: 'MIT' }, { type: 'ISC' }], dependencies: { c: '*' } },
      { 'LICENSE-MIT.txt': 'text of a' },
    ],
    'node_modules/a/node_modules/c': [
      { name: 'c', version: '2.0.0', license: { type: 'BSD-3-Clause' } },
      { COPYING: 'c2' },
    ],
    'node_modules/@s/b': [
      {
        name: '@s/b',
        version: '3.0.0',
        dependencies: { a: '*' },
        optionalDependencies: { 'not-for-this-system': '*' },
      },
      { 'LICENCE.md': 'x'.repeat(100_000) },
    ],
    'node_modules/c': [{ name: 'c', version: '1.0.0', license: 'ISC', dependencies: { a: '*' } }, {}],
    'node_modules/of-the-development': [{ name: 'of-the-development', version: '9.0.0' }, {}],
  });
  // The same version in a second folder is one package.
  installed(join(folder, 'node_modules/@s/b'), {
    'node_modules/c': [{ name: 'c', version: '2.0.0', license: { type: 'BSD-3-Clause' } }, { COPYING: 'c2' }],
  });
  mkdirSync(join(folder, 'node_modules/c/license'));
  t.strictSame(await readLicences(folder), [
    { name: 'own', version: '1.0.0', licence: 'MIT', text: null },
    { name: '@s/b', version: '3.0.0', licence: null, text: 'x'.repeat(65_536) },
    { name: 'a', version: '1.1.0', licence: 'MIT OR ISC', text: 'text of a' },
    { name: 'c', version: '1.0.0', licence: 'ISC', text: null },
    { name: 'c', version: '2.0.0', licence: 'BSD-3-Clause', text: 'c2' },
  ]);
});

t.test('GET /licences answers with them', async (t) => {
  const server = await serverOf().server.build();
  const answer = await server.inject('/api/v1/licences');
  t.equal(answer.statusCode, 200);
  t.same(answer.json(), { licences: await readLicences() });
  t.equal((await server.inject('/api/v1/licences?all=1')).statusCode, 400);
});
