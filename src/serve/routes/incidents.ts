import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { momentOf } from '../../core/diagnose/explain.ts';
import { nextStep } from '../../core/diagnose/next-step.ts';
import { leaderIn } from '../../core/judge/ranking.ts';
import type { Device } from '../../core/model/device.ts';
import { incidentStates, parseIncidentId, severities } from '../../core/model/incident.ts';
import { explainWithLoss, shownLoss } from '../../operate/device-loss.ts';
import { goneText, whereItWent } from '../../operate/gone-incident.ts';
import { sample } from '../openapi/route-examples.ts';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { notFound, problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import {
  goneIncidentView,
  incidentOrGoneSchema,
  listedIncidentSchema,
  listedIncidentView,
  storedIncidentView,
} from '../views/incident.ts';
import { nextStepView } from '../views/next-step.ts';

/** GET /incidents, GET /incidents/:id. */
export function incidentRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store, engine } = serving;
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
          ],
          summary: 'Incidents, ordered by opening time',
          querystring: pageQuery({
            state: Type.Optional(Type.Enum([...incidentStates])),
            severity: Type.Optional(Type.Enum([...severities])),
            device: Type.Optional(Type.String({ maxLength: 512 })),
          }),
          response: { 200: pageSchema('incidents', listedIncidentSchema), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { state, severity, device } = query;
        const { rows, next } = await readPage('incidents', query, (page) =>
          store.incidents({ state, severity, device, ...page }),
        );
        const { advisory } = engine();
        const incidents = rows.map(async (row) => {
          const ordinal = parseIncidentId(advisory.prefix, row.id)?.ordinal ?? 0;
          return listedIncidentView(row, await store.notes(row.device, ordinal));
        });
        return { incidents: await Promise.all(incidents), next };
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
  const { store, engine, losses } = serving;
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
    ...storedIncidentView({ incident, lines, changes, notes }),
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
