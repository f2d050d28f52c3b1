/** The operations of an OpenAPI document, and the requests that their examples describe. */

type Example = { readonly summary: string; readonly value: unknown };
type Parameter = {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly examples?: Record<string, Example>;
};
type Content = Record<string, { readonly schema?: object; readonly examples?: Record<string, Example> }>;

export type Operation = {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Record<string, { readonly content?: Content }>;
  readonly security?: readonly object[];
  readonly 'x-events'?: Record<string, object>;
  readonly 'x-codeSamples'?: readonly { readonly label: string; readonly source: string }[];
};

export type Document = {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
};

/** `path`: with its query. `type`: of the body; null without one. */
export type ExampleRequest = {
  readonly summary: string;
  readonly method: string;
  readonly path: string;
  readonly type: string | null;
  readonly body: string | null;
};

export type Described = {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly requests: readonly ExampleRequest[];
};

export function operationsOf({ paths }: Document): Described[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      return { name, path, method, operation, requests: requestsOf(path, method.toUpperCase(), operation) };
    }),
  );
}

/** The examples have the same key wherever a part of one stands; each has its command in `x-codeSamples`, in their order. */
function requestsOf(path: string, method: string, operation: Operation): ExampleRequest[] {
  return (operation['x-codeSamples'] ?? []).map(({ label }, index) => {
    const key = `example${index + 1}`;
    const query = new URLSearchParams();
    let named = path;
    for (const { name, in: place, examples } of operation.parameters ?? []) {
      const value = examples?.[key]?.value;
      if (value === undefined) continue;
      if (place === 'path') named = named.replace(`{${name}}`, encodeURIComponent(`${value}`));
      else for (const one of [value].flat()) query.append(name, `${one}`);
    }
    const [type, content] = Object.entries(operation.requestBody?.content ?? {}).find(
      ([, { examples }]) => examples?.[key] !== undefined,
    ) ?? [null, null];
    const value = content?.examples?.[key]?.value;
    return {
      ...{ summary: label, method, type },
      path: query.size === 0 ? named : `${named}?${query}`,
      body: value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value),
    };
  });
}
