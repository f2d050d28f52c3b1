import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RouteError } from '../errors.ts';
import { problemSchema } from '../schemas.ts';
import type { Serving } from '../server.ts';

const status = Type.Object({ status: Type.Literal('ok') });

/** GET /healthz: the process answers. GET /readyz: it can also store, and has room for what comes. */
export function healthRoutes({ store, log, trouble, dropping }: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    server.get('/healthz', { schema: { summary: 'Alive', response: { 200: status } } }, async () => ({
      status: 'ok' as const,
    }));
    server.get(
      '/readyz',
      { schema: { summary: 'Ready to take and store lines', response: { 200: status, 503: problemSchema } } },
      async () => {
        try {
          await store.ping();
        } catch (error) {
          log.error({ err: error }, 'the store does not answer');
          throw new RouteError(503, 'the store does not answer');
        }
        const reason = trouble();
        if (reason !== null) throw new RouteError(503, 'lines cannot be stored just now; see the log of the service');
        if (dropping()) throw new RouteError(503, 'too many lines wait: lines of ours are dropped, and counted');
        return { status: 'ok' as const };
      },
    );
  };
}
