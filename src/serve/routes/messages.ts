import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import { answerList, columnsOf, csvFormat, jsonOrCsv } from '../csv.ts';
import { sample } from '../openapi/route-examples.ts';
import { type PageParameters, pageQuery, pageSchema, readPage } from '../paging.ts';
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
          operationId: 'listMessages',
          tags: ['messages'],
          examples: [
            { summary: 'All, the latest first' },
            { summary: 'Of one device, as CSV', query: { device: sample.device, format: 'csv' } },
          ],
          summary: 'Messages that are stored as evidence, the latest received first',
          produces: jsonOrCsv,
          querystring: pageQuery({
            device: Type.Optional(Type.String({ maxLength: 512 })),
            mnemonic: Type.Optional(Type.String({ maxLength: 128 })),
            ...csvFormat,
          }),
          response: { 200: pageSchema('messages', messageSchema), ...problems(400) },
        },
      },
      async (request, reply) => {
        const { device: name, mnemonic } = request.query;
        const device = name === undefined ? undefined : keyMeant(name, await store.aliases(aliasesMeant(name)));
        return answerList(request, reply, {
          rows: 'messages',
          columns: columnsOf(messageSchema),
          read: async (paging) => {
            const { rows, next } = await readPage('messages', paging, (page) =>
              store.messages({ device, mnemonic, ...page }),
            );
            return { rows: rows.map(messageView), next };
          },
        });
      },
    );

    api.get(
      '/unparsed',
      {
        schema: {
          operationId: 'listUnparsed',
          tags: ['messages'],
          examples: [{ summary: 'The latest first', query: { limit: 20 } }],
          summary: 'Tracked lines that the grammar could not read, the latest first',
          produces: jsonOrCsv,
          querystring: pageQuery({ ...csvFormat }),
          response: { 200: pageSchema('lines', unparsedLineSchema), ...problems(400) },
        },
      },
      async (request, reply) => {
        const read = async (paging: PageParameters) => {
          const { rows, next } = await readPage('unparsed', paging, (page) => store.unparsed(page));
          return { rows: rows.map(unparsedLineView), next };
        };
        return answerList(request, reply, { rows: 'lines', columns: columnsOf(unparsedLineSchema), read }, 'unparsed');
      },
    );
  };
}
