import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { limits } from '../../core/model/limits.ts';
import { tasksCsv } from '../../operate/repair-tasks-csv.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { fleetSchema, fleetView, taskSchema, taskView } from '../views/fleet.ts';

/** GET /fleet: counts by plant, product and release. GET /fleet/next: the next devices to repair. */
export function fleetRoutes({ engine }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/fleet',
      {
        schema: {
          summary: 'Counts of the fleet by plant, product and release: conditions, repairs and grace periods',
          response: { 200: fleetSchema },
        },
      },
      async () => fleetView(await engine().fleetReport.snapshot()),
    );

    api.get(
      '/fleet/next',
      {
        schema: {
          summary: 'The next devices to repair, the most urgent first, with the commands for each; as JSON or CSV',
          produces: ['application/json', 'text/csv'],
          querystring: Type.Object(
            {
              plant: Type.Optional(Type.String({ maxLength: limits.inventoryCell })),
              limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 200 })),
              format: Type.Optional(Type.Enum(['json', 'csv'])),
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Union([Type.Object({ tasks: Type.Array(taskSchema) }), Type.String()]),
            ...problems(400),
          },
        },
      },
      async ({ query: { plant, limit, format } }, reply) => {
        const tasks = await engine().fleetReport.tasks({ plant, limit: limit ?? 200 });
        if (format !== 'csv') return { tasks: tasks.map(taskView) };
        reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="next-devices.csv"');
        return reply.serializer((text: string) => text).send(tasksCsv(tasks));
      },
    );
  };
}
