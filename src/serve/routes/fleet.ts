import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Group, graceBuckets } from '../../core/fleet/fleet-count.ts';
import { conditions } from '../../core/model/device.ts';
import { toIso } from '../../core/model/instant.ts';
import { limits } from '../../core/model/limits.ts';
import { tasksCsv } from '../../operate/repair-tasks-csv.ts';
import { problemSchema } from '../schemas.ts';
import type { Serving } from '../serving.ts';

const counts = <T extends readonly string[]>(names: T) =>
  Type.Object(
    Object.fromEntries(names.map((name) => [name, Type.Integer()])) as Record<
      T[number],
      ReturnType<typeof Type.Integer>
    >,
  );
const maybeText = Type.Union([Type.String(), Type.Null()]);

const groupSchema = Type.Object({
  name: Type.String(),
  devices: Type.Integer(),
  affected: Type.Integer({ description: 'known to run an affected release' }),
  fixed: Type.Integer({ description: 'known to run a release with the fix' }),
  conditions: counts(conditions),
  remediation: counts(['seen', 'verifying', 'verified'] as const),
  grace: Type.Object(counts(graceBuckets).properties, {
    description: 'failing devices by what is left of their grace period; bounded: only an upper bound is known',
  }),
  graceEndsNext: maybeText,
});

const taskSchema = Type.Object({
  device: Type.String(),
  hostname: maybeText,
  address: maybeText,
  serial: maybeText,
  pid: maybeText,
  release: maybeText,
  plant: maybeText,
  incident: Type.String(),
  state: Type.String(),
  severity: Type.String(),
  graceUntil: maybeText,
  graceUntilAtMost: maybeText,
  remediation: maybeText,
  fixedIn: maybeText,
  commands: Type.Array(Type.String()),
});

/** GET /fleet: counts by plant, product and release. GET /fleet/next: the next devices to repair. */
export function fleetRoutes({ fleetReport }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/fleet',
      {
        schema: {
          summary: 'The fleet by plant, product and release: conditions, repairs and how long the grace lasts',
          response: {
            200: Type.Object({
              at: Type.String(),
              all: groupSchema,
              plants: Type.Array(groupSchema),
              products: Type.Array(groupSchema),
              releases: Type.Array(groupSchema),
            }),
          },
        },
      },
      async () => {
        const { at, fleet } = await fleetReport.snapshot();
        return {
          at: new Date(at).toISOString(),
          all: groupView(fleet.all),
          plants: fleet.plants.map(groupView),
          products: fleet.products.map(groupView),
          releases: fleet.releases.map(groupView),
        };
      },
    );

    api.get(
      '/fleet/next',
      {
        schema: {
          summary: 'The next devices to repair, the most urgent first, with what to type on each; as JSON or CSV',
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
            400: problemSchema,
          },
        },
      },
      async ({ query: { plant, limit, format } }, reply) => {
        const tasks = await fleetReport.tasks({ plant, limit: limit ?? 200 });
        if (format !== 'csv') return { tasks: tasks.map((task) => ({ ...task, commands: [...task.commands] })) };
        reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="next-devices.csv"');
        return reply.serializer((text: string) => text).send(tasksCsv(tasks));
      },
    );
  };
}

function groupView({ conditions: seen, remediation, grace, graceEndsNext, ...rest }: Group) {
  const counted = Object.fromEntries(conditions.map((condition) => [condition, seen[condition] ?? 0]));
  return {
    ...rest,
    conditions: counted as Record<(typeof conditions)[number], number>,
    remediation: { ...remediation },
    grace: { ...grace },
    graceEndsNext: toIso(graceEndsNext),
  };
}
