import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Advisory } from '../../core/advisory/advisory.ts';
import { momentOf, shownRemediation } from '../../core/diagnose/explain.ts';
import { incidentRecord } from '../../core/diagnose/incident-record.ts';
import { remediationOf } from '../../core/diagnose/remediation.ts';
import { diagnose } from '../../core/judge/diagnosis.ts';
import { factsOf } from '../../core/judge/facts.ts';
import { graceOf } from '../../core/judge/verdict.ts';
import { type Condition, conditionOf, conditions, type Device } from '../../core/model/device.ts';
import { isOpen } from '../../core/model/incident.ts';
import { toIso } from '../../core/model/instant.ts';
import { limits } from '../../core/model/limits.ts';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import { explainWithLoss, shownLoss } from '../../operate/device-loss.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { RouteError } from '../problems.ts';
import { deviceSchema, explanationSchema, hypothesisSchema, lossSchema, paging, problemSchema } from '../schemas.ts';
import type { Serving } from '../serving.ts';

/** GET /devices, GET /devices/:key. */
export function deviceRoutes({ store, advisory, fleetReport, losses, now }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/devices',
      {
        schema: {
          summary: 'Devices that said something of ours, by name',
          querystring: Type.Object(
            {
              condition: Type.Optional(Type.Enum([...conditions])),
              plant: Type.Optional(Type.String({ maxLength: limits.inventoryCell })),
              ...paging,
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({ devices: Type.Array(deviceSchema), next: Type.Union([Type.String(), Type.Null()]) }),
            400: problemSchema,
          },
        },
      },
      async ({ query: { condition, plant, cursor, limit } }) => {
        const page = await store.devices({
          condition,
          plant,
          after: fromCursor('devices', cursor),
          limit: limit ?? 100,
        });
        return {
          devices: page.rows.map((device) => deviceView(device, now(), advisory)),
          next: toCursor('devices', page.next),
        };
      },
    );

    api.get(
      '/devices/:key',
      {
        schema: {
          summary: 'One device by any of its names, and why it has an incident or has none',
          params: Type.Object({ key: Type.String() }),
          response: {
            200: Type.Intersect([
              deviceSchema,
              Type.Object({
                names: Type.Array(Type.String()),
                loss: Type.Union([lossSchema, Type.Null()]),
                hypotheses: Type.Array(hypothesisSchema),
                explanation: explanationSchema,
              }),
            ]),
            404: problemSchema,
          },
        },
      },
      async ({ params }) => {
        const key = keyMeant(params.key, await store.aliases(aliasesMeant(params.key)));
        const device = (await store.load([key])).get(key);
        if (device === undefined) throw new RouteError(404, `there is no device ${params.key}`);
        const at = momentOf(device, now());
        const loss = await losses.of(device, null);
        return {
          ...deviceView(device, now(), advisory),
          names: [...(await store.namesOf(key))],
          loss: loss === null ? null : shownLoss(loss),
          hypotheses: structuredClone(await fleetReport.hypotheses(device, at)) as never,
          explanation: structuredClone(await explainWithLoss(device, at, advisory, losses)) as never,
        };
      },
    );
  };
}

/** A device as the API shows it. */
export function deviceView(device: Device, now: number, advisory: Advisory) {
  const { key, peer, timeQuality, messages, state, inventory, trustpool } = device;
  const { pid, release, serial, status } = factsOf(device, advisory);
  const grace = graceOf(state, advisory);
  return {
    key,
    condition: conditionOf(device) as Exclude<Condition, 'resolved' | 'closed'>,
    diagnosis: diagnose(state, now, advisory),
    peer,
    pid: pid?.value ?? null,
    serial: serial?.value ?? null,
    timeQuality,
    firstSeenAt: toIso(device.firstSeenAt),
    lastSeenAt: toIso(device.lastSeenAt),
    lastSuccessAt: toIso(state.lastSuccessAt),
    graceUntil: toIso(grace.until),
    graceUntilAtMost: toIso(grace.untilAtMost),
    messages,
    plant: inventory?.plant ?? null,
    release: release?.value ?? null,
    status,
    inventory,
    trustpool: trustpool === null ? null : { ...trustpool, at: new Date(trustpool.at).toISOString() },
    remediation: shownRemediation(remediationOf(state, now, advisory)),
    incident: isOpen(state.incident) ? (incidentRecord(device, advisory)?.id ?? null) : null,
  };
}
