import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deviceMetrics } from '../../telemetry/device-metrics.ts';
import type { Serving } from '../serving.ts';

/** GET /metrics: the service. GET /metrics/devices: each device that has something to say. */
export function metricsRoutes({ store, metrics, now }: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    server.get(
      '/metrics',
      { schema: { summary: 'Metrics in the Prometheus text format' } },
      async (_request, reply) => {
        reply.type(metrics.registry.contentType);
        return metrics.registry.metrics();
      },
    );
    server.get(
      '/metrics/devices',
      { schema: { summary: 'Metrics of the devices that have something to say, in the Prometheus text format' } },
      async (_request, reply) => {
        reply.type(metrics.registry.contentType);
        return Readable.from(deviceMetrics(store, now()));
      },
    );
  };
}
