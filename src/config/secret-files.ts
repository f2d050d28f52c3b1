/** Secrets in files of their own: the key `secretFile` beside the key `secret`. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { readingFailures } from '../errors.ts';
import { headerNameProblem, type SecretForm } from '../notify/settings-form.ts';
import { isText, type Tree } from './any-value.ts';

/** More is no secret, but a file that was named by mistake. */
const MOST_BYTES = 65_536;

/** The key whose value is the file of this key. */
export function fileKeyOf(key: string): string {
  return `${key}File`;
}

/** What is wrong with the file at `key`, a key like `secretFile`; `words` never have what the file contains. */
export type SecretFileProblem = { readonly key: string; readonly words: string };

/**
 * A section with each of these keys set to the secret in its file, where a file is named. The files are added to `files`.
 * `unread`: the keys that have a file, but no secret from it.
 * A key without a file that can be read stays as it is. Whatever has another type is left to the schema.
 */
export function withSecrets(
  section: Tree,
  forms: Readonly<Record<string, SecretForm>>,
  files: string[],
): { readonly section: Tree; readonly problems: readonly SecretFileProblem[]; readonly unread: readonly string[] } {
  const problems: SecretFileProblem[] = [];
  const unread: string[] = [];
  const filled: Tree = { ...section };
  for (const [key, form] of Object.entries(forms)) {
    const file = section[fileKeyOf(key)];
    if (file === undefined || file === null) continue;
    unread.push(key);
    if (!isText(file)) continue;
    files.push(file);
    if (isGiven(section[key])) {
      problems.push({ key: fileKeyOf(key), words: `give ${key} or ${fileKeyOf(key)}, not both` });
      continue;
    }
    const secret = readSecret(file, form);
    if ('words' in secret) problems.push({ key: fileKeyOf(key), words: secret.words });
    else {
      filled[key] = secret.value;
      unread.pop();
    }
  }
  return { section: filled, problems, unread };
}

/** Null and the empty list are the defaults of keys that may be left out. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/**
 * `text`: without the line ends at its end. `lines`: one secret on each line that is not empty, without blanks around it.
 * `headers`: the values by the names.
 */
function readSecret(file: string, form: SecretForm): { value: unknown } | { words: string } {
  const read = textOf(file);
  if ('words' in read) return read;
  const text = read.text.replace(/[\r\n]+$/, '');
  if (text.trim() === '') return { words: 'the file is empty' };
  const lines = text.split(/\r?\n/);
  if (form === 'headers') return headersIn(lines);
  if (form === 'lines') return { value: lines.map((line) => line.trim()).filter((line) => line !== '') };
  return lines.length > 1
    ? { words: `the file has ${lines.length} lines; write the secret on one line` }
    : { value: text };
}

/** Each line that is not empty is `NAME: VALUE`. The words name the line only: a line may be a secret alone. */
function headersIn(lines: readonly string[]): { value: Record<string, string> } | { words: string } {
  const values = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const [, name = '', of = ''] = /^([^:]*):(.*)$/.exec(line) ?? [];
    const isSecond = [...values.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
    const words = name === '' ? 'write NAME: VALUE' : isSecond ? 'this header is given twice' : headerNameProblem(name);
    if (words !== null) return { words: `line ${index + 1}: ${words}` };
    values.set(name, of.trim());
  }
  return { value: Object.fromEntries(values) };
}

/**
 * The text of a file without a byte order mark. The words do not repeat the name of the file: by mistake it may be the
 * secret itself.
 */
export function textOf(file: string): { text: string } | { words: string } {
  let bytes: Buffer;
  try {
    bytes = bytesOf(file);
  } catch (error) {
    const { code = 'not a name of a file' } = error as NodeJS.ErrnoException;
    const where = code === 'ENOENT' && resolve(file) !== file ? `; it is looked for in ${process.cwd()}` : '';
    return { words: `the file cannot be read: ${readingFailures[code] ?? code}${where}` };
  }
  if (bytes.length > MOST_BYTES) return { words: `the file is longer than ${MOST_BYTES} bytes` };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { words: 'the file is not a text in UTF-8' };
  }
}

/** At most one byte more than a secret may have. A pipe is refused: it could be read only once, and could block. */
function bytesOf(file: string): Buffer {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stat.isFile()) throw Object.assign(new Error(), { code: 'ENOTREG' });
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
