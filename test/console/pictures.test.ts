/** The pictures of the documentation: all are shown, and each shows the page as it is now. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startBrowser, withoutChromium } from './browser.ts';
import { FOLDER, keptHashes } from './pictures/kept.ts';
import { fileOf, pageOf, pictured, settledHash, show } from './pictures/pages.ts';
import { campaign } from './pictures/scenario.ts';

const TAKE = 'run npm run screenshots';
/** Bytes of all pictures: each version of them stays in the repository for ever. */
const MOST_BYTES = 4_000_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const pictures = readdirSync(FOLDER).filter((file) => file.endsWith('.png'));
const names = Object.keys(pictured);

/** The pictures that a document shows. */
function shownBy(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/(?:docs\/)?console\/([\w-]+\.png)/g)].map(([, file]) => file as string);
}

t.test('each page has its pictures, each picture is shown, and no document shows another one', async (t) => {
  const wanted = names.flatMap((name) => [fileOf(name, 'light'), fileOf(name, 'dark')]).sort();
  t.same([...pictures].sort(), wanted, TAKE);
  t.same([...new Set(shownBy('docs/console.md'))].sort(), wanted, 'docs/console.md shows all of them');
  const inReadme = shownBy('README.md');
  t.equal(inReadme.length, 2, 'README.md shows two');
  for (const file of inReadme) t.ok(pictures.includes(file), file);
  t.same(Object.keys(keptHashes()), names, TAKE);
  const bytes = pictures.reduce((sum, file) => sum + statSync(join(FOLDER, file)).size, 0);
  t.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});

t.test('the package has the document of the console, and the pictures that it shows', async (t) => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  t.ok(paths.includes('docs/console.md'));
  for (const file of pictures) t.ok(paths.includes(`docs/console/${file}`), file);
});

t.test('no page has changed since its pictures were taken', { skip: withoutChromium }, async (t) => {
  const { api } = await campaign(t);
  const page = await pageOf(await startBrowser(t), 'light');
  const kept = keptHashes();
  for (const [name, each] of Object.entries(pictured)) {
    await show(page, api, each);
    t.equal(await settledHash(page, kept[name]), kept[name], `${name} is ${each.path} as it was, or else ${TAKE}`);
  }
});
