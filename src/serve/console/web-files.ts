/** The files of the console as a browser takes them: scripts without types, style sheets, and the packages they import. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON, getCompileCacheDir } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Files, keptFiles } from './kept-files.ts';
import { merged, type Parse } from './merge.ts';

/** The packages that scripts of the console may import, as they are named there, and where the console has them. */
const PACKAGES: Readonly<Record<string, string>> = {
  preact: 'lib/preact.js',
  'preact/hooks': 'lib/preact-hooks.js',
  '@preact/signals': 'lib/preact-signals.js',
  '@preact/signals-core': 'lib/preact-signals-core.js',
};

/** A comment of a style sheet, or a text that may look like one. */
const COMMENT = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\*[\s\S]*?\*\/\s*/g;

/** A quoted word before it is a text, and so is a name with a space. */
const IMPORT = /((?<!["'`])\bfrom|(?<!["'`])\bimport)(\s*\(?\s*)(["'])([\w@./-]+)\3/g;

/** In the package `web` is JavaScript beside this program; from source it is `web` of the checkout, with types. */
const IS_BUILT = import.meta.url.endsWith('.js');
const FOLDER = new URL(IS_BUILT ? '../../web/' : '../../../web/', import.meta.url);

/** Each begins something: a page, and the worker that pages share. */
const ENTRIES = ['main.js', 'live/worker.js'] as const;
const STYLE = 'style.css';

/** The text of each file that is served, by its path, `main.js`; of a script all imports are relative. */
export async function webFiles(): Promise<Files> {
  if (IS_BUILT) return separateFiles();
  return keptFiles(getCompileCacheDir(), sourcesHash(), async () =>
    together(await separateFiles(), (await tools()).parse),
  );
}

/** Of all that the files are made from and by. */
function sourcesHash(): string {
  const own = ['./web-files.ts', './merge.ts'].map((name) => new URL(name, import.meta.url));
  const web = namesInFolder().map((name) => new URL(name, FOLDER));
  const packages = Object.keys(PACKAGES).map((name) => new URL(import.meta.resolve(name)));
  const tools = ['amaro', 'acorn'].map((name) => findPackageJSON(name, import.meta.url) ?? '');
  const hash = createHash('sha256');
  for (const file of [...own, ...web, ...packages, ...tools])
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function namesInFolder(): string[] {
  const entries = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  return entries
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.(?:css|js|ts)$/.test(name))
    .sort();
}

/** The same, each as it is written. In the package they were put together when it was built. */
export async function separateFiles(): Promise<Files> {
  const asScript = IS_BUILT ? (text: string) => text : scriptMaker(await tools());
  const files = new Map<string, string>();
  for (const name of namesInFolder()) {
    const text = () => readFileSync(new URL(name, FOLDER), 'utf8');
    if (name.endsWith('.css')) files.set(name, styleWithoutComments(text()));
    else if (/(?<!\.d)\.ts$|\.js$/.test(name))
      files.set(scriptName(name), withRelativeImports(scriptName(name), asScript(text())));
  }
  for (const [name, path] of Object.entries(PACKAGES)) {
    const text = readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8');
    files.set(path, withRelativeImports(path, text.replace(/^\/\/# sourceMappingURL=.*$/m, '')));
  }
  return files;
}

/** What a first view needs is one script beside the packages, and one style sheet. */
function together(files: Files, parse: Parse): Files {
  const styles = [...files].filter(([path]) => path.endsWith('.css'));
  const scripts = new Map([...files].filter(([path]) => path.endsWith('.js')));
  return merged(ENTRIES, scripts, parse).set(STYLE, styles.map(([, text]) => text).join(''));
}

type Comment = (isBlock: boolean, text: string, start: number, end: number) => void;

/** Packages of development: the package of this program has its scripts as they are served. */
async function tools() {
  const [{ transformSync }, acorn] = await Promise.all([import('amaro'), import('acorn')]);
  const parse = (script: string, onComment: Comment = () => {}) =>
    acorn.parse(script, { ecmaVersion: 'latest', sourceType: 'module', onComment });
  return { transformSync, parse };
}

/** Takes the types away as Node.js does, then the comments, which nobody reads in a browser. */
function scriptMaker({ transformSync, parse }: Awaited<ReturnType<typeof tools>>): (text: string) => string {
  return (text) => {
    const script = transformSync(text, { mode: 'strip-only' }).code.replace(/[ \t]+$/gm, '');
    const comments: Place[] = [];
    parse(script, (_isBlock, _text, start, end) => comments.push({ start, end }));
    return without(script, comments);
  };
}

type Place = { readonly start: number; readonly end: number };

/** A line on which nothing else stands goes as a whole. Elsewhere a comment parts what is left and right of it, and so do lines in it. */
function without(script: string, comments: readonly Place[]): string {
  let [text, from] = ['', 0];
  for (const { start, end } of comments) {
    const line = Math.max(from, script.lastIndexOf('\n', start) + 1);
    const isAlone = script.slice(line, start).trim() === '' && script[end] === '\n';
    text += script.slice(from, isAlone ? line : start);
    if (!isAlone) text += script.slice(start, end).includes('\n') ? '\n' : ' ';
    from = isAlone ? end + 1 : end;
  }
  return text + script.slice(from);
}

function styleWithoutComments(style: string): string {
  return style.replace(COMMENT, (found) => (found.startsWith('/*') ? '' : found));
}

function scriptName(name: string): string {
  return name.replace(/\.ts$/, '.js');
}

/** An import that is neither a file nor a known package is left as it is, and fails in the browser and in the tests. */
function withRelativeImports(path: string, text: string): string {
  const toTop = '../'.repeat(path.split('/').length - 1) || './';
  return text.replace(IMPORT, (whole, word: string, gap: string, quote: string, name: string) => {
    if (name.startsWith('.')) return `${word}${gap}${quote}${scriptName(name)}${quote}`;
    const target = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : undefined;
    return target === undefined ? whole : `${word}${gap}${quote}${toTop}${target}${quote}`;
  });
}

/** The files that `from` imports, itself and theirs, each once; those that are imported on demand are not among them. */
export function importedBy(from: string, files: ReadonlyMap<string, string>): readonly string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, word, gap = '', , name = ''] of (files.get(path) ?? '').matchAll(IMPORT)) {
      if (!name.startsWith('.') || (word === 'import' && gap.includes('('))) continue;
      add(new URL(name, `file:///${path}`).pathname.slice(1));
    }
  };
  add(from);
  return [...found];
}
