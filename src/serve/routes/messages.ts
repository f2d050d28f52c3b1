import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { evidenceSchema, paging, problemSchema } from '../schemas.ts';
import type { Serving } from '../serving.ts';
import { evidenceView } from './incidents.ts';

/** GET /messages: the lines that count. GET /unparsed: lines of ours that the grammar could not read. */
export function messageRoutes({ store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/messages',
      {
        schema: {
          summary: 'Messages that are kept as evidence, the latest to come first',
          querystring: Type.Object(
            {
              device: Type.Optional(Type.String({ maxLength: 512 })),
              mnemonic: Type.Optional(Type.String({ maxLength: 128 })),
              ...paging,
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              messages: Type.Array(Type.Object({ device: Type.String(), ...evidenceSchema.properties })),
              next: Type.Union([Type.String(), Type.Null()]),
            }),
            400: problemSchema,
          },
        },
      },
      async ({ query: { device: name, mnemonic, cursor, limit } }) => {
        const device = name === undefined ? undefined : keyMeant(name, await store.aliases(aliasesMeant(name)));
        const page = await store.messages({
          device,
          mnemonic,
          after: fromCursor('messages', cursor),
          limit: limit ?? 100,
        });
        const messages = page.rows.map((row) => ({ device: row.device, ...evidenceView(row) }));
        return { messages, next: toCursor('messages', page.next) };
      },
    );

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
        const page = await store.unparsed({ after: fromCursor('unparsed', cursor), limit: limit ?? 100 });
        return {
          lines: page.rows.map((row) => ({ ...row, receivedAt: new Date(row.receivedAt).toISOString() })),
          next: toCursor('unparsed', page.next),
        };
      },
    );
  };
}
