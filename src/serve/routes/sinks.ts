import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { toIso } from '../../core/model/instant.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { dateTime, nullable } from '../views/types.ts';
import { optionalBody } from './bodies.ts';

const count = Type.Integer({ minimum: 0 });

const sinkSchema = Type.Object({
  name: Type.String(),
  kind: nullable(Type.String({ description: 'null: not configured any more, and it still has dead letters' })),
  urls: Type.Array(Type.String(), { description: 'what it posts to: scheme and host' }),
  pending: Type.Integer({
    minimum: 0,
    description: 'notices, or alerts in their current state, that it has not taken',
  }),
  dead: count,
  oldestAt: nullable(dateTime, { description: 'since when the oldest of those that are pending waits' }),
  lastDeliveredAt: nullable(dateTime, {
    description:
      'the last notice that it has taken; null if none is known, and for an Alertmanager, which gets no notices',
  }),
});

const testSchema = Type.Object({
  delivered: Type.Boolean({ description: 'whether each request was answered with 2xx' }),
  answers: Type.Array(
    Type.Object({
      url: Type.String({ description: 'scheme and host' }),
      status: nullable(Type.Integer({ description: 'of the answer; null without one' })),
      error: nullable(Type.String({ description: 'why it did not succeed' })),
    }),
    { description: 'of each request that the test consists of, in their order' },
  ),
});

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
