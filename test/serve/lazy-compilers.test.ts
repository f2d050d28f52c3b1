import { fastify } from 'fastify';
import t, { type Test } from 'tap';
import { LazyCompilers } from '../../src/serve/lazy-compilers.ts';

const text = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
};

async function served(t: Test, querystring: object = {}) {
  const compilers = new LazyCompilers();
  const server = fastify({ schemaController: { compilersFactory: compilers.factories } });
  t.teardown(() => server.close());
  server.post('/echo', { schema: { body: text, response: { 200: text } } }, async () => ({ name: 'sw-a', other: 1 }));
  server.get('/asked', { schema: { querystring } }, async () => 'never');
  // A process that listens stays while `compileRest()` waits.
  await server.listen({ host: '127.0.0.1', port: 0 });
  return { compilers, server };
}

t.test('a route validates and serializes as Fastify does by itself, from its first request on', async (t) => {
  const { server } = await served(t);
  const itself = fastify({ ajv: { customOptions: { coerceTypes: false } } });
  t.teardown(() => itself.close());
  itself.post('/echo', { schema: { body: text, response: { 200: text } } }, async () => ({ name: 'sw-a', other: 1 }));
  for (const payload of [
    { name: 'sw-a' },
    {},
    { name: 'sw-a', colour: 'red' },
    { name: ['x'] },
    { name: 'sw-b' },
    {},
  ]) {
    const [one, other] = [server, itself].map((of) => of.inject({ method: 'POST', url: '/echo', payload }));
    const [found, wanted] = [await one, await other];
    t.equal(found?.statusCode, wanted?.statusCode, JSON.stringify(payload));
    t.equal(found?.body, wanted?.body);
  }
});

t.test('a text of a query may be a number, and one of JSON is none', async (t) => {
  const { factories } = new LazyCompilers();
  const server = fastify({ schemaController: { compilersFactory: factories } });
  t.teardown(() => server.close());
  const expected = { type: 'object', properties: { expected: { type: 'integer' }, known: { type: 'boolean' } } };
  server.post('/', { schema: { body: expected, querystring: expected } }, async ({ body, query }) => ({ body, query }));
  const ask = async (query: string, payload: object) => {
    const answer = await server.inject({ method: 'POST', url: `/${query}`, payload });
    return answer.statusCode === 200 ? answer.json() : answer.statusCode;
  };
  t.same(await ask('?expected=3&known=false', { expected: 3 }), {
    body: { expected: 3 },
    query: { expected: 3, known: false },
  });
  t.equal(await ask('?expected=three', {}), 400);
  for (const wrong of [{ expected: '3' }, { expected: null }, { expected: true }, { known: 'false' }, { known: 0 }])
    t.equal(await ask('', wrong), 400, JSON.stringify(wrong));
});

t.test('a schema that is none fails when it is compiled: at its request, or with the rest', async (t) => {
  const { server, compilers } = await served(t, { type: 'nothing' });
  t.equal((await server.inject('/asked')).statusCode, 500);
  t.equal((await server.inject('/asked')).statusCode, 500);
  await t.rejects(compilers.compileRest(new AbortController().signal), /type must be/);
});

t.test('compileRest() compiles what no request has needed, and ends where it is told', async (t) => {
  let compiled = 0;
  const { compilers } = await served(t);
  const build = compilers.factories.buildSerializer?.({}, {} as never) as (route: object) => (data: unknown) => string;
  const counting = {
    ...text,
    get title() {
      compiled++;
      return 'counted';
    },
  };
  build({ schema: counting });
  t.equal(compiled, 0);
  const ended = AbortSignal.abort();
  await t.rejects(compilers.compileRest(ended), { name: 'AbortError' });
  t.equal(compiled, 0);
  await compilers.compileRest(new AbortController().signal);
  t.ok(compiled > 0);
  const before = compiled;
  await compilers.compileRest(new AbortController().signal);
  t.equal(compiled, before, 'each once');
});
