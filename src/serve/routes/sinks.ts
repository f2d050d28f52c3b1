import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { toIso } from '../../core/model/instant.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { sinkSchema, testSchema } from '../views/sink.ts';
import { optionalBody } from './bodies.ts';

/** GET /sinks: who is notified, and what waits for them. */
export function sinkRoutes({ engine, store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/sinks',
      {
        schema: {
          operationId: 'listSinks',
          tags: ['notices'],
          summary: 'The sinks: who is notified, what waits for them, when they last took a notice',
          examples: [{ summary: 'All sinks' }],
          response: { 200: Type.Object({ sinks: Type.Array(sinkSchema) }) },
        },
      },
      async () => {
        const states = await engine().sinkStates();
        const sinks = states.map(async ({ urls, oldestAt, ...state }) => {
          const { rows } = await store.outbox.delivered({ sink: state.name, limit: 1 });
          const lastDeliveredAt = toIso(rows[0]?.deliveredAt ?? null);
          return { ...state, urls: [...urls], oldestAt: toIso(oldestAt), lastDeliveredAt };
        });
        return { sinks: await Promise.all(sinks) };
      },
    );
  };
}

/** POST /sinks/:name/test: a test notice, and what the sink has answered. */
export function sinkTestRoutes({ engine }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/sinks/:name/test',
      {
        schema: {
          operationId: 'testSink',
          tags: ['notices'],
          summary: 'Sends a test notice to a sink and tells its answer; it is about no incident, and nothing counts it',
          params: Type.Object({ name: Type.String({ maxLength: 128 }) }),
          body: Type.Object({}, { additionalProperties: false }),
          examples: [{ summary: 'Does it arrive?', params: { name: sample.sink }, body: {} }],
          response: { 200: testSchema, ...problems(400, 401, 403, 404) },
        },
        preValidation: optionalBody,
      },
      async ({ params: { name } }) => {
        const test = await engine().testSink(name);
        if (test === null) throw new RouteError(404, `there is no sink ${name}: see GET /api/v1/sinks`);
        return { delivered: test.delivered, answers: test.answers.map((answer) => ({ ...answer })) };
      },
    );
  };
}
