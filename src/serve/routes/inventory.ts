import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Column, inventoryRow } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import { readInventoryBytes } from '../../operate/inventory-bytes.ts';
import { readInventory } from '../../operate/inventory-file.ts';
import { NO_ROOM } from '../../operate/operations.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError, withProblems } from '../problems.ts';
import { MERGE_PATCH } from '../requests.ts';
import type { Serving } from '../serving.ts';
import { deviceSchema, deviceView, inventorySchema } from '../views/device.ts';
import { importedSchema } from '../views/imported.ts';
import { outcomeView } from '../views/outcome.ts';
import { dryRun } from './bodies.ts';

const { device: hostname, serial, pid, release, plant } = sample;
const row = { hostname, serial, pid, release, plant };

/** A part of a row. Null deletes a value (RFC 7396). */
const amendmentSchema = Type.Object(inventorySchema.properties, { additionalProperties: false, minProperties: 1 });

/** A workbook of Excel. */
const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** POST /inventory, PUT and PATCH /devices/:key/inventory. */
export function inventoryRoutes({ engine, now }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.addContentTypeParser(['text/csv', WORKBOOK], { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    api.post(
      '/inventory',
      {
        bodyLimit: limits.inventoryBytes,
        schema: {
          operationId: 'importInventory',
          tags: ['inventory'],
          examples: [
            { summary: 'CSV', body: `${Object.keys(row).join()}\n${Object.values(row).join()}\n` },
            { summary: 'JSON', body: [row] },
            { summary: 'What would it do?', query: { dryRun: true }, body: [{ ...row, release: '17.6.1' }] },
          ],
          summary:
            'Imports an inventory (text/csv, a workbook of Excel, or a JSON list of devices): valid rows are imported, invalid rows are reported',
          consumes: ['text/csv', WORKBOOK, 'application/json'],
          describedBody: Type.Array(inventorySchema),
          querystring: Type.Object({ dryRun }, { additionalProperties: false }),
          response: { 200: importedSchema, ...problems(400, 401, 403, 404, 409) },
        },
      },
      async ({ body, query }) => {
        const file = await withProblems(async () =>
          Buffer.isBuffer(body)
            ? readInventoryBytes(body)
            : { ...readInventory(JSON.stringify(body ?? null), 'json'), sheets: [] },
        );
        const { advisory, operations } = engine();
        const { noRoom, changes, ...imported } = await operations.import(file, query);
        const refused = noRoom.map(({ line }) => ({ line, problem: NO_ROOM }));
        const outcome = outcomeView(changes, advisory.prefix, query.dryRun ?? false);
        return { ...imported, ...outcome, rejected: [...file.rejected, ...refused], ignored: notUsed(file) };
      },
    );

    api.put(
      '/devices/:key/inventory',
      {
        schema: {
          operationId: 'putInventoryRow',
          tags: ['inventory'],
          examples: [{ summary: 'The whole row', params: { key: sample.device }, body: row }],
          summary: 'Sets the inventory row of one device; columns that are left out become empty',
          params: Type.Object({ key: Type.String({ maxLength: limits.inventoryCell }) }),
          body: inventorySchema,
          response: { 200: deviceSchema, ...problems(400, 401, 403, 404, 409) },
        },
      },
      async ({ params: { key }, body }) => {
        const named = body.hostname == null && body.address == null && body.serial == null;
        const row = inventoryRow(named ? { ...body, hostname: key } : body);
        if (typeof row === 'string') throw new RouteError(400, row);
        const { advisory, operations } = engine();
        const device = await operations.list(key, row, Object.keys(row) as Column[]);
        return deviceView(device, now(), advisory);
      },
    );

    api.patch(
      '/devices/:key/inventory',
      {
        schema: {
          operationId: 'patchInventoryRow',
          tags: ['inventory'],
          examples: [{ summary: 'Another plant', params: { key: sample.device }, body: { plant: 'South' } }],
          summary: 'Changes the columns that it names in the inventory row of one device; null deletes a value',
          consumes: ['application/json', MERGE_PATCH],
          params: Type.Object({ key: Type.String({ maxLength: limits.inventoryCell }) }),
          body: amendmentSchema,
          response: { 200: deviceSchema, ...problems(400, 401, 403, 404, 409) },
        },
      },
      async ({ params: { key }, body }) => {
        const { advisory, operations } = engine();
        const device = await withProblems(() => operations.amend(key, body));
        return deviceView(device, now(), advisory);
      },
    );
  };
}

function notUsed({ ignored, doubled, unread, sheets }: Awaited<ReturnType<typeof readInventoryBytes>>): string[] {
  return [
    ...ignored,
    ...doubled.map(({ used, unused }) => `${unused} where ${used} has another value`),
    ...unread,
    ...sheets.map((sheet) => `sheet "${sheet}"`),
  ];
}
