/** Scripts that are put together do what they did alone: each row is run both ways. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'acorn';
import t from 'tap';
import { merged } from '../../src/serve/console/merge.ts';

const asModule = (script: string) => parse(script, { ecmaVersion: 'latest', sourceType: 'module' });
const PACKAGE = { 'lib/p.js': 'export const three = 3;\nexport { three as default };\n' };

type Rows = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** Each has a `main.js` that exports `result`. */
const rows: Rows = {
  'names of two scripts are the same': {
    'main.js':
      "import { a as one } from './a.js';\nimport { a } from './b/b.js';\nexport const result = [one(), a()];\n",
    'a.js': 'const inner = 1;\nexport function a() { return inner; }\n',
    'b/b.js': 'const inner = 2;\nfunction b() { return inner; }\nexport { b as a };\n',
  },
  'a script is needed twice and runs once, before those that need it': {
    'main.js': "import './b.js';\nimport { log } from './log.js';\nlog.push('main');\nexport const result = log;\n",
    'b.js': "import { log } from './log.js';\nlog.push('b');\n",
    'log.js': "export const log = ['log'];\n",
  },
  'a package, by a name, by another name, and as a whole': {
    'main.js':
      "import third, { three } from './lib/p.js';\nimport { all } from './deep/er/a.js';\nexport const result = [third, three, all];\n",
    'deep/er/a.js': "import * as p from '../../lib/p.js';\nexport const all = p.three;\n",
  },
  'a class, a constant, an async function; two constants at once': {
    'main.js':
      "import { C, x, y, f } from './a.js';\nexport const result = [new C().v, x, y, await_(f)];\nfunction await_(g) { return g.constructor.name; }\n",
    'a.js': 'export class C { v = 1; }\nexport const x = 2, y = 3;\nexport async function f() {}\n',
  },
  'what is loaded on demand has the state of what was there': {
    'main.js':
      "import { state } from './ui/state.js';\nimport { late } from './ui/late.js';\nstate.n = 5;\nexport const result = late();\n",
    'ui/state.js': 'export const state = { n: 0 };\n',
    'ui/late.js': "export const late = async () => (await import('../pages/page.js')).seen();\n",
    'pages/page.js':
      "import { state as s } from '../ui/state.js';\nimport { own } from './own.js';\nexport const seen = () => [s.n, own];\n",
    'pages/own.js': 'export const own = 7;\n',
  },
  'text that looks like an import': {
    'main.js': 'export const result = ["import { a } from \'./b.js\'", `1export`, /import/.source];\n',
  },
};

/** A promise is waited for: what is put together cannot do so itself. */
const run = async (folder: string): Promise<unknown> => (await import(pathToFileURL(`${folder}/main.js`).href)).result;

function write(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [path, text] of [['package.json', '{"type":"module"}'] as const, ...files]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

for (const [what, files] of Object.entries(rows))
  t.test(`merged() keeps the meaning: ${what}`, async (t) => {
    const all = new Map(Object.entries({ ...PACKAGE, ...files }));
    const made = merged(['main.js'], all, asModule);
    const main = `${made.get('main.js')}`;
    // The main script comes last, and gives what it exports under a name of its own.
    made.set('main.js', `${main}export const { result } = ${main.match(/\$m\d+(?= = \(\(\))/g)?.at(-1)};\n`);
    const folder = t.testdir();
    write(join(folder, 'alone'), all);
    write(join(folder, 'merged'), made);
    t.strictSame(await run(join(folder, 'merged')), await run(join(folder, 'alone')));
    for (const path of made.keys()) await import(pathToFileURL(join(folder, 'merged', path)).href);
  });

t.test('merged() leads the paths of a script to where they led', async (t) => {
  const files = new Map([
    ['main.js', "import { url } from './live/url.js';\nexport const x = url;\n"],
    ['live/url.js', "export const url = new URL('worker.js', import.meta.url).href;\n"],
    ['live/worker.js', "import { y } from './y.js';\npostMessage(y);\n"],
    ['live/y.js', 'export const y = import.meta.url;\n'],
  ]);
  const made = merged(['main.js', 'live/worker.js'], files, asModule);
  t.match(made.get('main.js'), "new URL('worker.js', new URL('./live/url.js', import.meta.url).href)");
  t.match(made.get('live/worker.js'), "new URL('./y.js', import.meta.url).href");
  t.notMatch(made.get('live/worker.js'), /^import/m);
});

t.test('merged() refuses what would get another meaning', async (t) => {
  const refused: Rows = {
    'a.js: only functions, classes and constants can be exported': { 'a.js': 'export let a = 1;\n' },
    'a.js: a constant that is exported has one name': { 'a.js': 'export const { a } = {};\n' },
    'a.js: ExportAllDeclaration cannot be merged': { 'a.js': "export * from './b.js';\n", 'b.js': '' },
    'a.js: ExportDefaultDeclaration cannot be merged': { 'a.js': 'export default 1;\n' },
    'main.js imports itself, by main.js, a.js': { 'a.js': "import './main.js';\nexport const a = 1;\n" },
    'b.js is imported, and is no file': { 'a.js': "import './b.js';\nexport const a = 1;\n" },
  };
  for (const [message, files] of Object.entries(refused)) {
    const all = new Map(Object.entries({ ...files, 'main.js': "import { a } from './a.js';\nexport const b = a;\n" }));
    t.throws(() => merged(['main.js'], all, asModule), { message }, message);
  }
});
