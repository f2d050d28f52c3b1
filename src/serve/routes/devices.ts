import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { Facet, Facets } from '../../core/fleet/facets.ts';
import { facetNames, type Member, memberSorts } from '../../core/fleet/member.ts';
import { hourOf } from '../../core/judge/fleet-context.ts';
import { conditions, type Device } from '../../core/model/device.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import { aliasesMeant, isLabelAlias, keyMeant } from '../../core/model/names.ts';
import { shownLoss } from '../../operate/device-loss.ts';
import type { MemberFilter } from '../../store/ports/fleet.ts';
import type { Page } from '../../store/ports/queries.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';
import { answerList, columnsOf, csvFormat, jsonOrCsv } from '../csv.ts';
import { sample } from '../openapi/route-examples.ts';
import { listOf, type PageParameters, pageQuery, pageSchema, readPage } from '../paging.ts';
import { notFound, problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { UNKNOWN_MEANS, valueMeant } from '../unknown-values.ts';
import { deviceSchema, deviceView, sendersView, wholeDeviceSchema } from '../views/device.ts';
import { facetsSchema, facetsView } from '../views/facets.ts';
import { dateTime } from '../views/types.ts';
import { outlookOf } from './incidents.ts';

const name = Type.String({ maxLength: limits.inventoryCell });
const named = (what: string) => Type.Optional(listOf(name, { description: `${what}; ${UNKNOWN_MEANS}` }));
const filters = {
  condition: Type.Optional(listOf(Type.Enum([...conditions]))),
  status: Type.Optional(listOf(Type.Enum(['affected', 'fixed', 'unknown']))),
  plant: named('of the inventory'),
  product: named('the product family of the advisory, else the product id'),
  release: named('of the inventory, else as the device has said'),
  listed: Type.Optional(Type.Boolean({ description: 'whether the device is in the inventory' })),
  heardBefore: Type.Optional(
    Type.String({
      ...dateTime,
      description: 'devices that were last heard before the hour that this time is in, or never',
    }),
  ),
  q: Type.Optional(
    Type.String({
      ...{ minLength: 1, maxLength: 128 },
      description: 'text within the key, in any case; or another name, an address or a serial number as a whole',
    }),
  ),
};
const sort = Type.Optional(
  Type.Enum([...memberSorts], {
    description: 'heardAt: by the hour of the last line, devices that were never heard first; default device',
  }),
);
const filterSchema = Type.Object(filters, { additionalProperties: false });

/** Devices whose answers are made without letting other work go on. */
const VIEWS_AT_ONCE = 25;

/** GET /devices, GET /devices/facets, GET /devices/:key. */
export function deviceRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store } = serving;
  return async (api) => {
    api.get(
      '/devices',
      {
        schema: {
          operationId: 'listDevices',
          tags: ['devices'],
          examples: [
            { summary: 'All devices' },
            { summary: 'Those of a plant', query: { plant: sample.plant } },
            {
              summary: 'Those that fail, the longest silent first',
              query: { condition: ['confirmed'], sort: 'heardAt' },
            },
            { summary: 'As CSV', query: { format: 'csv' } },
          ],
          summary: 'Devices that have sent a tracked message or are in the inventory, by name',
          produces: jsonOrCsv,
          querystring: pageQuery({ ...filters, sort, ...csvFormat }),
          response: { 200: pageSchema('devices', deviceSchema), ...problems(400, 503) },
        },
      },
      async (request, reply) => {
        const { sort: order, ...query } = request.query;
        const filter = filterOf(query);
        const read = async (paging: PageParameters) => {
          const { rows, next } = await readPage('devices', paging, (page) =>
            listed(serving, { ...filter, ...page, sort: order }),
          );
          return { rows: await viewsOf(serving, rows), next };
        };
        return answerList(request, reply, { rows: 'devices', columns: columnsOf(deviceSchema), read });
      },
    );

    api.get(
      '/devices/facets',
      {
        schema: {
          operationId: 'countDevices',
          tags: ['devices'],
          examples: [
            { summary: 'All devices by facet' },
            { summary: 'Those of a plant', query: { plant: [sample.plant] } },
          ],
          summary: 'How many devices fit, and how many there are of each value, with the filters of the list',
          querystring: filterSchema,
          response: { 200: facetsSchema(facetNames, 'devices'), ...problems(400, 503) },
        },
      },
      async ({ query }) => {
        await requireCounted(serving);
        const { total, facets } = await store.facets(filterOf(query));
        return facetsView(total, shownFacets(facets));
      },
    );

    api.get(
      '/devices/:key',
      {
        schema: {
          operationId: 'getDevice',
          tags: ['devices'],
          examples: [{ summary: 'By its name', params: { key: sample.device } }],
          summary: 'One device by any of its names, with the explanation of its condition and what to do next',
          params: Type.Object({ key: Type.String() }),
          response: { 200: wholeDeviceSchema, ...problems(404) },
        },
      },
      async ({ params }) => wholeDevice(serving, params.key),
    );
  };
}

