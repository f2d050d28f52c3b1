import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Advisory } from '../../core/advisory/advisory.ts';
import { limits } from '../../core/model/limits.ts';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import type { UnparsedFilter } from '../../store/ports/queries.ts';
import { answerList, columnsOf, csvFormat, jsonOrCsv } from '../csv.ts';
import { sample } from '../openapi/route-examples.ts';
import { listOf, type PageParameters, pageQuery, pageSchema, readPage } from '../paging.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { instantOf, timeOf } from '../times.ts';
import { UNKNOWN_MEANS, valueMeant } from '../unknown-values.ts';
import {
  messageSchema,
  messageView,
  unparsedGroupSchema,
  unparsedGroupView,
  unparsedLineSchema,
  unparsedLineView,
} from '../views/message.ts';

/** The groups that an answer has; the others are counted together. */
const MOST_GROUPS = 100;

const word = Type.String({ maxLength: 128 });
const filters = {
  device: Type.Optional(Type.String({ maxLength: 512, description: 'any name of the device' })),
  plant: Type.Optional(
    listOf(Type.String({ maxLength: limits.inventoryCell }), { description: `of the device; ${UNKNOWN_MEANS}` }),
  ),
  facility: Type.Optional(listOf(word, { description: 'as SMART_LIC' })),
  mnemonic: Type.Optional(listOf(word, { description: 'as COMM_FAILED' })),
};
const messageFilters = {
  ...filters,
  from: timeOf('messages of this time or later'),
  to: timeOf('messages of an earlier time'),
};
const unparsedFilters = {
  ...filters,
  why: Type.Optional(listOf(word, { description: 'as unknown-mnemonic' })),
  from: timeOf('lines that were received then or later'),
  to: timeOf('lines that were received earlier'),
};

type UnparsedParameters = {
  readonly [name in 'device' | 'from' | 'to']?: string | undefined;
} & { readonly [name in 'plant' | 'facility' | 'mnemonic' | 'why']?: readonly string[] | undefined };

/**
 * GET /messages: lines that are stored as evidence. GET /unparsed: tracked lines that the grammar could not read, and
 * GET /unparsed/groups: how many of each kind there are.
 */
export function messageRoutes({ store, engine }: Serving): FastifyPluginAsyncTypebox {
  const keyOf = async (name: string | undefined) =>
    name === undefined ? undefined : keyMeant(name, await store.aliases(aliasesMeant(name)));
  const unparsedFilter = async (query: UnparsedParameters): Promise<UnparsedFilter> => ({
    ...{ plants: query.plant?.map(valueMeant), facilities: query.facility, mnemonics: query.mnemonic, whys: query.why },
    device: await keyOf(query.device),
    ...{ from: instantOf('from', query.from), to: instantOf('to', query.to) },
  });
  return async (api) => {
    api.get(
      '/messages',
      {
        schema: {
          operationId: 'listMessages',
          tags: ['messages'],
          examples: [
            { summary: 'All, the latest received first' },
            { summary: 'Of one device, as CSV', query: { device: sample.device, format: 'csv' } },
            {
              summary: 'Of a plant in one month, the latest first',
              query: { plant: sample.plant, from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' },
            },
            { summary: 'Of a facility', query: { facility: 'SMART_LIC', limit: 20 } },
          ],
          summary:
            'Messages that are stored as evidence: the latest received first, or with a filter but device and plant by time',
          produces: jsonOrCsv,
          querystring: pageQuery({ ...messageFilters, ...csvFormat }),
          response: { 200: pageSchema('messages', messageSchema), ...problems(400) },
        },
      },
      async (request, reply) => {
        const { plant: plants, facility, mnemonic, from, to } = request.query;
        const wanted = {
          ...{ device: await keyOf(request.query.device), plants: plants?.map(valueMeant) },
          mnemonics: mnemonicsOf(facility, mnemonic, engine().advisory),
          ...{ from: instantOf('from', from), to: instantOf('to', to) },
        };
        return answerList(request, reply, {
          rows: 'messages',
          columns: columnsOf(messageSchema),
          read: async (paging) => {
            const { rows, next } = await readPage('messages', paging, async (page) =>
              wanted.mnemonics?.length === 0 ? { rows: [], next: null } : store.messages({ ...wanted, ...page }),
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
          examples: [
            { summary: 'The latest first', query: { limit: 20 } },
            { summary: 'Of unknown mnemonics, as CSV', query: { why: 'unknown-mnemonic', format: 'csv' } },
          ],
          summary: 'Tracked lines that the grammar could not read, the latest first',
          produces: jsonOrCsv,
          querystring: pageQuery({ ...unparsedFilters, ...csvFormat }),
          response: { 200: pageSchema('lines', unparsedLineSchema), ...problems(400) },
        },
      },
      async (request, reply) => {
        const filter = await unparsedFilter(request.query);
        const read = async (paging: PageParameters) => {
          const { rows, next } = await readPage('unparsed', paging, (page) => store.unparsed({ ...filter, ...page }));
          return { rows: rows.map(unparsedLineView), next };
        };
        return answerList(request, reply, { rows: 'lines', columns: columnsOf(unparsedLineSchema), read }, 'unparsed');
      },
    );

    api.get(
      '/unparsed/groups',
      {
        schema: {
          operationId: 'listUnparsedGroups',
          tags: ['messages'],
          examples: [{ summary: 'What cannot be read, the most frequent first' }],
          summary: 'Tracked lines that the grammar could not read, by message and reason, the most frequent first',
          querystring: Type.Object(unparsedFilters, { additionalProperties: false }),
          response: {
            200: Type.Object({
              total: Type.Integer({ description: 'lines' }),
              groups: Type.Array(unparsedGroupSchema, { description: `the ${MOST_GROUPS} most frequent` }),
              others: Type.Integer({ description: 'lines of further groups' }),
            }),
            ...problems(400),
          },
        },
      },
      async ({ query }) => {
        const all = await store.unparsedGroups(await unparsedFilter(query));
        const groups = all.slice(0, MOST_GROUPS);
        const [total, shown] = [all, groups].map((some) => some.reduce((sum, { count }) => sum + count, 0));
        return { total: total ?? 0, groups: groups.map(unparsedGroupView), others: (total ?? 0) - (shown ?? 0) };
      },
    );
  };
}

/** A message that counts is of one facility of the advisory, so that its mnemonic says which. */
function mnemonicsOf(
  facilities: readonly string[] | undefined,
  mnemonics: readonly string[] | undefined,
  { signals }: Advisory,
): string[] | undefined {
  if (facilities === undefined) return mnemonics === undefined ? undefined : [...new Set(mnemonics)];
  const known = new Set(facilities.flatMap((facility) => [...(signals.get(facility)?.keys() ?? [])]));
  return [...known].filter((mnemonic) => mnemonics?.includes(mnemonic) ?? true);
}
