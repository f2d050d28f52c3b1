import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { momentOf } from '../../core/diagnose/explain.ts';
import { leaderIn } from '../../core/judge/ranking.ts';
import { conditions } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { aliasesMeant, isLabelAlias, keyMeant } from '../../core/model/names.ts';
import { explainWithLoss, shownLoss } from '../../operate/device-loss.ts';
import { sample } from '../openapi/route-examples.ts';
import { pageQuery, pageSchema, readPage } from '../paging.ts';
import { notFound, problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { deviceSchema, deviceView, sendersView, wholeDeviceSchema } from '../views/device.ts';

/** GET /devices, GET /devices/:key. */
export function deviceRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { store, engine, now } = serving;
  return async (api) => {
    api.get(
      '/devices',
      {
        schema: {
          operationId: 'listDevices',
          tags: ['devices'],
          examples: [{ summary: 'All devices' }, { summary: 'Those of a plant', query: { plant: sample.plant } }],
          summary: 'Devices that have sent a tracked message or are in the inventory, by name',
          querystring: pageQuery({
            condition: Type.Optional(Type.Enum([...conditions])),
            plant: Type.Optional(Type.String({ maxLength: limits.inventoryCell })),
          }),
          response: { 200: pageSchema('devices', deviceSchema), ...problems(400) },
        },
      },
      async ({ query }) => {
        const { condition, plant } = query;
        const { rows, next } = await readPage('devices', query, (page) => store.devices({ condition, plant, ...page }));
        return { devices: rows.map((device) => deviceView(device, now(), engine().advisory)), next };
      },
    );

    api.get(
      '/devices/:key',
      {
        schema: {
          operationId: 'getDevice',
          tags: ['devices'],
          examples: [{ summary: 'By its name', params: { key: sample.device } }],
          summary: 'One device by any of its names, with the explanation of its condition',
          params: Type.Object({ key: Type.String() }),
          response: { 200: wholeDeviceSchema, ...problems(404) },
        },
      },
      async ({ params }) => wholeDevice(serving, params.key),
    );
  };
}

/** One device as the API shows it, by any of its names; 404 if there is none. */
async function wholeDevice({ store, engine, losses, now }: Serving, name: string) {
  const { advisory, fleetReport } = engine();
  const key = keyMeant(name, await store.aliases(aliasesMeant(name)));
  const device = (await store.load([key])).get(key);
  if (device === undefined) throw notFound('device', name);
  const at = momentOf(device, now());
  const loss = await losses.of(device, null);
  const hypotheses = await fleetReport.hypotheses(device, at);
  const fleetDiagnosis = leaderIn(hypotheses, advisory);
  return {
    ...deviceView(device, now(), advisory),
    senders: sendersView(device),
    names: (await store.namesOf(key)).filter((name) => !isLabelAlias(name)),
    loss: loss === null ? null : shownLoss(loss),
    fleetDiagnosis,
    hypotheses: structuredClone(hypotheses) as never,
    explanation: structuredClone(await explainWithLoss(device, at, advisory, losses, fleetDiagnosis)) as never,
  };
}
