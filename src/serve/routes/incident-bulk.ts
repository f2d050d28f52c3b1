import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { incidentId } from '../../core/model/incident.ts';
import { limits } from '../../core/model/limits.ts';
import { bulkActions } from '../../operate/incident-bulk.ts';
import { filterOf, type IncidentFilters, incidentFilters } from '../incident-filter.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { OPERATOR, signed } from './bodies.ts';
import { knownHypothesis, stated } from './disposition.ts';

const order = Type.Object(
  {
    action: Type.Enum([...bulkActions]),
    ids: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { minItems: 1, maxItems: limits.bulkIncidents }),
    ),
    filter: Type.Optional(
      Type.Object(incidentFilters, { additionalProperties: false, description: 'as the parameters of the list' }),
    ),
    expected: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'with filter: the number of incidents that the person has seen; with another one nothing is done',
      }),
    ),
    ...signed.properties,
    disposition: Type.Optional(stated),
  },
  { additionalProperties: false, description: 'either ids, or filter with expected' },
);

const done = Type.Object({
  done: Type.Integer(),
  unchanged: Type.Integer({ description: 'incidents that were so already' }),
  refused: Type.Array(Type.Object({ id: Type.String(), why: Type.String() })),
});

/** POST /incidents/bulk: one action on many incidents. */
export function incidentBulkRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/incidents/bulk',
      {
        schema: {
          operationId: 'actOnIncidents',
          tags: ['incidents'],
          summary: `Acknowledges, annotates or closes up to ${limits.bulkIncidents} incidents: those named, or all that meet a filter`,
          examples: [
            {
              summary: 'Two by their ids',
              body: { action: 'acknowledge', ids: [sample.incident], by: 'kim', text: 'on it' },
            },
            {
              summary: 'All that meet a filter, if they are as many as were seen',
              body: { action: 'note', filter: { plant: ['South'] }, expected: 0, by: 'kim', text: 'next week' },
            },
          ],
          body: order,
          response: { 200: done, ...problems(400, 401, 403, 409) },
        },
        preValidation: knownHypothesis,
      },
      async ({ body: { action, ids, filter, expected, by = OPERATOR, text = '', disposition } }) => {
        const said = disposition === undefined ? null : { text: '', ...disposition };
        if (said !== null && action !== 'note' && action !== 'close')
          throw new RouteError(400, `${action} takes no disposition: note and close do`);
        const isSigned = action === 'acknowledge' || action === 'unacknowledge';
        if (!isSigned && text === '' && said === null)
          throw new RouteError(400, 'the body must have a text, or a disposition');
        const chosen = await chosenBy(serving, ids, filter, expected);
        const written = text || said?.text || said?.hypothesis || '';
        return {
          ...(await serving.engine().operations.actOnAll(chosen, { action, by, text: written, stated: said })),
        } as never;
      },
    );
  };
}

/** The ids that a request is about; 409 if they are not as many as the person has seen. */
async function chosenBy(
  serving: Serving,
  ids: readonly string[] | undefined,
  filters: IncidentFilters | undefined,
  expected: number | undefined,
): Promise<readonly string[]> {
  if ((ids === undefined) === (filters === undefined))
    throw new RouteError(400, 'the body must have ids, or filter with expected, and not both');
  if (ids !== undefined) {
    if (expected !== undefined && expected !== new Set(ids).size)
      throw new RouteError(409, `${new Set(ids).size} incidents are named, not ${expected}: nothing was done`);
    return ids;
  }
  if (expected === undefined) throw new RouteError(400, 'the body must have expected: how many incidents were seen');
  const { count, keys } = await serving.store.incidentKeys(
    await filterOf(filters ?? {}, serving),
    limits.bulkIncidents,
  );
  if (count !== expected)
    throw new RouteError(409, `${count} incidents meet the filter now, not ${expected}: nothing was done; look again`);
  if (keys === null)
    throw new RouteError(
      400,
      `${count} incidents meet the filter: at most ${limits.bulkIncidents} at once; use more filters`,
    );
  const { prefix } = serving.engine().advisory;
  return keys.map(({ device, ordinal }) => incidentId(prefix, device, ordinal));
}
