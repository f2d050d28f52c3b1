import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { deviceMetrics } from '../../telemetry/device-metrics.ts';
import { asksForOpenMetrics, OPEN_METRICS_TYPE } from '../../telemetry/open-metrics.ts';
import type { Serving } from '../serving.ts';

const METRICS = ['text/plain', 'application/openmetrics-text'];

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
          produces: METRICS,
          summary: 'Metrics of the service and the fleet, in the Prometheus text format or as OpenMetrics',
        },
      },
      async (request, reply) => {
        const isOpen = asksForOpenMetrics(request.headers.accept);
        reply.type(isOpen ? OPEN_METRICS_TYPE : metrics.registry.contentType).header('vary', 'accept');
        return isOpen ? metrics.openMetrics() : metrics.registry.metrics();
      },
    );
    server.get(
      '/metrics/devices',
      {
        schema: {
          operationId: 'getDeviceMetrics',
          tags: ['service'],
          examples: [{ summary: 'A scrape' }],
          produces: METRICS,
          summary:
            'Metrics of devices that are not ok or have just recovered, in the Prometheus text format or as OpenMetrics',
        },
      },
      async (request, reply) => {
        const isOpen = asksForOpenMetrics(request.headers.accept);
        reply.type(isOpen ? OPEN_METRICS_TYPE : metrics.registry.contentType).header('vary', 'accept');
        // Fastify would read the whole stream for a HEAD; an empty one has the same headers.
        if (request.method === 'HEAD') return Readable.from([]);
        const text = deviceMetrics(store, now());
        return Readable.from(isOpen ? ended(text) : text);
      },
    );
  };
}

/** OpenMetrics ends with a line of its own, so that a part is not taken for the whole. */
async function* ended(text: AsyncIterable<string>): AsyncGenerator<string> {
  yield* text;
  yield '# EOF\n';
}
