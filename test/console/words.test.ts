/** Words that a person reads stand in `web/words`, so that a second language is a second file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const WEB = fileURLToPath(new URL('../../web', import.meta.url));

/** What is typed at a switch, pressed on a keyboard, or a name: the same in every language. */
const SAME_EVERYWHERE: readonly (string | RegExp)[] = [
  ...['AbortError', 'Enter', 'Escape', 'Esc', 'Shift-x', 'Node.js', 'quovadis-watch'],
  ...[/^logging host {2,}transport {3,}port *$/, 'show logging', 'configure terminal', 'logging trap informational'],
  ...['terminal length 0', 'terminal exec prompt timestamp', 'show license all'],
];

const filesBelow = (folder: string, ending: string) =>
  readdirSync(join(WEB, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

const classes = new Set(
  filesBelow('style', '.css').flatMap((file) =>
    [...readFileSync(join(WEB, file), 'utf8').matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name as string),
  ),
);

/** The texts of string and template literals; what a template inserts is a space. */
function textsIn(source: string): string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
    .replace(/^import[\s\S]*?;$/gm, '');
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, plain, template]) => plain ?? (template as string).replace(/\$\{[^}]*\}/g, ' '),
  );
}

/** Several words, or one with a capital; a single small word may as well be a value of the API. */
function isProse(text: string): boolean {
  return /[A-Za-z]{2,} +[A-Za-z]{2,}/.test(text) || /^[A-Z][a-z]+/.test(text);
}

/** Words in `h('p', {}, 'text')` and in attributes that are read, also single small ones. */
function shownIn(source: string): string[] {
  const children = [...source.matchAll(/\bh\([^;]*?\}\s*,\s*'([^']*[A-Za-z]{2,}[^']*)'/g)];
  const attributes = [...source.matchAll(/(?:\btitle|\bplaceholder|'aria-label'|\balt): '([^']*[A-Za-z]{2,}[^']*)'/g)];
  return [...children, ...attributes].map(([, text]) => text as string);
}

const isSame = (text: string) =>
  SAME_EVERYWHERE.some((same) => (typeof same === 'string' ? same === text : same.test(text)));

const areClasses = (text: string) =>
  text.split(/ +/).every((word) => word === '' || classes.has(word) || word.endsWith('-'));

const wordsOutside = (source: string) => [
  ...textsIn(source).filter((text) => isProse(text) && !isSame(text) && !areClasses(text)),
  ...shownIn(source).filter((text) => !isSame(text)),
];

t.test('no word that a person reads stands outside web/words', async (t) => {
  t.ok(existsSync(join(WEB, 'words/en.ts')));
  const files = filesBelow('.', '.ts').filter((file) => !file.startsWith('words'));
  t.ok(files.length > 60, `${files.length}`);
  t.strictSame(
    files.flatMap((file) => wordsOutside(readFileSync(join(WEB, file), 'utf8')).map((text) => `${file}: ${text}`)),
    [],
  );
});

t.test('words outside the tables are found', async (t) => {
  for (const source of [
    "h('p', {}, 'no incident at all')",
    "h('button', { onClick: go }, 'Retry')",
    "h('button', { onClick: go }, 'retry')",
    "h('input', { placeholder: 'device', value })",
    "h('img', { 'aria-label': 'chart' })",
    'say(`$' + '{count} incidents are open`)',
  ])
    t.equal(wordsOutside(source).length > 0, true, source);
  t.strictSame(wordsOutside("h('p', { class: 'dim' }, words.retry) // Retry it\n/* Some words */"), []);
});

t.test('numbers are written in the language of the words, whatever the browser speaks', async (t) => {
  const files = filesBelow('.', '.ts');
  t.ok(files.some((file) => readFileSync(join(WEB, file), 'utf8').includes("toLocaleString('en')")));
  const others = files.filter((file) => {
    const source = readFileSync(join(WEB, file), 'utf8');
    return /\.toLocale\w*\((?!'en')/.test(source) || /new Intl\.(?:Number|RelativeTime)Format\((?!'en')/.test(source);
  });
  t.same(others, []);
});
