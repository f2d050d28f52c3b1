import { closest } from 'fastest-levenshtein';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** What is wrong with a value, each with its path; an unknown key names the nearest known one. */
export function schemaProblems(schema: TSchema, value: unknown): string[] {
  const problems = new Set<string>();
  for (const error of Value.Errors(schema, value)) {
    const path = toPath(error.instancePath);
    if (error.keyword === 'additionalProperties') {
      const { additionalProperties } = error.params as { additionalProperties: readonly string[] };
      const known = Object.keys((at(schema, error.schemaPath) as { properties?: object }).properties ?? {});
      for (const key of additionalProperties) {
        problems.add(
          `${join(path, key)}: unknown key${known.length > 0 ? `, did you mean "${closest(key, known)}"?` : ''}`,
        );
      }
    } else if (error.keyword !== 'anyOf' && error.keyword !== 'boolean') {
      problems.add(`${path === '' ? 'the file' : path}: ${error.message}`);
    }
  }
  return [...problems];
}

function at(schema: TSchema, schemaPath: string): unknown {
  return (
    schemaPath
      .replace(/^#\/?/, '')
      .split('/')
      .filter((step) => step !== '' && step !== 'additionalProperties')
      .reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], schema) ?? {}
  );
}

function toPath(pointer: string): string {
  return pointer.split('/').filter(Boolean).join('.');
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
