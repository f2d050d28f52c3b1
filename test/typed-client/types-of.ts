/** TypeScript types of an OpenAPI 3.1 document, in the form that openapi-fetch reads (that of openapi-typescript). */

type Schema = Readonly<Record<string, unknown>>;
type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema?: Schema };
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
type Answer = { readonly $ref?: string; readonly content?: Content };
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
};
export type ApiDocument = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses?: Readonly<Record<string, Answer>>;
  };
};

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** The text of a module with the types `paths` and `components`. */
export function typesOf({ paths, components }: ApiDocument): string {
  const answers = components.responses ?? {};
  const items = Object.entries(paths).map(([path, item]) => {
    const known = METHODS.map((method) => {
      const operation = item[method];
      return operation === undefined ? `${method}?: never` : `${method}: ${operationOf(operation, answers)}`;
    });
    return `${JSON.stringify(path)}: { parameters: NoParameters; ${known.join('; ')} }`;
  });
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `${name}: ${typeOf(schema)}`);
  return [
    '/** Made of /openapi.json by `UPDATE_GOLDENS=1 node test/typed-client/typed-client.test.ts`. */',
    'type NoParameters = { query?: never; header?: never; path?: never; cookie?: never };',
    `export type components = { schemas: {\n${schemas.join(';\n')};\n} };`,
    `export type paths = {\n${items.join(';\n')};\n};`,
    '',
  ].join('\n\n');
}

function operationOf(
  { parameters = [], requestBody, responses }: Operation,
  named: Readonly<Record<string, Answer>>,
): string {
  const places = ['query', 'header', 'path', 'cookie'].map((place) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    const isNeeded = own.some(({ required }) => required === true);
    if (own.length === 0) return `${place}?: never`;
    const members = own.map(({ name, required, schema = {} }) => member(name, schema, required === true));
    return `${place}${isNeeded ? '' : '?'}: { ${members.join('; ')} }`;
  });
  const body =
    requestBody === undefined
      ? 'requestBody?: never'
      : `requestBody${requestBody.required === true ? '' : '?'}: { content: ${contentOf(requestBody.content)} }`;
  const answers = Object.entries(responses).map(([status, answer]) => {
    const found = answer.$ref === undefined ? answer : named[nameIn(answer.$ref)];
    const content = found?.content === undefined ? 'content?: never' : `content: ${contentOf(found.content)}`;
    return `${status}: { headers: { [name: string]: unknown }; ${content} }`;
  });
  return `{ parameters: { ${places.join('; ')} }; ${body}; responses: { ${answers.join('; ')} } }`;
}

function contentOf(content: Content): string {
  return `{ ${Object.entries(content)
    .map(([type, { schema = {} }]) => `${JSON.stringify(type)}: ${typeOf(schema)}`)
    .join('; ')} }`;
}

function member(name: string, schema: Schema, isNeeded: boolean): string {
  return `${JSON.stringify(name)}${isNeeded ? '' : '?'}: ${typeOf(schema)}`;
}

function nameIn(reference: string): string {
  return reference.split('/').at(-1) ?? '';
}

function typeOf(schema: Schema): string {
  const { $ref, type, enum: values, const: value, properties, items, additionalProperties } = schema;
  if (typeof $ref === 'string') return `components['schemas'][${JSON.stringify(nameIn($ref))}]`;
  if (Array.isArray(values)) return union(values.map((each) => JSON.stringify(each)));
  if (value !== undefined) return JSON.stringify(value);
  const either = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(either)) return union(either.map(typeOf));
  if (Array.isArray(schema['allOf']))
    return schema['allOf'].map((each) => `(${typeOf(each)})`).join(' & ') || 'unknown';
  if (Array.isArray(type)) return union(type.map((each) => typeOf({ ...schema, type: each })));
  if (type === 'object') return objectOf(properties as Readonly<Record<string, Schema>>, schema, additionalProperties);
  if (type === 'array') return `(${typeOf((items ?? {}) as Schema)})[]`;
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'string' || type === 'boolean' || type === 'null' ? type : 'unknown';
}

function objectOf(properties: Readonly<Record<string, Schema>> = {}, schema: Schema, others: unknown): string {
  const needed = new Set((schema['required'] ?? []) as readonly string[]);
  const members = Object.entries(properties).map(([name, each]) => member(name, each, needed.has(name)));
  if (typeof others === 'object' && others !== null && members.length === 0)
    return `{ [name: string]: ${typeOf(others as Schema)} }`;
  return members.length === 0 ? '{ [name: string]: unknown }' : `{ ${members.join('; ')} }`;
}

function union(types: readonly string[]): string {
  return types.length === 0 ? 'never' : `(${[...new Set(types)].join(' | ')})`;
}
