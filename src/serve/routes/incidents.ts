import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { explain } from '../../core/correlate/explain.ts';
import { incidentStates, parseIncidentId, severities } from '../../core/incident.ts';
import { RouteError } from '../errors.ts';
import {
  evidenceSchema,
  explanationSchema,
  fromCursor,
  incidentSchema,
  paging,
  problemSchema,
  toCursor,
  transitionSchema,
} from '../schemas.ts';
import type { Serving } from '../server.ts';

/** GET /incidents, GET /incidents/:id. */
export function incidentRoutes({ store, advisory }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/incidents',
      {
        schema: {
          summary: 'Incidents, by when they opened',
          querystring: Type.Object(
            {
              state: Type.Optional(Type.Enum([...incidentStates])),
              severity: Type.Optional(Type.Enum([...severities])),
              device: Type.Optional(Type.String({ maxLength: 512 })),
              ...paging,
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({ incidents: Type.Array(incidentSchema), next: Type.Union([Type.String(), Type.Null()]) }),
            400: problemSchema,
          },
        },
      },
      async ({ query }) => {
        const { state, severity, device, cursor, limit } = query;
        const page = await store.incidents({ state, severity, device, after: fromCursor(cursor), limit: limit ?? 100 });
        return {
          incidents: page.rows.map((row) => ({ ...row, families: [...row.families] })),
          next: toCursor(page.next),
        };
      },
    );

    api.get(
      '/incidents/:id',
      {
        schema: {
          summary: 'One incident with its evidence, its changes and why it is what it is',
          params: Type.Object({ id: Type.String() }),
          response: {
            200: Type.Intersect([
              incidentSchema,
              Type.Object({
                lines: Type.Array(evidenceSchema),
                changes: Type.Array(transitionSchema),
                explanation: Type.Union([explanationSchema, Type.Null()]),
              }),
            ]),
            404: problemSchema,
          },
        },
      },
      async ({ params }) => {
        const incident = await store.incident(params.id);
        const named = parseIncidentId(advisory.prefix, params.id);
        if (incident === null || named === null) throw new RouteError(404, `there is no incident ${params.id}`);
        const [lines, changes, known] = await Promise.all([
          store.evidence(named.device, named.ordinal),
          store.transitions(named.device, named.ordinal),
          store.load([named.device]),
        ]);
        const device = known.get(named.device);
        const current = device !== undefined && device.course.ordinal === named.ordinal;
        return {
          ...incident,
          families: [...incident.families],
          lines: lines.map(({ at, receivedAt, device: _, ordinal: __, ...row }) => ({
            ...row,
            at: iso(at),
            receivedAt: iso(receivedAt),
          })),
          changes: changes.map(({ type, at, decidedAt, from, to, severity, reason }) => ({
            type,
            at: iso(at),
            decidedAt: iso(decidedAt),
            from,
            to,
            severity,
            reason,
          })),
          explanation: current ? (structuredClone(explain(device, device.passedTo, advisory)) as never) : null,
        };
      },
    );
  };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
