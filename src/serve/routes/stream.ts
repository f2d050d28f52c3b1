import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import { incidentId } from '../../core/model/incident.ts';
import { limits } from '../../core/model/limits.ts';
import { RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { toDateTime } from '../views/types.ts';

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/** How often a comment is sent, because a proxy may close a silent stream. */
const KEEP_ALIVE_MS = 15_000;

/**
 * GET /stream: every future change of an incident as a server-sent event `change`. Past changes are not sent: a client
 * reads GET /incidents after it has connected, and again after each reconnect.
 */
export function streamRoutes({ engine, feed }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    // As that of GET, but it ends.
    api.head('/stream', { schema: { hide: true } }, async (_request, reply) => {
      reply.headers(HEADERS);
      return null;
    });
    api.get(
      '/stream',
      {
        exposeHeadRoute: false,
        schema: {
          operationId: 'listen',
          tags: ['stream'],
          examples: [{ summary: 'Until you hang up' }],
          summary: 'Changes of incidents as server-sent events',
          produces: ['text/event-stream'],
        },
      },
      (request, reply) => {
        if (feed.listeners >= limits.listeners) throw new RouteError(503, 'too many clients listen to the stream');
        reply.hijack();
        const { raw } = reply;
        raw.writeHead(200, HEADERS);
        raw.write('retry: 5000\n\n');
        const write = (text: string) => {
          // A listener that does not read is disconnected. It can connect again and read the incidents.
          if (raw.writableLength > limits.listenerBytes) raw.destroy();
          else raw.write(text);
        };
        const timer = setInterval(() => write(':\n\n'), KEEP_ALIVE_MS);
        const unsubscribe = feed.subscribe((change) => write(eventOf(change, engine().advisory.prefix)));
        request.raw.on('close', () => {
          clearInterval(timer);
          unsubscribe();
        });
      },
    );
  };
}

function eventOf(change: DeviceChange, prefix: string): string {
  const { device, ordinal, type, at, from, to, severity, reason } = change;
  const data = {
    incident: incidentId(prefix, device, ordinal),
    device,
    type,
    at: toDateTime(at),
    from,
    to,
    severity,
    reason,
  };
  return `event: change\ndata: ${JSON.stringify(data)}\n\n`;
}
