import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problems, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { wholeIncidentSchema } from '../views/incident.ts';
import { OPERATOR, optionalBody, signed, signedText } from './bodies.ts';
import { wholeIncident } from './incidents.ts';

/** By the last part of the path: which method of `Operations` it calls, and with which body. */
const actions = {
  acknowledge: { method: 'acknowledge', body: signed, summary: 'Somebody has seen it' },
  notes: { method: 'note', body: signedText, summary: 'A note beside the incident' },
  close: { method: 'close', body: signedText, summary: 'Ends an open incident by hand; say why' },
  reopen: { method: 'reopen', body: signed, summary: 'Opens the last incident of a device again' },
} as const;

/** POST /incidents/:id/{acknowledge,notes,close,reopen}. */
export function incidentActionRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    for (const [action, { method, body, summary }] of Object.entries(actions)) {
      api.post(
        `/incidents/:id/${action}`,
        {
          schema: {
            summary,
            params: Type.Object({ id: Type.String() }),
            body: body as typeof signed,
            response: { 200: wholeIncidentSchema, ...problems(400, 401, 403, 404, 409) },
          },
          preValidation: optionalBody,
        },
        async ({ params: { id }, body: { by = OPERATOR, text = '' } }) => {
          await withProblems(() => serving.engine().operations[method](id, by, text));
          return wholeIncident(serving, id);
        },
      );
    }
  };
}
