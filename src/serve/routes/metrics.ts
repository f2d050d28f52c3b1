import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deviceMetrics } from '../../telemetry/device-metrics.ts';
import type { Serving } from '../serving.ts';

/** GET /metrics: metrics of the service and the fleet. GET /metrics/devices: metrics of each device that is not ok. */
export function metricsRoutes({ store, metrics, now }: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    server.get(
      '/metrics',
      {
        schema: {
          operationId: 'getMetrics',
          tags: ['service'],
          examples: [{ summary: 'A scrape' }],
          produces: ['text/plain'],
          summary: 'Metrics of the service and the fleet, in the Prometheus text format',
        },
      },
      async (_request, reply) => {
        reply.type(metrics.registry.contentType);
        return metrics.registry.metrics();
      },
    );
    server.get(
      '/metrics/devices',
      {
        schema: {
          operationId: 'getDeviceMetrics',
          tags: ['service'],
          examples: [{ summary: 'A scrape' }],
          produces: ['text/plain'],
          summary: 'Metrics of devices that are not ok or have just recovered, in the Prometheus text format',
        },
      },
      async (_request, reply) => {
        reply.type(metrics.registry.contentType);
        return Readable.from(deviceMetrics(store, now()));
      },
    );
  };
}
