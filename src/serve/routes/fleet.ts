import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { accuracyOf } from '../../core/fleet/accuracy.ts';
import type { RepairTask } from '../../core/fleet/repair-tasks.ts';
import { limits } from '../../core/model/limits.ts';
import { tasksCsv } from '../../operate/repair-tasks-csv.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { instantOf } from '../times.ts';
import { UNKNOWN_MEANS, valueMeant } from '../unknown-values.ts';
import { accuracySchema, accuracyView } from '../views/accuracy.ts';
import { fleetSchema, fleetView, taskSchema, taskView } from '../views/fleet.ts';
import { dateTime } from '../views/types.ts';
import { requireCounted } from './devices.ts';
import { listedPlants } from './plants.ts';

const SINCE = 'RFC 3339; dispositions that were given then or later';
const UNTIL = 'RFC 3339; dispositions that were given earlier';

/** Tasks whose text is made without letting other work go on. */
const TASKS_AT_ONCE = 100;

/** The texts of parts of a list, each in a later turn of the event loop. An empty list has one part. */
async function* inParts(
  tasks: readonly RepairTask[],
  textOf: (part: readonly RepairTask[], isFirst: boolean) => string,
): AsyncGenerator<string> {
  for (let from = 0; from === 0 || from < tasks.length; from += TASKS_AT_ONCE) {
    await yieldToEventLoop();
    yield textOf(tasks.slice(from, from + TASKS_AT_ONCE), from === 0);
  }
}

async function* jsonOf(tasks: readonly RepairTask[]): AsyncGenerator<string> {
  yield '{"tasks":[';
  yield* inParts(
    tasks,
    (part, isFirst) => (isFirst ? '' : ',') + part.map((task) => JSON.stringify(taskView(task))).join(),
  );
  yield ']}';
}

/** A stream has no schema. Fastify would read all of it for a HEAD; an empty one has the same headers. */
function streamed(method: string, text: AsyncIterable<string>): never {
  return Readable.from(method === 'HEAD' ? [] : text) as never;
}

/**
 * GET /fleet: counts by plant, product and release. GET /fleet/next: the next devices to repair. GET /fleet/accuracy: how
 * often diagnosis and person agree.
 */
export function fleetRoutes({ engine, store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/fleet',
      {
        schema: {
          operationId: 'getFleet',
          tags: ['fleet'],
          examples: [{ summary: 'The whole fleet' }],
          summary: 'Counts of the fleet by plant, product and release: conditions, repairs and grace periods',
          response: { 200: fleetSchema },
        },
      },
      async () => {
        const snapshot = await engine().fleetReport.snapshot();
        const { plants } = snapshot.fleet;
        return fleetView(snapshot, await listedPlants(store, plants, plants));
      },
    );

    api.get(
      '/fleet/next',
      {
        schema: {
          operationId: 'listNext',
          tags: ['fleet'],
          examples: [
            { summary: 'The next 50 of a plant', query: { plant: sample.plant, limit: 50 } },
            { summary: 'As CSV', query: { format: 'csv' } },
          ],
          summary: 'The next devices to repair, the most urgent first, with the commands for each; as JSON or CSV',
          produces: ['application/json', 'text/csv'],
          querystring: Type.Object(
            {
              plant: Type.Optional(Type.String({ maxLength: limits.inventoryCell, description: UNKNOWN_MEANS })),
              limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 200 })),
              format: Type.Optional(Type.Enum(['json', 'csv'])),
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({ tasks: Type.Array(taskSchema) }),
            ...problems(400, 503),
          },
        },
      },
      async ({ method, query: { plant, limit, format } }, reply) => {
        await requireCounted({ store });
        const tasks = await engine().fleetReport.tasks({
          plant: plant === undefined ? undefined : valueMeant(plant),
          limit: limit ?? 200,
        });
        if (format === 'csv') {
          reply
            .type('text/csv; charset=utf-8')
            .header('content-disposition', 'attachment; filename="next-devices.csv"');
          return streamed(
            method,
            inParts(tasks, (part, isFirst) => tasksCsv(part, { header: isFirst })),
          );
        }
        // What is short is one text with an entity tag.
        if (tasks.length <= limits.pageRows) return { tasks: tasks.map(taskView) };
        reply.type('application/json; charset=utf-8');
        return streamed(method, jsonOf(tasks));
      },
    );

    api.get(
      '/fleet/accuracy',
      {
        schema: {
          operationId: 'getAccuracy',
          tags: ['fleet'],
          examples: [
            { summary: 'Since the beginning' },
            { summary: 'Of one month', query: { since: '2026-10-01T00:00:00Z', until: '2026-11-01T00:00:00Z' } },
          ],
          summary:
            'How often the diagnosis of an incident and the disposition of a person agree; nothing learns from it',
          querystring: Type.Object(
            {
              since: Type.Optional(Type.String({ ...dateTime, description: SINCE })),
              until: Type.Optional(Type.String({ ...dateTime, description: UNTIL })),
            },
            { additionalProperties: false },
          ),
          response: { 200: accuracySchema, ...problems(400) },
        },
      },
      async ({ query: { since, until } }) => {
        const counts = await store.dispositions({ since: instantOf('since', since), until: instantOf('until', until) });
        return accuracyView(accuracyOf(counts));
      },
    );
  };
}
