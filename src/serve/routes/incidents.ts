import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { momentOf } from '../../core/diagnose/explain.ts';
import { incidentStates, parseIncidentId, severities } from '../../core/model/incident.ts';
import { toIso } from '../../core/model/instant.ts';
import { explainWithLoss, shownLoss } from '../../operate/device-loss.ts';
import type { Note } from '../../store/ports/batch.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { RouteError } from '../errors.ts';
import {
  evidenceSchema,
  explanationSchema,
  incidentSchema,
  lossSchema,
  noteSchema,
  paging,
  problemSchema,
  transitionSchema,
} from '../schemas.ts';
import type { Serving } from '../server.ts';

const listedSchema = Type.Object({
  ...incidentSchema.properties,
  acknowledged: Type.Union([Type.Object({ at: Type.String(), by: Type.String() }), Type.Null()]),
});

export const wholeIncidentSchema = Type.Intersect([
  listedSchema,
  Type.Object({
    notes: Type.Array(noteSchema),
    lines: Type.Array(evidenceSchema),
    changes: Type.Array(transitionSchema),
    loss: Type.Union([lossSchema, Type.Null()], {
      description: 'lines of the device since it opened; null for a past incident',
    }),
    explanation: Type.Union([explanationSchema, Type.Null()]),
  }),
]);

/** GET /incidents, GET /incidents/:id. */
export function incidentRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store, advisory } = serving;
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
            200: Type.Object({ incidents: Type.Array(listedSchema), next: Type.Union([Type.String(), Type.Null()]) }),
            400: problemSchema,
          },
        },
      },
      async ({ query }) => {
        const { state, severity, device, cursor, limit } = query;
        const page = await store.incidents({
          state,
          severity,
          device,
          after: fromCursor('incidents', cursor),
          limit: limit ?? 100,
        });
        const incidents = page.rows.map(async (row) => {
          const ordinal = parseIncidentId(advisory.prefix, row.id)?.ordinal ?? 0;
          const acknowledged = acknowledgementIn(await store.notes(row.device, ordinal));
          return { ...row, families: [...row.families], acknowledged };
        });
        return {
          incidents: await Promise.all(incidents),
          next: toCursor('incidents', page.next),
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
            200: wholeIncidentSchema,
            404: problemSchema,
          },
        },
      },
      async ({ params }) => incidentView(serving, params.id),
    );
  };
}

/** One incident as the API shows it; 404 if there is none. */
export async function incidentView({ store, advisory, losses, now }: Serving, id: string) {
  const incident = await store.incident(id);
  const named = parseIncidentId(advisory.prefix, id);
  if (incident === null || named === null) throw new RouteError(404, `there is no incident ${id}`);
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
    ...incident,
    families: [...incident.families],
    acknowledged: acknowledgementIn(notes),
    notes: notes.map(({ at, by, kind, text }) => ({ at: iso(at), by, kind, text })),
    lines: lines.map(evidenceView),
    changes: changes.map(({ type, at, decidedAt, from, to, severity, reason }) => ({
      type,
      at: iso(at),
      decidedAt: iso(decidedAt),
      from,
      to,
      severity,
      reason,
    })),
    loss: loss === null ? null : shownLoss(loss),
    explanation: current
      ? (structuredClone(await explainWithLoss(device, momentOf(device, now()), advisory, losses)) as never)
      : null,
  };
}

export function evidenceView({ at, receivedAt, stamp, relayStamp, ...row }: Evidence) {
  const { kind, family, cause, weight, mnemonic, raw, decisive, timeUsed, stampRejected, timeQuality } = row;
  const said = { kind, family, cause, weight, mnemonic, raw, decisive, timeUsed, stampRejected, timeQuality };
  const times = { at: iso(at), receivedAt: iso(receivedAt), stamp: toIso(stamp), relayStamp: toIso(relayStamp) };
  return { ...times, ...said, advisory: row.advisory, grammar: row.grammar };
}

/** It holds until the incident is opened again. */
function acknowledgementIn(notes: readonly Note[]) {
  const last = notes.findLast(({ kind }) => kind === 'acknowledged' || kind === 'reopened');
  return last?.kind === 'acknowledged' ? { at: iso(last.at), by: last.by } : null;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
