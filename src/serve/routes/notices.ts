import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { DeliveredNotice, NoticeRow } from '../../store/ports/outbox.ts';
import { sample } from '../openapi/route-examples.ts';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { noticeSchema, noticeView } from '../views/notice.ts';
import { optionalBody } from './bodies.ts';

const name = Type.String({ minLength: 1, maxLength: 128 });

/** GET /notices: notices that are pending, dead letters, and with `state=delivered` those that were delivered. */
export function noticeRoutes({ store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/notices',
      {
        schema: {
          operationId: 'listNotices',
          tags: ['notices'],
          examples: [
            { summary: 'All that were not delivered' },
            { summary: 'Those that were given up', query: { state: 'dead' } },
            { summary: 'Those that were delivered', query: { state: 'delivered', limit: 20 } },
          ],
          summary: 'Pending notices and dead letters, the oldest first; or those that were delivered, the latest first',
          querystring: pageQuery({
            state: Type.Optional(Type.Enum(['pending', 'dead', 'delivered'])),
            sink: Type.Optional(name),
          }),
          response: { 200: pageSchema('notices', noticeSchema), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { state, sink } = query;
        const { rows, next } = await readPage<NoticeRow | DeliveredNotice>('notices', query, (page) =>
          state === 'delivered'
            ? store.outbox.delivered({ sink, ...page })
            : store.outbox.list({ state, sink, ...page }),
        );
        return { notices: rows.map(noticeView), next };
      },
    );
  };
}

/** POST /notices/retry: makes dead letters pending again if their sink is still configured. */
export function noticeRetryRoutes({ store, now, engine }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/notices/retry',
      {
        schema: {
          operationId: 'retryNotices',
          tags: ['notices'],
          examples: [
            { summary: 'All dead letters', body: {} },
            { summary: 'Those of one sink', body: { sink: sample.sink } },
          ],
          summary: 'Sends dead letters again: all, those of one sink, or one',
          body: Type.Object({ sink: Type.Optional(name), id: Type.Optional(name) }, { additionalProperties: false }),
          response: {
            200: Type.Object({
              retried: Type.Integer(),
              withoutSink: Type.Integer({
                description: 'dead letters whose sink is not configured any more; they are not sent',
              }),
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
