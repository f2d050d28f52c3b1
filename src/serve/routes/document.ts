import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** GET /openapi.json: the OpenAPI document of all routes. */
export function documentRoutes(): FastifyPluginAsyncTypebox {
  return async (server) => {
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
      async () => server.swagger(),
    );
  };
}
