import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Group } from '../../core/fleet/fleet-count.ts';
import { limits } from '../../core/model/limits.ts';
import { sendersOfPlant } from '../../operate/plant-senders.ts';
import { answerList, csvFormat, jsonOrCsv } from '../csv.ts';
import { sample } from '../openapi/route-examples.ts';
import { type PageParameters, pageQuery, pageSchema, readPage } from '../paging.ts';
import { notFound, problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { UNKNOWN_MEANS, valueMeant } from '../unknown-values.ts';
import { type ListedPlant, listedPlantSchema, listedPlantView } from '../views/group.ts';
import { graceSchema, graceView, plantColumns, plantRow, plantSchema, plantView } from '../views/plant.ts';
import { requireCounted } from './devices.ts';

const plantName = Type.String({ maxLength: limits.inventoryCell });

/** GET /plants, GET /plants/:name, GET /fleet/grace. */
export function plantRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store, engine, senderLosses, now } = serving;
  return async (api) => {
    api.get(
      '/plants',
      {
        schema: {
          operationId: 'listPlants',
          tags: ['fleet'],
          examples: [{ summary: 'All plants' }, { summary: 'As CSV', query: { format: 'csv' } }],
          summary: 'Plants by name, each with the counts of its devices; those of no plant are unknown',
          produces: jsonOrCsv,
          querystring: pageQuery({ ...csvFormat }),
          response: { 200: pageSchema('plants', listedPlantSchema), ...problems(400, 503) },
        },
      },
      async (request, reply) => {
        await requireCounted(serving);
        const isCsv = request.query.format === 'csv';
        let all: readonly Group[] = [];
        const read = async (paging: PageParameters) => {
          const { rows, next } = await readPage('plants', paging, async ({ after, limit }) => {
            const { plants } = (await engine().fleetReport.snapshot()).fleet;
            all = plants;
            // What is counted together comes last, and may have the name of a plant.
            const isRest = ({ name, sumOf }: Group) => after === undefined || sumOf !== null || name > after;
            const rest = plants.filter(isRest);
            const shown = rest.slice(0, limit);
            return { rows: shown, next: shown.length < rest.length ? (shown.at(-1)?.name ?? null) : null };
          });
          const views = (await listedPlants(store, rows, all)).map(listedPlantView);
          return { rows: (isCsv ? views.map(plantRow) : views) as never[], next };
        };
        return answerList(request, reply, { rows: 'plants', columns: plantColumns as never[], read });
      },
    );

    api.get(
      '/plants/:name',
      {
        schema: {
          operationId: 'getPlant',
          tags: ['fleet'],
          examples: [{ summary: 'By its name', params: { name: sample.plant } }],
          summary:
            'One plant: the counts of its devices, when it was last heard, and its senders of which lines are missing',
          params: Type.Object({ name: plantName }),
          response: { 200: plantSchema, ...problems(404, 503) },
        },
      },
      async ({ params: { name } }) => {
        await requireCounted(serving);
        // A path has no empty names.
        const found = name === '' ? null : await store.plant(name, now());
        if (found === null) throw notFound('plant', name);
        const severities = (await store.openByPlant()).get(name) ?? NONE_OPEN;
        return plantView({ ...found, severities }, await sendersOfPlant(store, await senderLosses(), name));
      },
    );

    api.get(
      '/fleet/grace',
      {
        schema: {
          operationId: 'getGrace',
          tags: ['fleet'],
          examples: [{ summary: 'Of the whole fleet' }, { summary: 'Of a plant', query: { plant: sample.plant } }],
          summary: 'When the grace periods of failing devices end, by week',
          querystring: Type.Object(
            { plant: Type.Optional(Type.String({ ...plantName, description: UNKNOWN_MEANS })) },
            { additionalProperties: false },
          ),
          response: { 200: graceSchema, ...problems(400, 503) },
        },
      },
      async ({ query: { plant } }) => {
        await requireCounted(serving);
        return graceView(await store.grace(plant === undefined ? undefined : valueMeant(plant), now()), now());
      },
    );
  };
}

const NONE_OPEN = { critical: 0, major: 0, warning: 0 };

/** Those of the plants that are shown, with what is asked for them only. `all`: of the fleet; others are counted together. */
export async function listedPlants(
  store: Pick<Serving['store'], 'openByPlant' | 'heardByPlant'>,
  groups: readonly Group[],
  all: readonly Group[],
): Promise<ListedPlant[]> {
  const severities = await store.openByPlant();
  const named = (of: readonly Group[]) => of.flatMap(({ name, sumOf }) => (sumOf === null ? [name] : []));
  const own = new Set(named(all));
  const others = { ...NONE_OPEN };
  for (const [name, open] of severities) {
    if (own.has(name)) continue;
    for (const severity of ['critical', 'major', 'warning'] as const) others[severity] += open[severity];
  }
  const heard = await store.heardByPlant(named(groups));
  return groups.map((group) =>
    group.sumOf === null
      ? { group, severities: severities.get(group.name) ?? NONE_OPEN, heardAt: heard.get(group.name) ?? null }
      : { group, severities: others, heardAt: null },
  );
}
