import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problems, RouteError } from '../problems.ts';
import { readyNow } from '../ready.ts';
import type { Serving } from '../serving.ts';

const status = Type.Object({ status: Type.Literal('ok') });
const ready = Type.Object({
  status: Type.Literal('ok'),
  detail: Type.Optional(Type.String({ description: 'What people should look at, though lines are stored' })),
});

/** GET /healthz: the process answers. GET /readyz: the service can store lines, and its queue has room. */
export function healthRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    server.get(
      '/healthz',
      {
        schema: {
          operationId: 'getLiveness',
          tags: ['service'],
          examples: [{ summary: 'Is it alive?' }],
          summary: 'Whether the process is alive',
          response: { 200: status },
        },
      },
      async () => ({
        status: 'ok' as const,
      }),
    );
    server.get(
      '/readyz',
      {
        schema: {
          operationId: 'getReadiness',
          tags: ['service'],
          examples: [{ summary: 'Can it store lines?' }],
          summary: 'Whether lines can be received and stored',
          response: { 200: ready, ...problems(503) },
        },
      },
      async () => {
        const { problem, ...others } = await readyNow(serving);
        if (problem !== null) throw new RouteError(503, problem);
        return { status: 'ok' as const, ...others };
      },
    );
  };
}
