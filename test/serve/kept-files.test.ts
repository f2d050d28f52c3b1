import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keptFiles } from '../../src/serve/console/kept-files.ts';
import { temporaryDirectory } from '../given.ts';

/** Makes other files each time. */
function maker() {
  let times = 0;
  return async () => new Map([['main.js', `made ${++times}`]]);
}

t.test('keptFiles() makes files once, and anew when what they depend on has changed', async (t) => {
  const folder = temporaryDirectory(t);
  const make = maker();
  const textOf = async (key: string) => (await keptFiles(folder, key, make)).get('main.js');
  t.equal(await textOf('a'), 'made 1');
  t.equal(await textOf('a'), 'made 1');
  t.equal(await textOf('b'), 'made 2');
  t.equal(await textOf('b'), 'made 2');
  t.equal(await textOf('a'), 'made 3', 'only the last ones are kept');
  t.equal(readdirSync(folder).length, 1, 'nothing else is left');
});

t.test('keptFiles() makes files anew where what was kept is damaged', async (t) => {
  const folder = temporaryDirectory(t);
  const make = maker();
  await keptFiles(folder, 'a', make);
  writeFileSync(join(folder, 'console.json'), '{"of":"a","files":[["main');
  t.equal((await keptFiles(folder, 'a', make)).get('main.js'), 'made 2');
  t.equal((await keptFiles(folder, 'a', make)).get('main.js'), 'made 2');
});

t.test('keptFiles() needs no folder, and none that can be written', async (t) => {
  const make = maker();
  t.equal((await keptFiles(undefined, 'a', make)).get('main.js'), 'made 1');
  const noFolder = join(temporaryDirectory(t), 'file');
  writeFileSync(noFolder, '');
  t.equal((await keptFiles(noFolder, 'a', make)).get('main.js'), 'made 2');
});
