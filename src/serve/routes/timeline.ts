import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { timelineKinds } from '../../core/fleet/timeline-kinds.ts';
import { parseIncidentId } from '../../core/model/incident.ts';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import { goneText, whereItWent } from '../../operate/gone-incident.ts';
import type { ListedIncident } from '../../store/ports/incidents.ts';
import type { TimelineQuery } from '../../store/ports/timeline.ts';
import { answerList, csvFormat, jsonOrCsv } from '../csv.ts';
import { sample } from '../openapi/route-examples.ts';
import { listOf, type PageParameters, pageQuery, pageSchema, readPage } from '../paging.ts';
import { notFound, problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { timelineColumns, timelineRowSchema, timelineRowView } from '../views/timeline.ts';

const querystring = pageQuery({ kinds: Type.Optional(listOf(Type.Enum([...timelineKinds]))), ...csvFormat });

type Of = Pick<TimelineQuery, 'device' | 'incident'>;

/** GET /devices/:key/timeline, GET /incidents/:id/timeline: what happened, the newest first. */
export function timelineRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store, engine } = serving;
  /** The list of what belongs to a device or an incident. A cursor of another one is refused. */
  const listFor = ({ device, incident }: Of, kinds: TimelineQuery['kinds']) => ({
    rows: 'timeline' as const,
    columns: timelineColumns,
    read: async (paging: PageParameters) => {
      const query = { ...paging, of: incident?.id ?? device };
      const { rows, next } = await readPage('timeline', query, (page) =>
        store.timeline({ device, incident, kinds, ...page }),
      );
      const { prefix } = engine().advisory;
      return { rows: rows.map((row) => timelineRowView(row, device, prefix)), next };
    },
  });
  return async (api) => {
    api.get(
      '/devices/:key/timeline',
      {
        schema: {
          operationId: 'getDeviceTimeline',
          tags: ['devices'],
          summary:
            'What happened to a device, the newest first: messages, changes, notices, notes, repairs, lost lines, the inventory; as JSON or CSV',
          examples: [
            { summary: 'Everything', params: { key: sample.device } },
            { summary: 'What people said', params: { key: sample.device }, query: { kinds: ['note'] } },
          ],
          produces: jsonOrCsv,
          params: Type.Object({ key: Type.String() }),
          querystring,
          response: { 200: pageSchema('timeline', timelineRowSchema), ...problems(400, 404) },
        },
      },
      async (request, reply) => {
        const { key: name } = request.params;
        const device = keyMeant(name, await store.aliases(aliasesMeant(name)));
        if (!(await store.load([device])).has(device)) throw notFound('device', name);
        return answerList(request, reply, listFor({ device }, request.query.kinds));
      },
    );

    api.get(
      '/incidents/:id/timeline',
      {
        schema: {
          operationId: 'getIncidentTimeline',
          tags: ['incidents'],
          summary: 'What happened in an incident, the newest first; as JSON or CSV',
          examples: [{ summary: 'Everything', params: { id: sample.incident } }],
          produces: jsonOrCsv,
          params: Type.Object({ id: Type.String() }),
          querystring,
          response: { 200: pageSchema('timeline', timelineRowSchema), ...problems(400, 404, 410) },
        },
      },
      async (request, reply) => {
        const { device, ...incident } = await incidentOf(serving, request.params.id);
        return answerList(request, reply, listFor({ device, incident }, request.query.kinds));
      },
    );
  };
}

/** 404 where there is no such incident, with where it went; 410 where it is no longer kept. */
async function incidentOf({ store, engine }: Serving, id: string) {
  const { prefix } = engine().advisory;
  const named = parseIncidentId(prefix, id);
  const found = named === null ? null : await store.incident(id);
  if (named !== null && found !== null) return { ...named, id, ...openOf(found) };
  const where = await whereItWent(store, prefix, id);
  if (where === null) throw notFound('incident', id);
  throw new RouteError('deleted' in where ? 410 : 404, goneText(id, where));
}

/** While an incident was open, in milliseconds. One that a person has closed was open until its last change at the latest. */
function openOf({ state, openedAt, resolvedAt, changedAt }: ListedIncident): { from: number; to?: number } {
  const from = Date.parse(openedAt);
  if (state !== 'resolved' && state !== 'closed') return { from };
  const ends = [...(resolvedAt === null ? [] : [Date.parse(resolvedAt)]), ...(changedAt === null ? [] : [changedAt])];
  return ends.length === 0 ? { from } : { from, to: Math.max(...ends) };
}
