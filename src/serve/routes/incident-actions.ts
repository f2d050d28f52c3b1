import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problems, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { wholeIncidentSchema } from '../views/incident.ts';
import { OPERATOR, optionalBody, signed, signedText } from './bodies.ts';
import { wholeIncident } from './incidents.ts';

/** By the last part of the path: the method of `Operations` that the route calls, and its body. */
const actions = {
  acknowledge: { method: 'acknowledge', body: signed, summary: 'Acknowledges an incident' },
  notes: { method: 'note', body: signedText, summary: 'Adds a note to an incident' },
  close: { method: 'close', body: signedText, summary: 'Closes an open incident; the text gives the reason' },
  reopen: { method: 'reopen', body: signed, summary: 'Reopens the last incident of a device' },
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
