import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { fromCursor, paging, problemSchema, toCursor } from '../schemas.ts';
import type { Serving } from '../server.ts';

/** GET /unparsed: lines of ours that the grammar could not read. */
export function unparsedRoutes({ store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/unparsed',
      {
        schema: {
          summary: 'Lines with a core of ours whose body is not in the grammar, the latest first',
          querystring: Type.Object(paging, { additionalProperties: false }),
          response: {
            200: Type.Object({
              lines: Type.Array(
                Type.Object({
                  receivedAt: Type.String(),
                  device: Type.Union([Type.String(), Type.Null()]),
                  facility: Type.String(),
                  mnemonic: Type.String(),
                  why: Type.String(),
                  raw: Type.String(),
                }),
              ),
              next: Type.Union([Type.String(), Type.Null()]),
            }),
            400: problemSchema,
          },
        },
      },
      async ({ query: { cursor, limit } }) => {
        const page = await store.unparsed({ after: fromCursor(cursor), limit: limit ?? 100 });
        return {
          lines: page.rows.map((row) => ({ ...row, receivedAt: new Date(row.receivedAt).toISOString() })),
          next: toCursor(page.next),
        };
      },
    );
  };
}
