/** The validators and serializers of routes. By itself Fastify compiles all of them before it listens, which is a quarter of a start. */
import { setTimeout as delay } from 'node:timers/promises';
import ajvCompiler from '@fastify/ajv-compiler';
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';

const PAUSE_MS = 20;

type Factories = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
type Compiler = (route: never) => unknown;
type Validator = ReturnType<FastifySchemaCompiler<unknown>>;

/** Compiles each schema when it is first used, or when `compileRest()` comes to it. Only what comes as a text is made a number. */
export class LazyCompilers {
  readonly #waiting = new Set<() => unknown>();

  readonly factories = {
    buildValidator: this.#lazy(buildValidator, lazyValidator),
    buildSerializer: this.#lazy(SerializerSelector(), lazySerializer),
  } as unknown as Factories;

  /** Compiles what no request has needed yet, so that no later one waits for it. Each schema takes a moment of the event loop. */
  async compileRest(signal: AbortSignal): Promise<void> {
    for (const compiled of this.#waiting) {
      await delay(PAUSE_MS, undefined, { signal, ref: false });
      compiled();
    }
  }

  #lazy<T>(build: (...options: never[]) => Compiler, wrap: (compiled: () => T) => unknown) {
    return (...options: never[]) => {
      const compile = build(...options);
      return (route: never) => {
        let result: T | null = null;
        const compiled = () => {
          result ??= compile(route) as T;
          this.#waiting.delete(compiled);
          return result;
        };
        this.#waiting.add(compiled);
        return wrap(compiled);
      };
    };
  }
}

const buildAjv = ajvCompiler();

/** A number of a query is a text first. One of JSON is a number: `"3"` is none, nor is null 0. */
function buildValidator(schemas: never, options: { readonly customOptions?: object }): Compiler {
  const customOptions = { ...options.customOptions, coerceTypes: false };
  const coercing = buildAjv(schemas, options) as Compiler;
  const strict = buildAjv(schemas, { ...options, customOptions }) as Compiler;
  return (route: never) => ((route as { readonly httpPart?: string }).httpPart === 'body' ? strict : coercing)(route);
}

/** Fastify reads the errors of a validator off the function. */
function lazyValidator(compiled: () => Validator): Validator {
  const validate: Validator = (data: unknown) => {
    const compiledNow = compiled();
    const answer = compiledNow(data);
    validate.errors = compiledNow.errors ?? null;
    return answer;
  };
  return validate;
}

function lazySerializer(compiled: () => (data: unknown) => string) {
  return (data: unknown) => compiled()(data);
}
