/** What a bearer token must be, so that nobody guesses it. */
import { isText, isTree, textsOf } from './any-value.ts';
import { type Problem, problemAt } from './problem.ts';

/** Fewer are guessed. */
const LEAST_CHARACTERS = 16;

/** Beside example words a token has at least this many characters. */
const LEAST_OWN_CHARACTERS = 5;

/** What stands in examples and templates in place of a token. */
const EXAMPLE_WORDS = [
  ...['changeme', 'change', 'replaceme', 'replace', 'insert', 'placeholder', 'example', 'sample', 'default', 'dummy'],
  ...['secret', 'token', 'tokens', 'password', 'passwd', 'passphrase', 'passwort', 'pass', 'bearer', 'apikey', 'api'],
  ...['key', 'credential', 'credentials', 'auth', 'admin', 'administrator', 'root', 'user', 'cisco', 'quovadis'],
  ...['quovadiswatch', 'watch', 'syslog', 'prometheus', 'test', 'testing', 'demo', 'letmein', 'welcome', 'qwerty'],
  ...['read', 'write', 'your', 'my', 'me', 'please', 'this', 'here', 'the', 'a', 'an', 'with', 'to', 'it', 'in', 'of'],
  ...['foo', 'bar', 'foobar', 'baz', 'todo', 'fixme', 'abc', 'abcdef', 'abcdefgh', 'xyz', 'long', 'random', 'super'],
];

const COUNTED = '01234567890123456789';

/** The problems of `http.readTokens` and `http.writeTokens`. None of them shows a token. */
export function tokenProblems(config: unknown): Problem[] {
  const http = isTree(config) ? config['http'] : undefined;
  if (!isTree(http)) return [];
  return ['readTokens', 'writeTokens'].flatMap((list) =>
    textsOf(http[list]).flatMap(([index, token]) => {
      const problem = problemOf(token);
      if (problem === null) return [];
      const words = `${problem}; make one with: openssl rand -hex 24`;
      const inFile = isText(http[`${list}File`]);
      return [
        inFile
          ? problemAt(`http.${list}File`, `token ${index + 1}: ${words}`)
          : problemAt(`http.${list}[${index}]`, words),
      ];
    }),
  );
}

/** What is wrong with a token; null if it may be used. */
export function problemOf(token: string): string | null {
  if (!/^[\x21-\x7e]*$/.test(token)) return 'a token has only ASCII characters, and no blanks';
  if (token.length < LEAST_CHARACTERS) return `a token has at least ${LEAST_CHARACTERS} characters`;
  const own = token.split(/[^A-Za-z0-9]+/).filter((part) => !isExample(part.toLowerCase()));
  if (own.join('').length < LEAST_OWN_CHARACTERS) return 'this token is an example that anybody can guess';
  return null;
}

/** Whether a part of a token is nothing but example words, counted digits (`1234`), and up to four digits at its end. */
function isExample(part: string): boolean {
  const reached = new Set([0]);
  for (let at = 0; at < part.length; at++) {
    if (!reached.has(at)) continue;
    for (const word of EXAMPLE_WORDS) if (part.startsWith(word, at)) reached.add(at + word.length);
    for (let end = at + 2; COUNTED.includes(part.slice(at, end)) && end <= part.length; end++) reached.add(end);
    if (/^\d{1,4}$/.test(part.slice(at))) return true;
  }
  return reached.has(part.length);
}
