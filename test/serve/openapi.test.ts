/** The OpenAPI document as the service gives it: it is valid, and every route says of itself what CONTRIBUTING asks for. */
import { Validator } from '@seriousme/openapi-schema-validator';
import t from 'tap';
import { pagePaths } from '../../src/serve/console/shell.ts';
import { tags } from '../../src/serve/openapi/route-examples.ts';
import { type Document, operationsOf } from './described.ts';
import { serving } from './served-store.ts';

const { server } = serving(t);
const http = await server.build();
const document = (await http.inject('/openapi.json')).json() as Document;
const operations = operationsOf(document);

t.test('GET openapi.json is valid OpenAPI 3.1', async (t) => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document));
  t.strictSame([result.valid, result.valid ? [] : result.errors, validator.version], [true, [], '3.1']);
});

t.test('Every route has an operation id of its own, a known tag, a summary and an example', async (t) => {
  t.ok(operations.length > 30);
  const ids = operations.map(({ operation }) => operation.operationId);
  t.strictSame(
    ids.filter((id, index) => id === undefined || ids.indexOf(id) !== index),
    [],
  );
  for (const { name, operation, requests } of operations) {
    t.match(operation.operationId, /^[a-z][A-Za-z]+$/, name);
    t.equal(operation.tags?.length, 1, name);
    t.ok(Object.hasOwn(tags, operation.tags?.[0] ?? ''), `${name}: ${operation.tags}`);
    t.ok((operation.summary ?? '') !== '', name);
    t.ok(requests.length > 0, `${name} has an example`);
    t.strictSame(
      requests.filter(({ path }) => path.includes('{') || path.includes('//')),
      [],
      `the examples of ${name} name each parameter of its path`,
    );
  }
});

t.test('Every route says who may ask, and which answers are problems', async (t) => {
  for (const { name, operation } of operations) {
    t.ok(Array.isArray(operation.security), `${name} has a security`);
    t.ok(operation.responses['default'], name);
    for (const [status, { content }] of Object.entries(operation.responses))
      if (Number(status) >= 400) t.strictSame(Object.keys(content ?? {}), ['application/problem+json'], name);
    if (operation.security?.some((scheme) => Object.keys(scheme).length > 0))
      t.ok(operation.responses['401'] && operation.responses['403'], name);
  }
});

/** Pages for people and the files that they load, in Fastify's tree of routes. */
const ofConsole = new Set<string>([...pagePaths, '/assets/:hash/*', '/*']);

t.test('Every route of the server is in the document', async (t) => {
  const routes = http.printRoutes({ commonPrefix: false, includeHooks: false });
  t.equal(document.openapi, '3.1.0');
  for (const [path, methods] of routesIn(routes))
    for (const method of methods)
      if (method !== 'HEAD' && path !== '*' && !ofConsole.has(path))
        t.ok(document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()], `${method} ${path}`);
});

/** The paths in Fastify's tree of routes, with their methods. */
function routesIn(tree: string): [path: string, methods: string[]][] {
  const parents: string[] = [];
  return tree.split('\n').flatMap((line): [string, string[]][] => {
    const [, indent = '', part = '', methods] = /^([│├└─ ]*)(\S+)(?: \((.+)\))?$/u.exec(line) ?? [];
    if (part === '') return [];
    const depth = indent.length / 4;
    parents.length = depth;
    const path = parents.join('') + part;
    parents[depth] = part;
    return methods === undefined ? [] : [[path, methods.split(', ')]];
  });
}
