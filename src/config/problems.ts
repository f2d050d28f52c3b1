import { closest } from 'fastest-levenshtein';
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';

// The default is 8: the others would be lost.
Settings.Set({ maxErrors: 10_000 });

type SchemaError = ReturnType<typeof Value.Errors>[number];

/** The problems of a value, each with its path. For an unknown key the problem names the most similar known key. */
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
      // A key that may be null: the problem with its other form says more than "must be null".
      if (isNotNull(error) && [...problems].some((problem) => problem.startsWith(path))) continue;
      problems.add(`${path === '' ? 'the file' : path}: ${words(error, at(schema, error.schemaPath))}`);
    }
  }
  return [...problems];
}

/** Each problem once, in the order of the paths: `hosts[2]` is before `hosts[10]`. */
export function inOrder(problems: readonly string[]): string[] {
  const keyOf = (problem: string) => problem.replace(/\[(\d+)\]/g, '.$1');
  return [...new Set(problems)].sort((one, other) => PATHS.compare(keyOf(one), keyOf(other)));
}

const PATHS = new Intl.Collator('en', { numeric: true });

function isNotNull({ keyword, params }: SchemaError): boolean {
  return keyword === 'type' && params.type === 'null';
}

/** The description of a schema replaces its pattern. */
function words({ keyword, params, message }: SchemaError, schema: unknown): string {
  const { description } = schema as { description?: string };
  if (keyword === 'pattern' && description !== undefined) return `must be ${description}`;
  if (keyword === 'enum') return `must be one of ${params.allowedValues.join(', ')}`;
  if (keyword === 'minLength' && params.limit === 1) return 'must not be empty';
  if (keyword === 'required') return `missing ${params.requiredProperties.join(', ')}`;
  return message;
}

/** The schema at a JSON pointer. */
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
