/** Reads `sinks` of the configuration. The settings of each kind are defined in its folder below `src/notify`. */
import { isIP } from 'node:net';
import { type TObject, Type } from 'typebox';
import {
  commonDurations,
  commonFields,
  commonSecrets,
  commonSettings,
  type SettingsForm,
  type WrittenSink,
} from '../notify/settings-form.ts';
import { type SinkKind, type SinkSettings, sinkKinds } from '../notify/sinks.ts';
import { isText, isTree, type Tree, textsOf, valueAt } from './any-value.ts';
import { durationProblems } from './durations.ts';
import { formProblems } from './form-problems.ts';
import { nearest } from './near.ts';
import type { Origins } from './origins.ts';
import { addAll, kindOf, type Problem, pathBelow, problemAt, shown } from './problem.ts';
import { isPublicAddress } from './public-address.ts';
import { fileKeyOf, withSecrets } from './secret-files.ts';

const kinds = Object.keys(sinkKinds) as SinkKind[];

/** The keys of each kind, in the order of the documentation. */
export const sinkKeys = Object.fromEntries(
  kinds.map((kind) => [kind, Object.keys((sinkKinds[kind].schema as TObject).properties)]),
) as Record<SinkKind, string[]>;

/** What a sink has whose kind is not known. */
const anyKind = Type.Object({ kind: Type.Unknown(), ...commonFields });

/**
 * The sinks of a configuration, without those that have problems. Adds each problem to `problems`, the files that secrets
 * were read from to `files`, and which key each of them has to `origins`.
 */
export function readSinks(
  value: unknown,
  problems: Problem[],
  origins: Pick<Origins, 'addFileKey'> = { addFileKey: () => {} },
  files: string[] = [],
): SinkSettings[] {
  if (!Array.isArray(value)) {
    problems.push(problemAt('sinks', `must be a list, not ${kindOf(value)}`));
    return [];
  }
  const sinks: SinkSettings[] = [];
  const names = namesOf(value);
  for (const [index, written] of value.entries()) {
    const path = `sinks[${index}]`;
    const before = problems.length;
    const complete = withFiles(path, written, problems, origins, files);
    const [name, isTaken] = names[index] ?? ['', false];
    if (isTaken)
      problems.push(
        problemAt(`${path}.name`, `${shown(name)} is the name of another sink; give each sink a different name`),
      );
    if (problems.length === before) sinks.push(settingsOf(complete as WrittenSink, name));
  }
  return sinks;
}

/** The name of each sink, and whether one before it has it. The default name of the second webhook is `webhook-2`. */
function namesOf(sinks: readonly unknown[]): [name: string, isTaken: boolean][] {
  const taken = new Set<string>();
  const count = new Map<string, number>();
  return sinks.map((written) => {
    const { kind, name } = isTree(written) ? written : {};
    if (!isText(kind)) return ['', false];
    const number = (count.get(kind) ?? 0) + 1;
    count.set(kind, number);
    const own = isText(name) ? name : number === 1 ? kind : `${kind}-${number}`;
    const isTaken = taken.has(own);
    taken.add(own);
    return [own, isTaken];
  });
}

/** A sink with the secrets from its files. Adds its problems. */
function withFiles(
  path: string,
  written: unknown,
  problems: Problem[],
  origins: Pick<Origins, 'addFileKey'>,
  files: string[],
): unknown {
  if (!isTree(written)) {
    problems.push(problemAt(path, `must be a section with the key kind, not ${kindOf(written)}`));
    return written;
  }
  const { kind } = written;
  const form: SettingsForm | null = isKind(kind) ? sinkKinds[kind] : null;
  if (form === null) problems.push(problemAt(`${path}.kind`, kindWords(kind)));
  const { section, problems: found, unread } = withSecrets(written, { ...form?.secrets, ...commonSecrets }, files);
  addAll(
    problems,
    found.map(({ key, words }) => problemAt(`${path}.${key}`, words)),
  );
  for (const [key, secret] of Object.entries(section)) {
    if (secret !== written[key]) origins.addFileKey(`${path}.${key}`, `${path}.${fileKeyOf(key)}`);
  }
  const schema = form?.schema ?? anyKind;
  // A secret that could not be read from its file is not missing.
  const required = schema.required?.filter((key) => !unread.includes(key)) ?? [];
  const ofForm = formProblems({ ...schema, required } as TObject, section).map(({ path: below, words }) =>
    problemAt(below === '' ? path : `${path}.${below}`, words),
  );
  addAll(problems, ofForm);
  addAll(problems, durationsOf(path, form, section));
  if (form !== null) addAll(problems, urlsOf(path, form, section, ofForm));
  const beyond = form?.problems?.(section) ?? [];
  addAll(
    problems,
    beyond.map(({ steps, words }) => problemAt(steps.reduce(pathBelow, path), words)),
  );
  return section;
}

function isKind(kind: unknown): kind is SinkKind {
  return typeof kind === 'string' && Object.hasOwn(sinkKinds, kind);
}

function kindWords(kind: unknown): string {
  if (!isText(kind)) return `give one of ${kinds.join(', ')}`;
  const near = nearest(kind, kinds);
  return `${shown(kind)} is unknown, ${near === null ? `give one of ${kinds.join(', ')}` : `did you mean "${near}"?`}`;
}

function durationsOf(path: string, form: SettingsForm | null, section: Tree): Problem[] {
  return Object.entries({ ...commonDurations, ...form?.durations }).flatMap(([key, bounds]) => {
    const text = valueAt(section, key);
    return isText(text) && DURATION.test(text) ? durationProblems(`${path}.${key}`, text, bounds) : [];
  });
}

const DURATION = /^(?:\d+(?:ms|[smhdw]))+$/;

/** The schema has reported a URL that is not http:// or https://. */
function urlsOf(path: string, form: SettingsForm, section: Tree, reported: readonly Problem[]): Problem[] {
  const anyAddress = !('allowPrivate' in form.schema.properties) || section['allowPrivate'] === true;
  const written = section[form.urls];
  const urls: (readonly [string, string])[] = isText(written)
    ? [[`${path}.${form.urls}`, written]]
    : textsOf(written).map(([index, text]) => [`${path}.${form.urls}[${index}]`, text]);
  return urls
    .filter(([at]) => reported.every((problem) => problem.path !== at))
    .flatMap(([at, text]) => urlWords(text, anyAddress).map((words) => problemAt(at, words)));
}

/** The words do not repeat the URL, because it may contain a password. */
function urlWords(text: string, anyAddress: boolean): string[] {
  if (!URL.canParse(text)) return ['this is not a URL'];
  const { username, password, hostname } = new URL(text);
  if (username !== '' || password !== '')
    return ['a URL with a user or a password is refused: give the credentials in the key authorization'];
  // A host name is resolved and checked at each connection.
  const isPrivate = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 && !isPublicAddress(hostname);
  if (anyAddress || !isPrivate) return [];
  return [`${hostname} is not a public address; if you mean this address, set allowPrivate: true`];
}

function settingsOf(written: WrittenSink, name: string): SinkSettings {
  const form: SettingsForm = sinkKinds[written.kind as SinkKind];
  return form.settings(written, commonSettings(written, name)) as SinkSettings;
}
