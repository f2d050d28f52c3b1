/** The OpenAPI 3.1 document: the schemas of the routes, with what holds for all of them said once. */
import { STATUS_CODES } from 'node:http';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { PROBLEM } from '../problem.ts';
import { problems } from '../problems.ts';
import { optionalBody } from '../routes/bodies.ts';
import { securitySchemes } from '../security-schemes.ts';
import { answers } from './answers.gen.ts';
import { namedSchemas, namer } from './named-schemas.ts';
import { type RouteExample, tags } from './route-examples.ts';

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  schema?: object;
  examples?: object;
};
type Content = Record<string, { schema?: object; examples?: object }>;
type Operation = {
  operationId?: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: Content; required?: boolean };
  responses: Record<string, { description?: string; content?: Content; headers?: object } | { $ref: string }>;
  /** The examples and the types of the route, which are taken away. */
  'x-examples'?: readonly RouteExample[];
  'x-produces'?: readonly string[];
  /** Whether a request without a body is one with an empty object. */
  'x-optional'?: boolean;
  'x-codeSamples'?: readonly { lang: string; label: string; source: string }[];
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; [kind: string]: unknown };
};

/** `about`: the title of the advisory in use. */
export function documentOptions(about: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'quovadis-watch',
        version: '1',
        description: `Incidents and devices: ${about}. What routes have in common is in docs/api.md.`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'this service' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: { securitySchemes },
    },
    // What @fastify/swagger does not know reaches the document only with this prefix.
    transform: ({ schema = {}, url, route }) => ({
      schema: {
        ...withAnswer(withBody(schema)),
        ...{ 'x-examples': schema.examples ?? [], 'x-produces': schema.produces, 'x-events': schema.events },
        'x-optional': [route.preValidation].flat().some((hook) => (hook as unknown) === optionalBody),
      } as FastifySchema,
      url,
    }),
    transformObject: (made) => {
      const document = (made as unknown as { openapiObject: Document }).openapiObject;
      return completed(document) as never;
    },
  };
}

/** A body that a route checks itself is in the document all the same. */
function withBody(schema: FastifySchema): FastifySchema {
  const { body, consumes, describedBody = {} } = schema;
  if (body !== undefined || consumes === undefined) return schema;
  const schemaOf = (type: string) => {
    if (/[/+]json$/.test(type)) return describedBody;
    return type.startsWith('text/') ? { type: 'string' } : { type: 'string', format: 'binary' };
  };
  return {
    ...schema,
    body: { content: Object.fromEntries(consumes.map((type) => [type, { schema: schemaOf(type) }])) },
  };
}

/** A route that sends a text or a stream has no schema of its answer. */
function withAnswer(schema: FastifySchema): FastifySchema {
  const { response, produces = ['application/json'], security = [] } = schema;
  if (response !== undefined) return schema;
  const isGuarded = security.some((scheme) => Object.keys(scheme).length > 0);
  const ok = { type: produces[0]?.startsWith('text/') ? 'string' : 'object' };
  return { ...schema, response: { 200: ok, ...(isGuarded ? problems(401, 403) : {}) } };
}

