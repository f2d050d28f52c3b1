import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Column, inventoryRow } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import { OperatingError } from '../../errors.ts';
import { readInventory } from '../../operate/inventory-file.ts';
import { NO_ROOM } from '../../operate/operations.ts';
import { RouteError } from '../problems.ts';
import { deviceSchema, inventorySchema, problemSchema, remediationSchema, trustpoolSchema } from '../schemas.ts';
import type { Serving } from '../serving.ts';
import { deviceView } from './devices.ts';
import { incidentView, wholeIncidentSchema } from './incidents.ts';

const written = Type.Object(
  {
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'who; operator if nobody is named' })),
    text: Type.Optional(Type.String({ maxLength: limits.noteCharacters })),
  },
  { additionalProperties: false },
);
const needed = Type.Object(
  { ...written.properties, text: Type.String({ minLength: 1, maxLength: limits.noteCharacters }) },
  { additionalProperties: false },
);

const refusals = { 400: problemSchema, 401: problemSchema, 403: problemSchema, 404: problemSchema, 409: problemSchema };

/** POST /incidents/:id/{acknowledge,notes,close,reopen}, POST /inventory, PUT /devices/:key/inventory, POST /devices/:key/trustpool. */
export function operationRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { operations, advisory, now } = serving;
  return async (api) => {
    api.addContentTypeParser(['text/csv', 'text/plain'], { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );

    const actions = {
      acknowledge: { body: written, summary: 'Somebody has seen it' },
      notes: { body: needed, summary: 'A note beside the incident' },
      close: { body: needed, summary: 'Ends an open incident by hand; say why' },
      reopen: { body: written, summary: 'Opens the last incident of a device again' },
    } as const;
    for (const [action, { body, summary }] of Object.entries(actions)) {
      api.post(
        `/incidents/:id/${action}`,
        {
          schema: {
            summary,
            params: Type.Object({ id: Type.String() }),
            body: body as typeof written,
            response: { 200: wholeIncidentSchema, ...refusals },
          },
          preValidation: async (request) => {
            // An acknowledgement needs no words.
            request.body ??= {};
          },
        },
        async ({ params: { id }, body }) => {
          const [by, text] = [body.by ?? 'operator', body.text ?? ''];
          const method = action === 'notes' ? 'note' : (action as 'acknowledge' | 'close' | 'reopen');
          await answered(() => operations[method](id, by, text));
          return incidentView(serving, id);
        },
      );
    }

    api.post(
      '/inventory',
      {
        bodyLimit: limits.inventoryBytes,
        schema: {
          summary:
            'Imports an inventory: text/csv, or JSON as a list of devices. Good rows are taken, bad ones are told',
          consumes: ['text/csv', 'application/json'],
          response: {
            200: Type.Object({
              taken: Type.Integer(),
              unchanged: Type.Integer(),
              rejected: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() })),
              ignored: Type.Array(Type.String({ description: 'headings that mean nothing here' })),
            }),
            ...refusals,
          },
        },
      },
      async ({ body }) => {
        const file = await answered(async () =>
          typeof body === 'string' ? readInventory(body, 'csv') : readInventory(JSON.stringify(body ?? null), 'json'),
        );
        const { noRoom, ...imported } = await operations.import(file);
        const refused = noRoom.map(({ line }) => ({ line, problem: NO_ROOM }));
        return { ...imported, rejected: [...file.rejected, ...refused], ignored: [...file.ignored] };
      },
    );

    api.put(
      '/devices/:key/inventory',
      {
        schema: {
          summary: 'What the inventory says of one device; columns that are not given are empty then',
          params: Type.Object({ key: Type.String({ maxLength: limits.inventoryCell }) }),
          body: inventorySchema,
          response: { 200: deviceSchema, ...refusals },
        },
      },
      async ({ params: { key }, body }) => {
        const named = body.hostname == null && body.address == null && body.serial == null;
        const row = inventoryRow(named ? { ...body, hostname: key } : body);
        if (typeof row === 'string') throw new RouteError(400, row);
        const device = await operations.list(key, row, Object.keys(row) as Column[]);
        return deviceView(device, now(), advisory);
      },
    );

    api.delete(
      '/devices/:key',
      {
        schema: {
          summary:
            'Forgets a device that is no more, with all that was kept of it; an open incident is closed and told',
          params: Type.Object({ key: Type.String() }),
          querystring: written,
          response: { 200: Type.Object({ forgotten: Type.String() }), ...refusals },
        },
      },
      async ({ params, query }) => {
        const key = await answered(() => operations.find(params.key));
        await operations.forget([key], query.by ?? 'operator', query.text ?? 'the device is no more');
        return { forgotten: key };
      },
    );

    api.post(
      '/devices/:key/trustpool',
      {
        schema: {
          summary:
            'What show crypto pki trustpool printed on the device, as text/plain: is the new root there, what to do',
          consumes: ['text/plain'],
          params: Type.Object({ key: Type.String() }),
          response: {
            200: Type.Object({ ...trustpoolSchema.properties, next: Type.String(), remediation: remediationSchema }),
            ...refusals,
          },
        },
      },
      async ({ params: { key }, body }) => {
        if (typeof body !== 'string') throw new RouteError(400, 'send what the command printed, as text/plain');
        const looked = await answered(() => operations.checkTrustpool(key, body));
        if (looked === null) {
          throw new RouteError(400, `this is no output of "${advisory.remediation.verify}": send the whole of it`);
        }
        const { trustpool, remediation } = deviceView(looked.device, now(), advisory);
        if (trustpool === null) throw new Error('a device that was looked at has a trustpool');
        return { ...trustpool, next: looked.next, remediation };
      },
    );
  };
}

/** What a person can mend becomes an answer. */
async function answered<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    if (error.code === 'QVW_NOT_FOUND') throw new RouteError(404, error.message);
    if (error.code === 'QVW_REFUSED') throw new RouteError(409, error.message);
    if (error.code === 'QVW_INVENTORY_INVALID') throw new RouteError(400, error.message);
    throw error;
  }
}
