import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { toIso } from '../../core/model/instant.ts';
import type { Durations } from '../../telemetry/figures.ts';
import type { PipelineHealth, Serving } from '../serving.ts';
import { instanceView, NAMED_ROWS, pipelineHealthSchema } from '../views/pipeline-health.ts';
import { toDateTime } from '../views/types.ts';

const meanOf = ({ count: number, seconds }: Durations) => ({
  count: number,
  meanSeconds: number === 0 ? null : seconds / number,
});

/** GET /health/pipeline: what waits, what is damaged, and what the clock does. */
export function pipelineHealthRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { health, readiness, store, now, metrics, senderLosses, sendersHeard, engine, about } = serving;
  return async (api) => {
    api.get(
      '/health/pipeline',
      {
        schema: {
          operationId: 'getPipelineHealth',
          tags: ['service'],
          examples: [{ summary: 'Everything' }],
          summary:
            'The service in detail: instances, listeners, lines, losses, queue, commits, notices, clock, damaged rows, devices set aside',
          response: { 200: pipelineHealthSchema },
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
          instances: ((await store.others?.instances()) ?? []).map(instanceView),
          listening: { ...about().listening },
          lines: {
            lastReceivedAt: toIso(lastLineAt),
            senders: await sendersHeard(),
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
