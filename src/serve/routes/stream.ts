import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import { incidentId } from '../../core/model/incident.ts';
import { limits } from '../../core/model/limits.ts';
import { RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';

/** A comment now and then keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;

/**
 * GET /stream: every change of an incident as a server-sent event `change`, from now on. Nothing is kept for those who
 * come late: whoever connects asks for the incidents afterwards, and again after a break.
 */
export function streamRoutes({ advisory, feed }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/stream',
      {
        // The answer to HEAD would have no end.
        exposeHeadRoute: false,
        schema: { summary: 'Changes of incidents as server-sent events', produces: ['text/event-stream'] },
      },
      (request, reply) => {
        if (feed.listeners >= limits.listeners) throw new RouteError(503, 'too many listeners');
        reply.hijack();
        const { raw } = reply;
        raw.writeHead(200, {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
        raw.write('retry: 5000\n\n');
        const write = (text: string) => {
          // A listener that does not read is let go; it will come again and ask.
          if (raw.writableLength > limits.listenerBytes) raw.destroy();
          else raw.write(text);
        };
        const timer = setInterval(() => write(':\n\n'), KEEP_ALIVE_MS);
        const leave = feed.subscribe((change) => write(eventOf(change, advisory.prefix)));
        request.raw.on('close', () => {
          clearInterval(timer);
          leave();
        });
      },
    );
  };
}

function eventOf(change: DeviceChange, prefix: string): string {
  const { device, ordinal, type, at, from, to, severity, reason } = change;
  const data = { incident: incidentId(prefix, device, ordinal), device, type, at: iso(at), from, to, severity, reason };
  return `event: change\ndata: ${JSON.stringify(data)}\n\n`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
