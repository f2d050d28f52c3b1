import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** GET /openapi.json: the OpenAPI document of all routes. It is made once: it is long, and everybody may ask for it. */
export function documentRoutes(): FastifyPluginAsyncTypebox {
  return async (server) => {
    let text: string | null = null;
    server.get(
      '/openapi.json',
      {
        schema: {
          operationId: 'getDocument',
          tags: ['service'],
          summary: 'The OpenAPI document of this service',
          examples: [{ summary: 'The document' }],
        },
      },
      async (_request, reply) => {
        text ??= JSON.stringify(server.swagger());
        return reply.type('application/json; charset=utf-8').send(text);
      },
    );
  };
}
