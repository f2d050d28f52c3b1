/** Reads `sinks` of the configuration. What a kind of sink may say is in its folder below `src/notify`. */
import { isIP } from 'node:net';
import { closest } from 'fastest-levenshtein';
import type { TObject } from 'typebox';
import { commonSettings, type Hint, type SettingsForm, type WrittenSink } from '../notify/settings-form.ts';
import { type SinkKind, type SinkSettings, sinkKinds } from '../notify/sinks.ts';
import { type DurationBounds, durationProblems } from './durations.ts';
import { schemaProblems } from './problems.ts';
import { isPublicAddress } from './public-address.ts';

const TIMEOUT_BOUNDS: DurationBounds = ['100ms', '1h'];

const COMMON_HINTS: readonly Hint[] = [
  [
    /^authorization: (?!unknown)/,
    'authorization: write printable ASCII on one line, without blanks or a line end around it (in YAML |- instead of |)',
  ],
];

const kinds = Object.keys(sinkKinds) as SinkKind[];

/** The keys of each kind, in the order in which they are documented. */
export const sinkKeys = Object.fromEntries(
  kinds.map((kind) => [kind, Object.keys((sinkKinds[kind].schema as TObject).properties)]),
) as Record<SinkKind, string[]>;

/** The sinks of a configuration. Adds what is wrong with them to `problems`, each with its path. */
export function readSinks(value: unknown, problems: string[]): SinkSettings[] {
  if (!Array.isArray(value)) {
    problems.push('sinks: must be a list');
    return [];
  }
  const sinks: SinkSettings[] = [];
  for (const [index, written] of value.entries()) {
    const found = problemsOf(written).map((problem) => `sinks.${index}${problem}`);
    if (found.length === 0) sinks.push(settingsOf(written as WrittenSink, sinks));
    problems.push(...found);
  }
  for (const [index, { name }] of sinks.entries()) {
    if (sinks.findIndex((other) => other.name === name) < index) {
      problems.push(`sinks.${index}.name: "${name}" is the name of another sink; their names must differ`);
    }
  }
  return sinks;
}

/** Each begins with its path below the sink. */
function problemsOf(written: unknown): string[] {
  const kind = (written as { kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string') return [`.kind: give one of ${kinds.join(', ')}`];
  if (!isKind(kind)) return [`.kind: "${kind}" is unknown, did you mean "${closest(kind, kinds)}"?`];
  const form: SettingsForm = sinkKinds[kind];
  const hints = [...(form.hints ?? []), ...COMMON_HINTS];
  const problems = [...new Set(schemaProblems(form.schema, written).map((problem) => inWords(problem, hints)))];
  if (problems.length > 0) return problems;
  return [...badDurations(form, written as WrittenSink), ...badUrls(form, written as WrittenSink)];
}

function isKind(kind: string): kind is SinkKind {
  return Object.hasOwn(sinkKinds, kind);
}

function inWords(problem: string, hints: readonly Hint[]): string {
  if (problem.startsWith('the file: ')) return problem.replace('the file', '');
  const [, words] = hints.find(([pattern]) => pattern.test(problem)) ?? [];
  return `.${words ?? problem}`;
}

function badDurations(form: SettingsForm, written: WrittenSink): string[] {
  const own = form.durations?.(written) ?? [];
  return [{ path: 'timeout', text: written.timeout, bounds: TIMEOUT_BOUNDS }, ...own].flatMap(
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
    // Where a name leads is checked at each connection.
    return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 || isPublicAddress(hostname)
      ? []
      : [`.${path}: ${hostname} is not a public address; if it is meant, set allowPrivate: true`];
  });
}

/** The problem does not repeat the URL, which may have a password in it. */
function urlProblems(text: string): string[] {
  if (!URL.canParse(text)) return ['this is no URL'];
  const { username, password } = new URL(text);
  return username === '' && password === '' ? [] : ['a URL with a user or a password: give them as authorization'];
}

function settingsOf(written: WrittenSink, before: readonly SinkSettings[]): SinkSettings {
  const form: SettingsForm = sinkKinds[written.kind as SinkKind];
  return form.settings(written, commonSettings(written, nameFor(written, before))) as SinkSettings;
}

/** `webhook`, then `webhook-2`. */
function nameFor({ name, kind }: WrittenSink, before: readonly SinkSettings[]): string {
  if (name !== undefined) return name;
  const same = before.filter((sink) => sink.kind === kind).length;
  return same === 0 ? kind : `${kind}-${same + 1}`;
}
