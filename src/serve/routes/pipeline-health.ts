import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { toIso } from '../../core/model/instant.ts';
import type { Durations } from '../../telemetry/figures.ts';
import type { PipelineHealth, Serving } from '../serving.ts';
import { dateTime, nullable, toDateTime } from '../views/types.ts';

/** The damaged rows that an answer names. */
const NAMED_ROWS = 100;

const count = Type.Integer({ minimum: 0 });

const durations = (description: string) =>
  Type.Object(
    { count, meanSeconds: nullable(Type.Number({ minimum: 0 }), { description: 'null without any' }) },
    { description },
  );
const meanOf = ({ count: number, seconds }: Durations) => ({
  count: number,
  meanSeconds: number === 0 ? null : seconds / number,
});

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
  listening: Type.Record(Type.String(), Type.Object({ host: Type.String(), port: Type.Integer() }), {
    description: 'the addresses that are listened on, by transport',
  }),
  lines: Type.Object(
    {
      lastReceivedAt: nullable(dateTime, { description: 'null: no line since the start' }),
      received: Type.Array(Type.Object({ transport: Type.String(), lines: count })),
      dropped: Type.Array(Type.Object({ transport: Type.String(), reason: Type.String(), lines: count }), {
        description: 'what this service has dropped, by reason; see docs/losses.md',
      }),
      lost: Type.Integer({ minimum: 0, description: 'lines that never arrived, by their numbers' }),
      lossySenders: Type.Integer({ minimum: 0, description: 'senders of which lines are missing or were dropped' }),
    },
    { description: 'since the start of the process' },
  ),
  batches: durations('what the pipeline did with the lines, since the start of the process'),
  commits: durations('commits of the store, since the start of the process'),
  notices: Type.Object({
    pending: count,
    dead: count,
    waitSince: nullable(dateTime, { description: 'when the oldest notice that is not delivered was written' }),
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
export function pipelineHealthRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { health, readiness, store, now, metrics, senderLosses, engine, about } = serving;
  return async (api) => {
    api.get(
      '/health/pipeline',
      {
        schema: {
          operationId: 'getPipelineHealth',
          tags: ['service'],
          examples: [{ summary: 'Everything' }],
          summary:
            'The service in detail: listeners, lines, losses, queue, commits, notices, clock, damaged rows, devices set aside',
          response: { 200: schema },
        },
      },
      async () => {
        const detail = await readiness.problem();
        const { queueLines, spillLines, clock, lastLineAt }: PipelineHealth = health();
        const { received, dropped, batches, commits } = await metrics.figures();
        const senders = await senderLosses();
        const sinks = await engine().sinkStates();
        const waiting = sinks.flatMap(({ oldestAt }) => oldestAt ?? []);
        return {
          ready: detail === null,
          detail,
          queue: { lines: queueLines },
          spill: { lines: spillLines },
          clock: { now: toDateTime(now()), steps: clock.steps, heldSeconds: clock.heldMs / 1000 },
          listening: { ...about().listening },
          lines: {
            lastReceivedAt: toIso(lastLineAt),
            received: received.map((each) => ({ ...each })),
            dropped: dropped.map((each) => ({ ...each })),
            lost: senders.reduce((sum, { lost }) => sum + (lost ?? 0), 0),
            lossySenders: senders.length,
          },
          batches: meanOf(batches),
          commits: meanOf(commits),
          notices: {
            pending: sinks.reduce((sum, { pending }) => sum + pending, 0),
            dead: sinks.reduce((sum, { dead }) => sum + dead, 0),
            waitSince: waiting.length === 0 ? null : toDateTime(Math.min(...waiting)),
          },
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
