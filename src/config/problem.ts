/** What is wrong in a configuration or an advisory. */

/** `path`: of the key, like `syslog.allow[2]`; empty for the whole. `words`: what is wrong and what is allowed. */
export type Problem = { readonly path: string; readonly words: string };

export function problemAt(path: string, words: string): Problem {
  return { path, words };
}

export function said({ path, words }: Problem): string {
  return path === '' ? words : `${path}: ${words}`;
}

/** Adds them at the end. They may be more than a call can have arguments. */
export function addAll<T>(list: T[], more: Iterable<T>): void {
  for (const each of more) list.push(each);
}

/** Each problem once, in the order of the paths: `hosts[2]` is before `hosts[10]`. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const keyOf = (problem: Problem) => said(problem).replace(/\[(\d+)\]/g, '.$1');
  const once = new Map(problems.map((problem) => [said(problem), problem]));
  return [...once.values()].sort((one, other) => PATHS.compare(keyOf(one), keyOf(other)));
}

const PATHS = new Intl.Collator('en', { numeric: true });

/** Longer texts are cut in problems. */
const MOST_CHARACTERS = 80;
const MOST_UNITS = 1000;

/** A value as a problem shows it: what is no single value is only named. User and password of a URL are left out. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.slice(0, MOST_UNITS).replace(/\S+/g, withoutLogin);
    const characters = [...text];
    const isCut = value.length > MOST_UNITS || characters.length > MOST_CHARACTERS;
    return JSON.stringify(isCut ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : text);
  }
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value);
}

/** A word with `USER:PASSWORD@` in it, as in a URL, without what is before the `@`. */
function withoutLogin(word: string): string {
  const at = word.lastIndexOf('@');
  return word.slice(0, Math.max(0, at)).includes(':') ? `…${word.slice(at)}` : word;
}

/** The kind of a value, without the value. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null) return 'null';
  return KINDS[typeof value] ?? 'nothing';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'a section',
};

/** The path of a key below a section. A key that could be taken for a path of several keys is quoted. */
export function pathBelow(path: string, key: string): string {
  return path === '' ? keyText(key) : `${path}.${keyText(key)}`;
}

export function keyText(key: string): string {
  return /^[\w$@-]+$/.test(key) ? key : JSON.stringify(key);
}
