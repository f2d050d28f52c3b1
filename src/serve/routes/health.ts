import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';

const status = Type.Object({ status: Type.Literal('ok') });

/** GET /healthz: the process answers. GET /readyz: it can also store lines, and has room for them. */
export function healthRoutes({ readiness }: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    server.get('/healthz', { schema: { summary: 'Alive', response: { 200: status } } }, async () => ({
      status: 'ok' as const,
    }));
    server.get(
      '/readyz',
      { schema: { summary: 'Ready to take and store lines', response: { 200: status, ...problems(503) } } },
      async () => {
        const problem = await readiness.problem();
        if (problem !== null) throw new RouteError(503, problem);
        return { status: 'ok' as const };
      },
    );
  };
}
