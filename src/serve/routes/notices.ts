import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { noticeSchema, noticeView } from '../views/notice.ts';
import { optionalBody } from './bodies.ts';

const name = Type.String({ minLength: 1, maxLength: 128 });

/** GET /notices: notices that are pending, and dead letters. */
export function noticeRoutes({ store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/notices',
      {
        schema: {
          summary: 'Notices that wait for their sink, and those that were given up, the oldest first',
          querystring: pageQuery({
            state: Type.Optional(Type.Enum(['pending', 'dead'])),
            sink: Type.Optional(name),
          }),
          response: { 200: pageSchema('notices', noticeSchema), ...problems(400) },
        },
      },
      async ({ query: { state, sink, ...asked } }) => {
        const { rows, next } = await readPage('notices', asked, (page) => store.outbox.list({ state, sink, ...page }));
        return { notices: rows.map(noticeView), next };
      },
    );
  };
}

/** POST /notices/retry: makes dead letters pending again, where their sink is still configured. */
export function noticeRetryRoutes({ store, now, engine }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/notices/retry',
      {
        schema: {
          summary: 'Dead letters are sent again: all, those of a sink, or one',
          body: Type.Object({ sink: Type.Optional(name), id: Type.Optional(name) }, { additionalProperties: false }),
          response: {
            200: Type.Object({
              retried: Type.Integer(),
              withoutSink: Type.Integer({ description: 'those that stay, as their sink is not configured any more' }),
            }),
            ...problems(400, 401, 403),
          },
        },
        preValidation: optionalBody,
      },
      async ({ body }) => {
        const counts = await store.outbox.retry({ ...body, sinks: engine().sinks }, now());
        engine().onRetry();
        return counts;
      },
    );
  };
}
