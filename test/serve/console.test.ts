/** How the console is delivered; what it does is in test/console. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse, tokenizer } from 'acorn';
import { transformSync } from 'amaro';
import t from 'tap';
import { codingFor, readAssets } from '../../src/serve/console/assets.ts';
import { contentPolicy, pagePaths, shellAt } from '../../src/serve/console/shell.ts';
import { separateFiles } from '../../src/serve/console/web-files.ts';
import { serverOf } from './serving.ts';

const assets = await readAssets();
const http = await serverOf().server.build();
/** The page itself and the packages: each further file has a head, which a slow line feels. */
const [KB, MODULES] = [1024, 5];

t.test('every page path is answered with the shell, which has no data and no inline script', async (t) => {
  for (const page of pagePaths) {
    const url = page.replace(/:\w+/, 'a%2Fb%20%C3%BC');
    const answer = await http.inject({ url: `${url}?state=open&plant=a%2Cb`, headers: { accept: 'text/html' } });
    t.equal(answer.statusCode, 200, url);
    t.match(answer.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-cache' });
    t.equal(answer.headers['content-security-policy'], contentPolicy(false));
    t.notOk(answer.headers['strict-transport-security'], 'HSTS would break every page of plain HTTP');
    t.notMatch(answer.body, /<script(?![^>]* src=)|<style|\son\w+=/);
  }
});

t.test('the links of the shell lead to its files from every path', async (t) => {
  for (const path of ['/', '/incidents', '/incidents/x', '/messages/unparsed', '/devices/a%2Fb']) {
    const links = [...shellAt(path, assets).matchAll(/(?:href|src)="([^"]*assets[^"]*)"/g)].map(
      ([, link = '']) => link,
    );
    t.equal(links.length, assets.scripts.length + assets.styles.length + 1);
    for (const link of links)
      t.equal(new URL(link, `http://a.example${path}`).pathname.slice(1, 8), 'assets/', `${path} ${link}`);
    t.ok(new URL(links[0] as string, `http://a.example/quovadis${path}`).pathname.startsWith('/quovadis/assets/'));
  }
});

t.test('who takes no HTML is told where the data is', async (t) => {
  t.equal((await http.inject({ url: '/', headers: { accept: 'application/json' } })).statusCode, 406);
  t.equal((await http.inject({ url: '/', headers: { accept: '*/*' } })).statusCode, 200);
  t.equal((await http.inject('/')).statusCode, 200);
});

t.test('files are immutable, compressed as the client takes it, and of this version only', async (t) => {
  const url = `/assets/${assets.hash}/main.js`;
  const plain = await http.inject(url);
  t.match(plain.headers, {
    'content-type': /^text\/javascript/,
    'cache-control': /immutable/,
    vary: /^accept-encoding$/,
  });
  t.equal(plain.headers['content-encoding'], undefined);
  const zipped = await http.inject({ url, headers: { 'accept-encoding': 'gzip' } });
  t.match(zipped.headers, { 'content-encoding': 'gzip', vary: /^accept-encoding$/ });
  t.equal(`${gunzipSync(zipped.rawPayload)}`, plain.body);
  for (const bad of [
    `/assets/other/main.js`,
    `/assets/${assets.hash}/none.js`,
    `/assets/${assets.hash}/..%2f..%2fpackage.json`,
    `/assets/${assets.hash}/__proto__`,
  ])
    t.equal((await http.inject(bad)).statusCode, 404, bad);
});

t.test('codingFor takes the best that the header allows', async (t) => {
  const rows = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, br', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['GZIP;q=0.5', 'gzip'],
    ['br;q=x', 'identity'],
    ['deflate', 'identity'],
  ] as const;
  for (const [header, coding] of rows) t.equal(codingFor(header), coding, `${header}`);
});

t.test('every import of a file leads to a file, and none to a package', async (t) => {
  for (const [path, { body }] of assets.files) {
    if (!path.endsWith('.js')) continue;
    for (const [, given, late = ''] of `${await body('identity')}`.matchAll(
      /^(?:import|export)\b[^;'"]*\bfrom\s*["']([^"']+)["']|\bimport\(['"]([^"']+)['"]\)/gm,
    )) {
      const name = given ?? late;
      t.match(name, /^\.\.?\//, `${path}: ${name}`);
      t.ok(assets.files.has(new URL(name, `file:///${path}`).pathname.slice(1)), `${path}: ${name}`);
    }
    t.notMatch(`${await body('identity')}`, /dangerouslySetInnerHTML\s*[:=]\s*\{|\beval\(|new Function/, path);
  }
});

t.test('the first view keeps its budget', async (t) => {
  const first = await Promise.all(
    [...assets.scripts, ...assets.styles].map(
      async (path) => (await assets.files.get(path)?.body('gzip'))?.length ?? 0,
    ),
  );
  const bytes = first.reduce((sum, size) => sum + size, 0);
  t.comment(`${bytes} bytes gzip, ${assets.scripts.length} modules`);
  t.ok(bytes <= 60 * KB, `${bytes} bytes`);
  t.ok(assets.scripts.length <= MODULES, `${assets.scripts.length} modules`);
});

const web = new URL('../../web/', import.meta.url);
const options = { ecmaVersion: 'latest', sourceType: 'module' } as const;

/** Acorn's types leave the value out. */
type Word = { readonly type: { readonly label: string }; readonly value?: unknown };

t.test('files are served without comments, and what is put together are the same programs', async (t) => {
  const sameWords = (script: string) =>
    ([...tokenizer(script, options)] as readonly Word[]).map(({ type, value }) =>
      type.label === 'string' ? `${value}`.replace(/\.(ts|js)$|^.*(preact|signals).*$/, '') : `${type.label} ${value}`,
    );
  let own = 0;
  for (const [path, text] of await separateFiles()) {
    if (path.startsWith('lib/')) continue;
    own++;
    if (path.endsWith('.css')) {
      t.notMatch(text, '/*', path);
      continue;
    }
    const source = readFileSync(new URL(path.replace(/js$/, 'ts'), web), 'utf8');
    t.strictSame(sameWords(text), sameWords(transformSync(source, { mode: 'strip-only' }).code), path);
  }
  t.ok(own > 100, `${own} files`);
  for (const [path, { body }] of assets.files) {
    if (path.startsWith('lib/') || path.endsWith('.css')) continue;
    const comments: string[] = [];
    parse(`${await body('identity')}`, { ...options, onComment: (_isBlock, comment) => comments.push(comment) });
    t.strictSame(comments, [], path);
  }
});