function completed({ paths, components, ...others }: Document): Document {
  const toNames = namer(namedSchemas);
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) complete(operation, method, path);
  return {
    ...others,
    paths: toNames(paths) as Document['paths'],
    components: {
      ...components,
      schemas: Object.fromEntries(
        Object.entries(namedSchemas).map(([name, schema]) => [name, toNames(schema, name) as object]),
      ),
      responses: {
        Problem: {
          description: 'Any other refusal: the status says which kind, the detail what to do',
          content: { [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function complete(operation: Operation, method: string, path: string): void {
  const { 'x-examples': examples = [], 'x-produces': produces = ['application/json'], ...rest } = operation;
  if (operation.requestBody !== undefined) operation.requestBody.required = rest['x-optional'] !== true;
  for (const key of ['x-examples', 'x-produces', 'x-optional'] as const) delete operation[key];
  describeAnswers(rest.responses, produces);
  showAnswers(rest, examples);
  if (method === 'get' && !produces.includes('text/event-stream')) describeTag(operation);
  for (const [index, example] of examples.entries()) showIn(operation, `example${index + 1}`, example);
  operation['x-codeSamples'] = examples.map((example) => ({
    lang: 'Shell',
    label: example.summary,
    source: curlOf(method, path, example, Object.keys(operation.requestBody?.content ?? {})[0]),
  }));
}

/** See `freshness.ts`. */
function describeTag(operation: Operation): void {
  operation.parameters = [
    ...(operation.parameters ?? []),
    {
      name: 'if-none-match',
      in: 'header',
      schema: { type: 'string' },
      description: 'the etag of an answer that is kept',
    },
  ];
  const { responses } = operation;
  const { 200: found } = responses;
  if (found !== undefined && !('$ref' in found))
    found.headers = {
      etag: { schema: { type: 'string' }, description: 'of an answer that is no stream' },
      'feed-position': {
        schema: { type: 'string' },
        description:
          'below /api/v1: the last event of the stream before this answer was made; `hello` says where the stream begins',
      },
    };
  responses['304'] = { description: 'The answer is still the one with this etag' };
}

function describeAnswers(responses: Operation['responses'], produces: readonly string[]): void {
  for (const [status, answer] of Object.entries(responses)) {
    if ('$ref' in answer) continue;
    if (answer.description === 'Default Response') answer.description = STATUS_CODES[status] ?? 'An answer';
    const schema = Object.values(answer.content ?? {})[0]?.schema ?? {};
    if (Number(status) >= 400) answer.content = { [PROBLEM]: { schema } };
    else
      answer.content = Object.fromEntries(
        produces.map((type) => [type, { schema: type.endsWith('json') ? schema : { type: 'string' } }]),
      );
  }
  responses['default'] = { $ref: '#/components/responses/Problem' };
}

/** What a service has answered to the examples. */
function showAnswers({ operationId = '', responses }: Operation, examples: readonly RouteExample[]): void {
  const { 200: found } = responses;
  if (found === undefined || '$ref' in found) return;
  for (const [index, { summary }] of examples.entries()) {
    const answer = answers[operationId]?.[index];
    const content = answer === undefined ? undefined : found.content?.[answer.type];
    if (answer === undefined || content === undefined) continue;
    content.examples = { ...content.examples, [`example${index + 1}`]: { summary, value: answer.value } };
  }
}

function showIn({ parameters = [], requestBody }: Operation, name: string, example: RouteExample): void {
  const { summary, params = {}, query = {}, body } = example;
  for (const parameter of parameters) {
    if ('$ref' in parameter) continue;
    const value = (parameter.in === 'path' ? params : query)[parameter.name];
    if (value !== undefined) parameter.examples = { ...parameter.examples, [name]: { summary, value } };
  }
  for (const [type, content] of Object.entries(requestBody?.content ?? {}))
    if (body !== undefined && (typeof body === 'string') === type.startsWith('text/'))
      content.examples = { ...content.examples, [name]: { summary, value: body } };
}

/** The example as a command for a shell, at the default address of the service. */
function curlOf(method: string, path: string, { params = {}, query = {}, body }: RouteExample, type?: string): string {
  const named = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) asked.append(name, `${one}`);
  const url = `http://127.0.0.1:9514${named}${asked.size === 0 ? '' : `?${asked}`}`;
  const verb = method === 'get' ? '' : `-X ${method.toUpperCase()} `;
  if (body === undefined) return `curl -s ${verb}${quoted(url)}`;
  const isText = typeof body === 'string';
  const header = quoted(`content-type: ${isText ? type : 'application/json'}`);
  const sent = `-H ${header} --data-binary ${quoted(isText ? body : JSON.stringify(body))}`;
  return `curl -s ${verb}${quoted(url)} ${sent}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
