/** The files of the console as a browser takes them: scripts without types, style sheets, and the packages they import. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The packages that scripts of the console may import, as they are named there, and where the console has them. */
const PACKAGES: Readonly<Record<string, string>> = {
  preact: 'lib/preact.js',
  'preact/hooks': 'lib/preact-hooks.js',
  '@preact/signals': 'lib/preact-signals.js',
  '@preact/signals-core': 'lib/preact-signals-core.js',
};

/** A quoted word before it is a text, and so is a name with a space. */
const IMPORT = /((?<!["'`])\bfrom|(?<!["'`])\bimport)(\s*\(?\s*)(["'])([\w@./-]+)\3/g;

/** In the package `web` is JavaScript beside this program; from source it is `web` of the checkout, with types. */
const IS_BUILT = import.meta.url.endsWith('.js');
const FOLDER = new URL(IS_BUILT ? '../../web/' : '../../../web/', import.meta.url);

/** The text of each file by its path, `main.js`; of a script all imports are relative. */
export async function webFiles(): Promise<ReadonlyMap<string, string>> {
  const withoutTypes = IS_BUILT ? (text: string) => text : await typeStripper();
  const files = new Map<string, string>();
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  for (const name of names.sort()) {
    const text = () => readFileSync(new URL(name, FOLDER), 'utf8');
    if (name.endsWith('.css')) files.set(name, text());
    else if (/(?<!\.d)\.ts$|\.js$/.test(name))
      files.set(scriptName(name), withRelativeImports(scriptName(name), withoutTypes(text())));
  }
  for (const [name, path] of Object.entries(PACKAGES)) {
    const text = readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8');
    files.set(path, withRelativeImports(path, text.replace(/^\/\/# sourceMappingURL=.*$/m, '')));
  }
  return files;
}

/** Takes the types away as Node.js does. */
async function typeStripper(): Promise<(text: string) => string> {
  const { transformSync } = await import('amaro');
  return (text) => transformSync(text, { mode: 'strip-only' }).code.replace(/[ \t]+$/gm, '');
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
