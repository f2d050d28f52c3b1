import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { PipelineHealth, Serving } from '../serving.ts';
import { dateTime, nullable, toDateTime } from '../views/types.ts';

/** The damaged rows that an answer names. */
const NAMED_ROWS = 100;

const count = Type.Integer({ minimum: 0 });

const schema = Type.Object({
  ready: Type.Boolean({ description: 'as GET /readyz' }),
  detail: nullable(Type.String({ description: 'why the service is not ready' })),
  queue: Type.Object({ lines: count }, { description: 'lines that wait for the pipeline' }),
  spill: Type.Object(
    { lines: count },
    { description: 'lines that could not be stored before the last stop, and are not stored yet' },
  ),
  clock: Type.Object({
    now: dateTime,
    steps: Type.Integer({ minimum: 0, description: 'steps of the wall clock since the start' }),
    heldSeconds: Type.Number({
      description: 'how far the wall clock is ahead of the time that is used, while a step is not believed; else 0',
    }),
  }),
  store: Type.Object({
    setAside: Type.Integer({ minimum: 0, description: 'devices whose rows could not be used' }),
    damaged: Type.Object(
      { device: count, tail: count, incident: count, evidence: count },
      { description: 'damaged rows that were found, by table' },
    ),
    damagedRows: Type.Array(
      Type.Object({ table: Type.String(), name: Type.String(), why: Type.String(), at: dateTime }),
      { description: `the ${NAMED_ROWS} that were found last` },
    ),
  }),
});

/** GET /health/pipeline: what waits, what is damaged, and what the clock does. */
export function pipelineHealthRoutes({ health, readiness, store, now }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/health/pipeline',
      {
        schema: {
          operationId: 'getPipelineHealth',
          tags: ['service'],
          examples: [{ summary: 'Everything' }],
          summary: 'The pipeline in detail: queue, spill file, clock, damaged rows, devices set aside',
          response: { 200: schema },
        },
      },
      async () => {
        const detail = await readiness.problem();
        const { queueLines, spillLines, clock }: PipelineHealth = health();
        return {
          ready: detail === null,
          detail,
          queue: { lines: queueLines },
          spill: { lines: spillLines },
          clock: { now: toDateTime(now()), steps: clock.steps, heldSeconds: clock.heldMs / 1000 },
          store: {
            setAside: await store.countSetAside(),
            damaged: { ...(await store.countDamaged()) },
            damagedRows: (await store.damaged(NAMED_ROWS)).map(({ at, ...row }) => ({ ...row, at: toDateTime(at) })),
          },
        };
      },
    );
  };
}
