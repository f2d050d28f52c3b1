/** Reads `sinks` of the configuration. The settings of each kind are defined in its folder below `src/notify`. */
import { isIP } from 'node:net';
import { closest } from 'fastest-levenshtein';
import type { TObject } from 'typebox';
import {
  commonSecrets,
  commonSettings,
  type Hint,
  type SettingsForm,
  type WrittenSink,
} from '../notify/settings-form.ts';
import { type SinkKind, type SinkSettings, sinkKinds } from '../notify/sinks.ts';
import { isTree, type Tree } from './any-value.ts';
import { type DurationBounds, durationProblems } from './durations.ts';
import { schemaProblems } from './problems.ts';
import { isPublicAddress } from './public-address.ts';
import { fileKeyOf, withSecrets } from './secret-files.ts';

const TIMEOUT_BOUNDS: DurationBounds = ['100ms', '1h'];

const COMMON_HINTS: readonly Hint[] = [
  [/^name: must match/, 'name: write 1 to 64 characters of a-z, 0-9, _ and -, the first of a-z and 0-9'],
  [
    /^authorization: (?!unknown)/,
    'authorization: write printable ASCII on one line, without blanks or line ends around it (in YAML |- instead of |)',
  ],
];

const kinds = Object.keys(sinkKinds) as SinkKind[];

/** The keys of each kind, in the order of the documentation. */
export const sinkKeys = Object.fromEntries(
  kinds.map((kind) => [kind, Object.keys((sinkKinds[kind].schema as TObject).properties)]),
) as Record<SinkKind, string[]>;

/**
 * The sinks of a configuration, without those that have problems. Adds each problem with its path to `problems`, and the
 * files that secrets were read from to `files`.
 */
export function readSinks(value: unknown, problems: string[], files: string[] = []): SinkSettings[] {
  if (!Array.isArray(value)) {
    problems.push('sinks: must be a list');
    return [];
  }
  const sinks: SinkSettings[] = [];
  for (const [index, written] of value.entries()) {
    const { complete, found } = completed(written, files);
    if (found.length === 0) sinks.push(settingsOf(complete as WrittenSink, sinks));
    problems.push(...found.map((problem) => `sinks.${index}${problem}`));
  }
  for (const [index, { name }] of sinks.entries()) {
    if (sinks.findIndex((other) => other.name === name) < index) {
      problems.push(`sinks.${index}.name: "${name}" is the name of another sink; give each sink a different name`);
    }
  }
  return sinks;
}

/** A sink with the secrets from its files, and its problems. Each problem begins with its path below the sink. */
function completed(written: unknown, files: string[]): { complete: unknown; found: string[] } {
  const kind = (written as { kind?: unknown } | null)?.kind;
  const wrong = (problem: string) => ({ complete: written, found: [problem] });
  if (!isTree(written) || typeof kind !== 'string') return wrong(`.kind: give one of ${kinds.join(', ')}`);
  if (!isKind(kind)) return wrong(`.kind: "${kind}" is unknown, did you mean "${closest(kind, kinds)}"?`);
  const form: SettingsForm = sinkKinds[kind];
  const secrets = { ...form.secrets, ...commonSecrets };
  const { section, problems, unread } = withSecrets(written, secrets, files);
  const found = problemsOf(form, section, new Set(unread));
  const ofFiles = Object.keys(secrets).filter((key) => section[key] !== written[key]);
  return {
    complete: section,
    found: [
      ...problems.map(({ key, words }) => `.${key}: ${words}`),
      ...found.map((problem) => atItsFile(problem, ofFiles)),
    ],
  };
}

/** `unread`: the keys whose files have problems, so that they need not be reported as missing. */
function problemsOf(form: SettingsForm, written: Tree, unread: ReadonlySet<string>): string[] {
  const hints = [...(form.hints ?? []), ...COMMON_HINTS];
  const schema = { ...form.schema, required: form.schema.required?.filter((key) => !unread.has(key)) ?? [] };
  const problems = [...new Set(schemaProblems(schema, written).map((problem) => withHint(problem, hints)))];
  if (problems.length > 0 || unread.size > 0) return problems;
  return [...badDurations(form, written as WrittenSink), ...badUrls(form, written as WrittenSink)];
}

/** The problem of a value from a file is one of the key that names the file. */
function atItsFile(problem: string, ofFiles: readonly string[]): string {
  const key = ofFiles.find((each) => problem.startsWith(`.${each}:`) || problem.startsWith(`.${each}.`));
  return key === undefined ? problem : problem.replace(key, fileKeyOf(key));
}

function isKind(kind: string): kind is SinkKind {
  return Object.hasOwn(sinkKinds, kind);
}

function withHint(problem: string, hints: readonly Hint[]): string {
  if (problem.startsWith('the file: ')) return problem.replace('the file', '');
  const [, words] = hints.find(([pattern]) => pattern.test(problem)) ?? [];
  return `.${words ?? problem}`;
}

function badDurations(form: SettingsForm, written: WrittenSink): string[] {
  const ofKind = form.durations?.(written) ?? [];
  return [{ path: 'timeout', text: written.timeout, bounds: TIMEOUT_BOUNDS }, ...ofKind].flatMap(
    ({ path, text, bounds }) => durationProblems(`.${path}`, text, bounds),
  );
}

function badUrls(form: SettingsForm, written: WrittenSink): string[] {
  const urls = form.urls(written);
  const problems = urls.flatMap(([path, text]) => urlProblems(text).map((problem) => `.${path}: ${problem}`));
  const anyAddress = !('allowPrivate' in form.schema.properties) || written.allowPrivate === true;
  if (problems.length > 0 || anyAddress) return problems;
  return urls.flatMap(([path, text]) => {
    const { hostname } = new URL(text);
    // A host name is resolved and checked at each connection.
    return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 || isPublicAddress(hostname)
      ? []
      : [`.${path}: ${hostname} is not a public address; if you mean this address, set allowPrivate: true`];
  });
}

/** The problem does not repeat the URL, because the URL may contain a password. */
function urlProblems(text: string): string[] {
  if (!URL.canParse(text)) return ['this is not a URL'];
  const { username, password } = new URL(text);
  return username === '' && password === ''
    ? []
    : ['a URL with a user or a password is refused: give the credentials in the key authorization'];
}

function settingsOf(written: WrittenSink, before: readonly SinkSettings[]): SinkSettings {
  const form: SettingsForm = sinkKinds[written.kind as SinkKind];
  return form.settings(written, commonSettings(written, nameFor(written, before))) as SinkSettings;
}

/** The default name of the second webhook is `webhook-2`. */
function nameFor({ name, kind }: WrittenSink, before: readonly SinkSettings[]): string {
  if (name !== undefined) return name;
  const same = before.filter((sink) => sink.kind === kind).length;
  return same === 0 ? kind : `${kind}-${same + 1}`;
}
