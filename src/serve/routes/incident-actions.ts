import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { StatedDisposition } from '../../core/model/disposition.ts';
import type { Operations } from '../../operate/operations.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { wholeIncidentSchema } from '../views/incident.ts';
import { OPERATOR, optionalBody, signed } from './bodies.ts';
import { knownHypothesis, stated } from './disposition.ts';
import { wholeIncident } from './incidents.ts';

/** A text, or what the incident really was, or both. */
const signedDisposition = Type.Object(
  { ...signed.properties, disposition: Type.Optional(stated) },
  { additionalProperties: false, description: 'text may be left out if there is a disposition' },
);

type Action = {
  readonly body: typeof signed | typeof signedDisposition;
  readonly operationId: string;
  readonly summary: string;
  readonly example: object;
  readonly act: (
    operations: Operations,
    id: string,
    by: string,
    text: string,
    disposition: StatedDisposition | null,
  ) => Promise<void>;
};

/** By the last part of the path. */
const actions: Readonly<Record<string, Action>> = {
  acknowledge: {
    body: signed,
    operationId: 'acknowledgeIncident',
    summary: 'Acknowledges an incident; a second time by the same person changes nothing',
    example: { by: 'kim', text: 'on it' },
    act: (operations, id, by, text) => operations.acknowledge(id, by, text),
  },
  unacknowledge: {
    body: signed,
    operationId: 'unacknowledgeIncident',
    summary: 'Takes an acknowledgement back',
    example: { by: 'kim', text: 'wrong plant' },
    act: (operations, id, by, text) => operations.unacknowledge(id, by, text),
  },
  notes: {
    body: signedDisposition,
    operationId: 'addNote',
    summary: 'Adds a note to an incident, and says what it really was',
    example: { by: 'kim', text: 'the switch is behind a firewall' },
    act: (operations, ...note) => operations.note(...note),
  },
  close: {
    body: signedDisposition,
    operationId: 'closeIncident',
    summary: 'Closes an open incident; the text gives the reason, the disposition what the incident really was',
    example: { by: 'kim', text: 'new root imported', disposition: { hypothesis: 'trust' } },
    act: (operations, ...note) => operations.close(...note),
  },
  reopen: {
    body: signed,
    operationId: 'reopenIncident',
    summary: 'Reopens the last incident of a device',
    example: { by: 'kim', text: 'it fails again' },
    act: (operations, id, by, text) => operations.reopen(id, by, text),
  },
};

const withoutText = () => new RouteError(400, 'the body must have a text, or a disposition');

/** POST /incidents/:id/{acknowledge,unacknowledge,notes,close,reopen}. */
export function incidentActionRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    for (const [action, { body, operationId, summary, example, act }] of Object.entries(actions)) {
      api.post(
        `/incidents/:id/${action}`,
        {
          schema: {
            operationId,
            tags: ['incidents'],
            summary,
            examples: [{ summary, params: { id: sample.incident }, body: example }],
            params: Type.Object({ id: Type.String() }),
            body: body as typeof signedDisposition,
            response: { 200: wholeIncidentSchema, ...problems(400, 401, 403, 404, 409) },
          },
          preValidation: [optionalBody, knownHypothesis],
        },
        async ({ params: { id }, body: { by = OPERATOR, text = '', disposition } }) => {
          const said = disposition === undefined ? null : { text: '', ...disposition };
          if (body === signedDisposition && text === '' && said === null) throw withoutText();
          const written = text || said?.text || said?.hypothesis || '';
          await withProblems(() => act(serving.engine().operations, id, by, written, said));
          return wholeIncident(serving, id);
        },
      );
    }
  };
}
