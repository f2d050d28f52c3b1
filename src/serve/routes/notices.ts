import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { noticeTypes } from '../../core/announce/notice.ts';
import { toIso } from '../../core/model/instant.ts';
import type { NoticeRow } from '../../store/ports/outbox.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { paging, problemSchema } from '../schemas.ts';
import type { Serving } from '../server.ts';

const maybeText = Type.Union([Type.String(), Type.Null()]);
const name = Type.String({ minLength: 1, maxLength: 128 });

const noticeSchema = Type.Object({
  id: Type.String({ description: 'the same for all sinks, tries and restarts' }),
  sink: Type.String(),
  state: Type.Enum(['pending', 'dead']),
  type: Type.Enum([...noticeTypes]),
  incident: Type.String(),
  device: Type.String(),
  reason: Type.String(),
  createdAt: Type.String(),
  attempts: Type.Integer(),
  nextAt: Type.Union([Type.String(), Type.Null()], {
    description: 'null while an earlier notice of the incident waits, and for dead letters',
  }),
  error: maybeText,
});

/** GET /notices: what waits for its sink, and what was given up. */
export function noticeRoutes({ store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/notices',
      {
        schema: {
          summary: 'Notices that wait for their sink, and those that were given up, the oldest first',
          querystring: Type.Object(
            {
              state: Type.Optional(Type.Enum(['pending', 'dead'])),
              sink: Type.Optional(name),
              ...paging,
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({ notices: Type.Array(noticeSchema), next: maybeText }),
            400: problemSchema,
          },
        },
      },
      async ({ query: { state, sink, cursor, limit } }) => {
        const page = await store.outbox.list({
          state,
          sink,
          after: fromCursor('notices', cursor),
          limit: limit ?? 100,
        });
        return { notices: page.rows.map(noticeView), next: toCursor('notices', page.next) };
      },
    );
  };
}

/** POST /notices/retry: dead letters are sent again, where their sink is still configured. */
export function noticeRetryRoutes({ store, now, sinks, retried }: Serving): FastifyPluginAsyncTypebox {
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
            400: problemSchema,
            401: problemSchema,
            403: problemSchema,
          },
        },
        preValidation: async (request) => {
          // All of them need no words.
          request.body ??= {};
        },
      },
      async ({ body }) => {
        const counts = await store.outbox.retry({ ...body, sinks }, now());
        retried();
        return counts;
      },
    );
  };
}

function noticeView({ id, sink, state, announcement, createdAt, attempts, nextAt, error }: NoticeRow) {
  const { type, incident, device, reason } = announcement;
  const times = { createdAt: new Date(createdAt).toISOString(), nextAt: toIso(nextAt) };
  return { id, sink, state, type, incident, device, reason, attempts, error, ...times };
}
