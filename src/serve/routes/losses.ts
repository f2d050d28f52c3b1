import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type SenderLoss, senderOrders } from '../../core/loss/sender-loss.ts';
import type { Page } from '../../store/ports/queries.ts';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { senderLossSchema, senderLossView } from '../views/sender-loss.ts';

/** `-`: the largest first. */
const sorts = ['-lost', '-dropped'] as const;
type Sort = (typeof sorts)[number];

/** GET /losses: the senders of which lines are missing, or of which this service has dropped lines. */
export function lossRoutes({ senderLosses }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/losses',
      {
        schema: {
          operationId: 'listLosses',
          tags: ['service'],
          examples: [
            { summary: 'The most lost first' },
            { summary: 'The most dropped first', query: { sort: '-dropped', limit: 20 } },
          ],
          summary: 'Senders of which lines are missing by their numbers, or of which this service has dropped lines',
          querystring: pageQuery({ sort: Type.Optional(Type.Enum([...sorts], { default: '-lost' })) }),
          response: { 200: pageSchema('senders', senderLossSchema), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { sort = '-lost' } = query;
        const { rows, next } = await readPage('losses', query, async (page) =>
          pageOf(await senderLosses(), sort, page),
        );
        return { senders: rows.map(senderLossView), next };
      },
    );
  };
}

/** The largest first; equal ones by address. A position is the value and the address of the last row of the page before. */
function pageOf(
  senders: readonly SenderLoss[],
  sort: Sort,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Page<SenderLoss> {
  const sizeOf = senderOrders[sort === '-lost' ? 'lost' : 'dropped'];
  const compare = (a: readonly [number, string], b: readonly [number, string]) =>
    b[0] - a[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1]));
  const keyed = senders.map((sender) => ({ sender, key: [sizeOf(sender), sender.peer] as const }));
  keyed.sort((a, b) => compare(a.key, b.key));
  const last =
    after === undefined ? null : ([Number.parseInt(after, 10), after.slice(after.indexOf(' ') + 1)] as const);
  const rest = last === null ? keyed : keyed.filter(({ key }) => compare(last, key) < 0);
  const rows = rest.slice(0, limit);
  const end = rows.at(-1);
  return {
    rows: rows.map(({ sender }) => sender),
    next: rest.length > rows.length && end !== undefined ? end.key.join(' ') : null,
  };
}
