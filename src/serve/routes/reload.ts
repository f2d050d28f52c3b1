import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problems, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';

const keys = (description: string) => Type.Array(Type.String(), { description });
const reloaded = Type.Object({
  changed: keys('keys that are configured otherwise, and used from now on'),
  needsRestart: keys('keys that are configured otherwise, and used only after a restart'),
});

/** POST /-/reload: reads the configuration, the advisory and the certificates again, as Prometheus does. All or nothing. */
export function reloadRoutes({ reload }: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    server.post(
      '/-/reload',
      {
        schema: {
          operationId: 'reload',
          tags: ['service'],
          examples: [{ summary: 'Read the configuration again' }],
          summary: 'Reads the configuration again; if it is not valid, the former one stays',
          response: { 200: reloaded, ...problems(400, 401, 403, 409) },
        },
      },
      () => withProblems(reload),
    );
  };
}
