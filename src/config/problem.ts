/** What is wrong in a configuration or an advisory. */

/** `path`: of the key, like `syslog.allow[2]`; empty for the whole. `words`: what is wrong and what is allowed. */
export type Problem = { readonly path: string; readonly words: string };

export function problemAt(path: string, words: string): Problem {
  return { path, words };
}

export function said({ path, words }: Problem): string {
  return path === '' ? words : `${path}: ${words}`;
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

/** A value as a problem shows it: what is no single value is only named. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const characters = [...value];
    return characters.length > MOST_CHARACTERS
      ? JSON.stringify(`${characters.slice(0, MOST_CHARACTERS).join('')}…`)
      : JSON.stringify(value);
  }
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value);
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
