/**
 * The results of Ansible's `cisco.ios.ios_command` as JSON: what `register` keeps, a file of `to_nice_json` with hosts as
 * keys, or the whole output of the callback `json`.
 */

import { FACTORY_NAME } from '../core/model/names.ts';

/** `host`: as Ansible names it, by any name or address; null if the JSON has none. */
export type AnsibleText = { readonly host: string | null; readonly text: string };

/** Deeper values are no results. The callback's are at the level 8. */
const DEEPEST = 16;

/** Null if the bytes are no JSON with such results. */
export function ansibleTexts(bytes: Buffer): AnsibleText[] | null {
  const [first] = bytes.subarray(0, 64).toString('latin1').trimStart();
  if (first !== '{' && first !== '[') return null;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const found = [...resultsIn(value, null, 0)];
  return found.length === 0 ? null : found;
}

/** `host`: the key above, which is the name of the host where a result is. */
function* resultsIn(value: unknown, host: string | null, depth: number): Generator<AnsibleText> {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return;
  if (Array.isArray(value)) {
    for (const each of value) yield* resultsIn(each, host, depth + 1);
    return;
  }
  const object = value as Readonly<Record<string, unknown>>;
  const outputs = outputsOf(object['stdout']);
  if (outputs !== null) {
    // JSON may escape half of a character, which no terminal shows and no database keeps.
    const reached = (hostOf(object) ?? host)?.toWellFormed() ?? null;
    yield { host: reached, text: asTerminal(outputs, commandsOf(object)).toWellFormed() };
    return;
  }
  for (const [key, each] of Object.entries(object)) yield* resultsIn(each, NOT_HOSTS.has(key) ? host : key, depth + 1);
}

/** Keys of Ansible that stand between a host and its result. */
const NOT_HOSTS: ReadonlySet<string> = new Set([
  'plays',
  'tasks',
  'hosts',
  'results',
  'play',
  'task',
  'stats',
  'result',
]);

function outputsOf(stdout: unknown): readonly string[] | null {
  if (typeof stdout === 'string') return [stdout];
  return Array.isArray(stdout) && stdout.every((each) => typeof each === 'string') ? stdout : null;
}

function hostOf({ inventory_hostname: name, host }: Readonly<Record<string, unknown>>): string | null {
  return typeof name === 'string' ? name : typeof host === 'string' ? host : null;
}

/** The commands that the outputs are of, in their order. */
function commandsOf({ invocation, commands }: Readonly<Record<string, unknown>>): string[] {
  const args = (invocation as { module_args?: { commands?: unknown } } | null | undefined)?.module_args?.commands;
  const given = args ?? commands;
  if (!Array.isArray(given)) return typeof given === 'string' ? [given] : [];
  return given.map((each: unknown) => {
    const command = typeof each === 'object' && each !== null ? (each as { command?: unknown }).command : each;
    return typeof command === 'string' ? command : '';
  });
}

/** The outputs as a terminal has them, so that they are read like any other capture. Its prompt names no device. */
function asTerminal(outputs: readonly string[], commands: readonly string[]): string {
  const prompt = `${FACTORY_NAME}#`;
  const parts = outputs.map((output, index) => {
    const command = commands[index] ?? '';
    return command === '' ? `${output}\n` : `${prompt}${command}\n${output}\n${prompt}\n`;
  });
  return parts.join('\n');
}
