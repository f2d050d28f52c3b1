import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { factsOf } from '../../core/judge/facts.ts';
import { conditionOf, conditions } from '../../core/model/device.ts';
import { incidentStates } from '../../core/model/incident.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { isLabelAlias } from '../../core/model/names.ts';
import type { IncidentFilter } from '../../store/ports/incidents.ts';
import { aboutOf } from '../incident-filter.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { listedIncidentSchema, listedIncidentView } from '../views/incident.ts';
import { nullable } from '../views/types.ts';

/** What is shown of each kind. */
const MOST = 8;

const OVER = ['resolved', 'closed'];
const OPEN = incidentStates.filter((state) => !OVER.includes(state));

export const foundSchema = Type.Object({
  incidents: Type.Array(listedIncidentSchema, { description: 'the open ones first, the gravest of them first' }),
  devices: Type.Array(
    Type.Object({
      key: Type.String(),
      names: Type.Array(Type.String()),
      plant: nullable(Type.String()),
      product: nullable(Type.String()),
      release: nullable(Type.String()),
      condition: Type.Enum([...conditions]),
    }),
    { description: 'in the order of the names that were found' },
  ),
  plants: Type.Array(Type.Object({ name: Type.String(), devices: Type.Integer() }), {
    description: 'those that have the text within their name; those that begin with it first',
  }),
});

/** GET /search: incidents, devices and plants for what a person types. */
export function searchRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/search',
      {
        schema: {
          operationId: 'search',
          tags: ['fleet'],
          summary: `The ${MOST} best incidents, devices and plants for a text`,
          examples: [
            { summary: 'The beginning of a name', query: { q: 'sw-press' } },
            { summary: 'A serial number', query: { q: sample.serial } },
          ],
          querystring: Type.Object(
            {
              q: Type.String({
                minLength: 1,
                maxLength: 256,
                description: 'an id, or the beginning of any name, serial number or address; of a plant any part',
              }),
            },
            { additionalProperties: false },
          ),
          response: { 200: foundSchema, ...problems(400) },
        },
      },
      async ({ query: { q } }) => {
        const about = aboutOf(q, serving.engine().advisory.prefix);
        const incidents = await incidentsAbout(serving, about);
        const devices = await devicesAbout(serving, about);
        return { incidents, devices, plants: await plantsAbout(serving, q) };
      },
    );
  };
}

type About = NonNullable<IncidentFilter['about']>;

async function incidentsAbout({ store, now }: Serving, about: About) {
  const open = (await store.incidents({ about, state: OPEN, sort: '-severity', limit: MOST })).rows;
  const limit = MOST - open.length;
  const over = limit > 0 ? (await store.incidents({ about, state: OVER, sort: '-openedAt', limit })).rows : [];
  return [...open, ...over].map((row) => listedIncidentView(row, now()));
}

async function devicesAbout({ store, engine }: Serving, { names }: About) {
  const keys = await store.devicesNamed(names, MOST);
  const known = await store.load(keys);
  const { advisory } = engine();
  const shown = keys.map(async (key) => {
    const device = known.get(key);
    if (device === undefined) return [];
    const { plant, pid, release } = factsOf(device, advisory);
    return {
      key,
      names: (await store.namesOf(key)).filter((name) => !isLabelAlias(name)),
      ...{ plant: plant?.value ?? null, product: pid?.value ?? null, release: release?.value ?? null },
      condition: conditionOf(device) as (typeof conditions)[number],
    };
  });
  return (await Promise.all(shown)).flat();
}

async function plantsAbout({ store }: Serving, q: string) {
  const text = q.trim().toLowerCase();
  const { facets } = await store.facets({});
  return facets.plant
    .flatMap(({ value, count }) => (value === UNKNOWN ? [] : { name: value, devices: count }))
    .map((plant) => ({ plant, at: plant.name.toLowerCase().indexOf(text) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => Number(a.at > 0) - Number(b.at > 0) || (a.plant.name < b.plant.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ plant }) => plant);
}
