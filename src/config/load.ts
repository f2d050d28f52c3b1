import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { isText, isTree, type Tree, valueAt } from './any-value.ts';
import { formProblems } from './form-problems.ts';
import { Origins } from './origins.ts';
import { addAll, inOrder, type Problem, problemAt } from './problem.ts';
import { readBounded } from './read-file.ts';
import { type Config, configSchema, defaults } from './schema.ts';
import { fileKeyOf, isGiven, textOf, withSecrets } from './secret-files.ts';
import { fromEnvironment, type Settings, setAll, spellOutRelp } from './settings.ts';
import { readSinks } from './sinks.ts';
import { valueProblems } from './value-problems.ts';
import { readYaml, type YamlText } from './yaml.ts';

/**
 * `flags`: by path (`syslog.udp`). `flagNames`: how the flags of these paths are called; `--PATH` if left out. Environment
 * variables override the file, flags override both.
 */
export type Sources = {
  readonly file?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly flags: Settings;
  readonly flagNames?: Readonly<Record<string, string>>;
  /** Whether a file without any key is a problem: it had some when the service started. */
  readonly emptyFile?: 'problem' | 'allowed';
};

export type Examined = {
  /** Valid only if there are no problems. */
  readonly config: Config;
  /** What is configured, with the defaults, whatever is wrong with it. */
  readonly value: unknown;
  /** Each on one line, with where it is: see `Origins`. */
  readonly problems: readonly string[];
  /** The paths of what has a problem; empty for the whole. */
  readonly wrong: ReadonlySet<string>;
  /** There is a file, and there is no key in it. */
  readonly isEmpty: boolean;
  readonly located: (problem: Problem) => string;
};

/**
 * The configuration from a YAML file, environment variables (`QUOVADIS_…`) and flags. Throws one `QVW_CONFIG_INVALID` with
 * every problem.
 */
export function loadConfig(sources: Sources): Config {
  const { config, problems } = examine(sources);
  if (problems.length > 0) throw OperatingError.of('QVW_CONFIG_INVALID', problems);
  return config;
}

/** The same with the problems in place of an error. Throws only if the file cannot be read. */
export function examine({ file, environment, flags, flagNames = {}, emptyFile }: Sources): Examined {
  const { settings, names, unknown } = fromEnvironment(environment);
  for (const path of Object.keys(flags)) names.set(path, flagNames[path] ?? `--${path}`);
  const origins = new Origins(names);
  const problems: Problem[] = [];
  const others: string[] = [...unknown];
  const text = file === undefined ? null : readFile(file, origins, others);
  const isEmpty = text?.isUsable === true && text.value === null;
  if (isEmpty && emptyFile === 'problem')
    others.push(`${file}: the file is empty: write it again, or restart the service to run with the defaults`);
  const value = merged(structuredClone(defaults), text?.isUsable === true ? text.value : null, problems);
  spellOutRelp(value);
  setAll(value, { ...settings, ...flags }, problems);
  const secretFiles: string[] = [];
  readTokens(value, origins, secretFiles, problems);
  readSinksFile(value, origins, secretFiles, problems, others);
  addAll(problems, formProblems(configSchema, value));
  const sinks = readSinks(value['sinks'], problems, origins, secretFiles);
  addAll(problems, valueProblems(value));
  // Without the file only what is set elsewhere can be judged.
  const isWhole = text?.isUsable !== false;
  const isKnown = (path: string) => isWhole || origins.isSetting(path);
  const located = inOrder(problems)
    .filter(({ path }) => isKnown(path))
    .map((problem) => origins.located(problem));
  return {
    config: { ...(value as unknown as Config), sinks, secretFiles },
    value,
    isEmpty,
    wrong: new Set([...problems.map(({ path }) => path), ...(isWhole ? [] : [''])]),
    problems: [...new Set([...others, ...located])],
    located: (problem) => origins.located(problem),
  };
}

/** Splits `HOST:PORT` or `[IPv6]:PORT`. The schema has checked the form. */
export function parseAddress(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** The same of a listener; null if it is off. */
export function listenAddress(text: string | null): { host: string; port: number } | null {
  return text === null ? null : parseAddress(text);
}

function readFile(file: string, origins: Origins, problems: string[]): YamlText {
  let content: string;
  try {
    content = readBounded(file, limits.fileBytes).toString();
  } catch (error) {
    throw unreadable(`the configuration ${file}`, error);
  }
  const text = readYaml(content);
  origins.addText({ path: '', file, lineOf: text.lineOf });
  addAll(
    problems,
    text.problems.map(({ line, words }) => `${file}:${line}: ${words}`),
  );
  return text;
}

/** An empty file is an empty section. */
function merged(base: Tree, written: unknown, problems: Problem[]): Tree {
  if (isTree(written)) return merge(base, written) as Tree;
  if (written !== null) addAll(problems, formProblems(configSchema, written));
  return base;
}

/** Sections are merged key by key; anything else replaces. */
function merge(base: unknown, over: unknown): unknown {
  if (!isTree(base) || !isTree(over)) return over;
  const entries = Object.entries(over).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? merge(base[key], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(entries) };
}

function readTokens(value: Tree, origins: Origins, files: string[], problems: Problem[]): void {
  const { http } = value;
  if (!isTree(http)) return;
  const { section, problems: found } = withSecrets(http, { readTokens: 'lines', writeTokens: 'lines' }, files);
  for (const [key, secret] of Object.entries(section)) {
    if (secret !== http[key]) origins.addFileKey(`http.${key}`, `http.${fileKeyOf(key)}`);
  }
  value['http'] = section;
  addAll(
    problems,
    found.map(({ key, words }) => problemAt(`http.${key}`, words)),
  );
}

function readSinksFile(value: Tree, origins: Origins, files: string[], problems: Problem[], others: string[]): void {
  const file = value[fileKeyOf('sinks')];
  if (!isText(file)) return;
  files.push(file);
  const read = isGiven(value['sinks']) ? { words: 'give sinks or sinksFile, not both' } : textOf(file);
  if ('words' in read) {
    problems.push(problemAt('sinksFile', read.words));
    return;
  }
  const text = readYaml(read.text);
  addAll(
    others,
    text.problems.map(({ line, words }) => `${file}:${line}: ${words}`),
  );
  if (!text.isUsable) return;
  if (text.value === null) problems.push(problemAt('sinksFile', 'the file is empty; for no sinks write []'));
  else {
    origins.addText({ path: 'sinks', file, lineOf: text.lineOf });
    value['sinks'] = text.value;
  }
}

/** The text at a path of any value; null if there is none. */
export function textAt(value: unknown, path: string): string | null {
  const text = valueAt(value, path);
  return isText(text) ? text : null;
}
