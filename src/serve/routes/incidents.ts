import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { momentOf } from '../../core/diagnose/explain.ts';
import { nextStep } from '../../core/diagnose/next-step.ts';
import { incidentFacets, incidentSorts } from '../../core/fleet/incident-lists.ts';
import { leaderIn } from '../../core/judge/ranking.ts';
import type { Device } from '../../core/model/device.ts';
import { parseIncidentId } from '../../core/model/incident.ts';
import { explainWithLoss, shownLoss } from '../../operate/device-loss.ts';
import { goneText, whereItWent } from '../../operate/gone-incident.ts';
import { answerList, columnsOf, csvFormat, jsonOrCsv } from '../csv.ts';
import { filterOf, incidentFilters } from '../incident-filter.ts';
import { sample } from '../openapi/route-examples.ts';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { notFound, problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { unknownTogether } from '../unknown-values.ts';
import { facetsSchema, facetsView } from '../views/facets.ts';
import {
  goneIncidentView,
  incidentOrGoneSchema,
  listedIncidentSchema,
  listedIncidentView,
  storedIncidentView,
} from '../views/incident.ts';
import { nextStepView } from '../views/next-step.ts';

/** GET /incidents, GET /incidents/facets, GET /incidents/:id. */
export function incidentRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store, engine, now } = serving;
  return async (api) => {
    api.get(
      '/incidents',
      {
        schema: {
          operationId: 'listIncidents',
          tags: ['incidents'],
          examples: [
            { summary: 'All incidents' },
            { summary: 'The critical ones', query: { severity: 'critical', limit: 50 } },
            {
              summary: 'The open ones of a plant that nobody has taken, the gravest first',
              query: { state: 'open', plant: [sample.plant], acknowledged: false, sort: '-severity' },
            },
            { summary: 'Those of devices with such a name', query: { q: 'sw-press' } },
          ],
          summary: 'Incidents by filters, in one of several orders; as JSON or CSV',
          produces: jsonOrCsv,
          querystring: pageQuery({
            ...incidentFilters,
            sort: Type.Optional(
              Type.Enum([...incidentSorts], {
                description:
                  'default openedAt. -: the largest first. -severity: the gravest first, of equal ones the latest first. graceUntil: its ' +
                  'known end or its upper bound; without one, and over, last in both directions',
              }),
            ),
            ...csvFormat,
          }),
          response: { 200: pageSchema('incidents', listedIncidentSchema), ...problems(400) },
        },
      },
      async (request, reply) => {
        const { cursor: _, limit: __, format: ___, sort, ...filters } = request.query;
        const filter = await filterOf(filters, serving);
        return answerList(request, reply, {
          rows: 'incidents',
          columns: columnsOf(listedIncidentSchema),
          read: async (paging) => {
            const { rows, next } = await readPage('incidents', paging, (page) =>
              store.incidents({ ...filter, sort, ...page }),
            );
            return { rows: rows.map((row) => listedIncidentView(row, now())), next };
          },
        });
      },
    );

    api.get(
      '/incidents/facets',
      {
        schema: {
          operationId: 'countIncidents',
          tags: ['incidents'],
          examples: [
            { summary: 'The open ones', query: { state: 'open' } },
            { summary: 'Those of two severities', query: { severity: ['major', 'critical'] } },
          ],
          summary: 'How many incidents meet the filters, and which values they have',
          querystring: Type.Object(incidentFilters, { additionalProperties: false }),
          response: { 200: facetsSchema(incidentFacets, 'incidents'), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { total, facets } = await store.incidentFacets(await filterOf(query, serving));
        const { plant, product, release, ...rest } = facets;
        const named = {
          plant: unknownTogether(plant),
          product: unknownTogether(product),
          release: unknownTogether(release),
        };
        return facetsView(total, { ...rest, ...named });
      },
    );

    api.get(
      '/incidents/:id',
      {
        schema: {
          operationId: 'getIncident',
          tags: ['incidents'],
          examples: [{ summary: 'By its id', params: { id: sample.incident } }],
          summary: 'One incident with its evidence, its changes and its explanation; or where it went',
          params: Type.Object({ id: Type.String() }),
          response: { 200: incidentOrGoneSchema, ...problems(404, 410) },
        },
      },
      async ({ params: { id } }) => {
        const { prefix } = engine().advisory;
        const where = (await store.incident(id)) === null ? await whereItWent(store, prefix, id) : null;
        if (where !== null && 'deleted' in where) throw new RouteError(410, goneText(id, where));
        return where === null ? wholeIncident(serving, id) : goneIncidentView(id, where);
      },
    );
  };
}

/** One incident as the API shows it; 404 if there is none. */
export async function wholeIncident(serving: Serving, id: string) {
  const { store, engine, losses, now } = serving;
  const { advisory } = engine();
  const incident = await store.incident(id);
  const named = parseIncidentId(advisory.prefix, id);
  if (incident === null || named === null) throw notFound('incident', id);
  const [lines, changes, notes, known] = await Promise.all([
    store.evidence(named.device, named.ordinal),
    store.transitions(named.device, named.ordinal),
    store.notes(named.device, named.ordinal),
    store.load([named.device]),
  ]);
  const device = known.get(named.device);
  const current = device !== undefined && device.state.ordinal === named.ordinal;
  const loss = current ? await losses.of(device, Date.parse(incident.openedAt)) : null;
  return {
    ...storedIncidentView({ incident, lines, changes, notes }, now()),
    peer: device?.peer ?? null,
    loss: loss === null ? null : shownLoss(loss),
    ...(current ? await outlookOf(serving, device) : PAST),
  };
}

const PAST = { fleetDiagnosis: null, hypotheses: [], next: null, explanation: null };

/** What may ail a device, what to do about it, and why: in view of the fleet. */
export async function outlookOf({ engine, losses, now }: Serving, device: Device) {
  const { advisory, fleetReport } = engine();
  const at = momentOf(device, now());
  const hypotheses = await fleetReport.hypotheses(device, at);
  const fleetDiagnosis = leaderIn(hypotheses, advisory);
  const explanation = await explainWithLoss(device, at, advisory, losses, fleetDiagnosis);
  return {
    fleetDiagnosis,
    hypotheses: structuredClone(hypotheses) as never,
    next: nextStepView(nextStep(device, hypotheses, advisory)),
    explanation: structuredClone(explanation) as never,
  };
}
