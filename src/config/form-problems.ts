/** What is wrong with the form of a value, in words: typebox finds where, the schema says what is allowed there. */
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { isTree, type Tree } from './any-value.ts';
import { type Form, isOfType, isSecret, wordsOf } from './form.ts';
import { nearest } from './near.ts';
import { kindOf, type Problem, pathBelow, problemAt, shown } from './problem.ts';

// The default is 8: the others would be lost.
Settings.Set({ maxErrors: Number.MAX_SAFE_INTEGER });

/**
 * The problems of the form of a value. A schema with `secret: true`, and all below it, has secrets: their values are not in
 * the words.
 */
export function formProblems(schema: TSchema, value: unknown): Problem[] {
  const pointers = new Set(Value.Errors(schema, value).map(({ instancePath }) => instancePath));
  const problems = new Map<string, Problem>();
  for (const pointer of pointers) {
    const problem = problemAtPointer(schema as Form, value, stepsOf(pointer));
    if (problem !== null) problems.set(problem.path, problem);
  }
  if (problems.size === 0 && pointers.size > 0) problems.set('', problemAt('', `must be ${wordsOf(schema as Form)}`));
  return [...problems.values()];
}

/** Goes down to the first level at which something is wrong, at most to the end of the steps; null if nothing is. */
function problemAtPointer(root: Form, whole: unknown, steps: readonly string[]): Problem | null {
  let form = root;
  let value = whole;
  let path = '';
  let secret = isSecret(root);
  for (const step of steps) {
    const branch = branchFor(form, value);
    if (branch === null) break;
    if (Array.isArray(value) && branch.items !== undefined) {
      path = `${path}[${step}]`;
      [form, value] = [branch.items, value[Number(step)]];
    } else if (isTree(value)) {
      const below = formOf(branch, step);
      path = pathBelow(path, step);
      if (below === null) return unknownKey(path, step, Object.keys(branch.properties ?? {}));
      [form, value] = [below, value[step]];
    } else break;
    secret ||= isSecret(form);
  }
  const words = problemOf(form, value, secret);
  return words === null ? null : problemAt(path, words);
}

/** The form of a key; null if the key is not known. */
function formOf({ properties = {}, patternProperties = {} }: Form, key: string): Form | null {
  if (Object.hasOwn(properties, key)) return properties[key] as Form;
  const [, form] = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(key)) ?? [];
  return form ?? null;
}

function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  const near = nearest(key, known);
  if (near !== null) return problemAt(path, `unknown key, did you mean "${near}"?`);
  return problemAt(path, known.length === 0 ? 'unknown key' : `unknown key; the keys here are ${known.join(', ')}`);
}

/** What is wrong at this level, whatever is wrong below; null if nothing is. */
function problemOf(form: Form, value: unknown, secret: boolean): string | null {
  const branch = branchFor(form, value);
  if (branch?.type === 'object' && isTree(value)) return missingKeys(branch, value);
  if (branch?.type === 'array' && Array.isArray(value)) {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = branch;
    if (value.length >= minItems && value.length <= maxItems) return null;
    return `must be ${wordsOf(form)}, not ${value.length === 0 ? 'an empty list' : `a list of ${value.length}`}`;
  }
  if (Value.Check(form as TSchema, value)) return null;
  return `must be ${wordsOf(form)}${notThis(form, value, secret)}`;
}

/** The value, unless it may be a secret: a text in place of a section may be anything. */
function notThis(form: Form, value: unknown, secret: boolean): string {
  if (secret) return typeof value === 'string' ? '' : `, not ${kindOf(value)}`;
  const forms = form.anyOf ?? [form];
  const isSection = forms.some(({ type }) => type === 'object');
  return `, not ${isSection && typeof value !== 'object' ? kindOf(value) : shown(value)}`;
}

function missingKeys({ required = [], properties = {} }: Form, value: Tree): string | null {
  const missing = required.filter((key) => !Object.hasOwn(value, key));
  if (missing.length === 0) return null;
  const names = missing.map((key) => (Object.hasOwn(properties, `${key}File`) ? `${key} (or ${key}File)` : key));
  return `missing ${names.join(', ')}`;
}

/** Of a form with alternatives the one that a value of this type can have; null if there is none, or several. */
function branchFor(form: Form, value: unknown): Form | null {
  if (form.anyOf === undefined) return isOfType(form, value) ? form : null;
  const fitting = form.anyOf.filter((each) => isOfType(each, value));
  return fitting.length === 1 ? (fitting[0] as Form) : null;
}

/** The steps of a JSON pointer (RFC 6901). */
function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
