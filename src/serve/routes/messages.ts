import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { messageSchema, messageView, unparsedLineSchema, unparsedLineView } from '../views/message.ts';

/** GET /messages: lines that are stored as evidence. GET /unparsed: tracked lines that the grammar could not read. */
export function messageRoutes({ store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/messages',
      {
        schema: {
          summary: 'Messages that are stored as evidence, the latest received first',
          querystring: pageQuery({
            device: Type.Optional(Type.String({ maxLength: 512 })),
            mnemonic: Type.Optional(Type.String({ maxLength: 128 })),
          }),
          response: { 200: pageSchema('messages', messageSchema), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { device: name, mnemonic } = query;
        const device = name === undefined ? undefined : keyMeant(name, await store.aliases(aliasesMeant(name)));
        const { rows, next } = await readPage('messages', query, (page) =>
          store.messages({ device, mnemonic, ...page }),
        );
        return { messages: rows.map(messageView), next };
      },
    );

    api.get(
      '/unparsed',
      {
        schema: {
          summary: 'Tracked lines that the grammar could not read, the latest first',
          querystring: pageQuery({}),
          response: { 200: pageSchema('lines', unparsedLineSchema), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { rows, next } = await readPage('unparsed', query, (page) => store.unparsed(page));
        return { lines: rows.map(unparsedLineView), next };
      },
    );
  };
}