/** Times are known by the hour, so that the time is taken as its hour. */
function filterOf(query: Static<typeof filterSchema>): MemberFilter {
  const { condition, status, plant, product, release, listed: isListed, heardBefore, q } = query;
  const at = heardBefore === undefined ? undefined : Date.parse(heardBefore);
  if (Number.isNaN(at)) throw new RouteError(400, `heardBefore: ${heardBefore} is not a time as 2026-03-01T00:00:00Z`);
  const before = at === undefined ? undefined : hourOf(at);
  return {
    ...{ condition, status, listed: isListed, heardBefore: before, q },
    ...{ plant: plant?.map(valueMeant), product: product?.map(valueMeant), release: release?.map(valueMeant) },
  };
}

/** What is not known is null, as in a device. */
function shownFacets({ listed, plant, product, release, ...rest }: Facets['facets']) {
  const shown = (facet: Facet) => facet.map(({ value, count }) => ({ value: value === UNKNOWN ? null : value, count }));
  return {
    ...rest,
    listed: listed.map(({ value, count }) => ({ value: value === 'true', count })),
    ...{ plant: shown(plant), product: shown(product), release: shown(release) },
  };
}

/** The devices of a page. Until all devices of a former version are brought over, only the plain list can be had. */
async function listed(
  serving: Serving,
  query: Parameters<Serving['store']['members']>[0],
): Promise<Page<Pick<Member, 'key'>>> {
  const { store } = serving;
  const { after, limit, sort: order = 'device', ...filter } = query;
  const isPlain = order === 'device' && Object.values(filter).every((value) => value === undefined);
  if (isPlain && (await store.notCounted()) > 0) return store.devices({ after, limit });
  if (!isPlain) await requireCounted(serving);
  return store.members(query);
}

/** Throws 503 while some devices are not counted: an answer would leave them out, and nobody would see it. */
export async function requireCounted({ store }: Pick<Serving, 'store'>): Promise<void> {
  const left = await store.notCounted();
  if (left === 0) return;
  throw new RouteError(503, `${left} devices of a former version are not brought over yet: ask again in a minute`);
}

async function viewsOf({ store, now, engine }: Serving, rows: readonly Pick<Member, 'key'>[]) {
  const views: ReturnType<typeof deviceView>[] = [];
  for (let from = 0; from < rows.length; from += VIEWS_AT_ONCE) {
    if (from > 0) await yieldToEventLoop();
    const devices = await store.devicesOf(rows.slice(from, from + VIEWS_AT_ONCE).map(({ key }) => key));
    views.push(...devices.map((device) => deviceView(device, now(), engine().advisory)));
  }
  return views;
}

/** One device as the API shows it, by any of its names; 404 if there is none. */
async function wholeDevice(serving: Serving, given: string) {
  const { store, engine, losses, now } = serving;
  const key = keyMeant(given, await store.aliases(aliasesMeant(given)));
  const device: Device | undefined = (await store.load([key])).get(key);
  if (device === undefined) throw notFound('device', given);
  const loss = await losses.of(device, null);
  const outlook = await outlookOf(serving, device);
  return {
    ...deviceView(device, now(), engine().advisory),
    senders: sendersView(device),
    names: (await store.namesOf(key)).filter((each) => !isLabelAlias(each)),
    loss: loss === null ? null : shownLoss(loss),
    ...outlook,
  };
}
