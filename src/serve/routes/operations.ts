import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Serving } from '../serving.ts';
import { captureRoutes } from './captures.ts';
import { deviceActionRoutes } from './device-actions.ts';
import { incidentActionRoutes } from './incident-actions.ts';
import { incidentBulkRoutes } from './incident-bulk.ts';
import { inventoryRoutes } from './inventory.ts';

/**
 * Actions of operators, in the order of the OpenAPI document. Each route's schema says which of these body types it
 * takes.
 */
export function operationRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    for (const routes of [
      incidentActionRoutes,
      incidentBulkRoutes,
      inventoryRoutes,
      deviceActionRoutes,
      captureRoutes,
    ]) {
      await api.register(routes(serving));
    }
  };
}
