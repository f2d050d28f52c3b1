import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { limits } from '../../core/model/limits.ts';
import type { NumberedChange } from '../change-feed.ts';
import { eventText, LiveFigures } from '../live-figures.ts';
import { RouteError } from '../problems.ts';
import { readyNow } from '../ready.ts';
import type { Serving } from '../serving.ts';
import { changeEventView, countsEventView, healthEventView, streamEvents } from '../views/stream.ts';
import { toDateTime } from '../views/types.ts';

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/** How often a comment is sent, because a proxy may close a silent stream. */
const KEEP_ALIVE_MS = 15_000;

/** Counts are read again when no incident has changed, because devices change without one. */
const COUNTS_MS = 30_000;

const MISSED = 'the changes since the last event are not known any more: read the incidents again';

/**
 * GET /stream: what changes, as server-sent events. `hello` comes first, then `counts` and `health`, and each again when it has
 * changed; `change` is each change of an incident from now on. Who sends `Last-Event-ID` gets the changes that were missed, or
 * `reset` if they are not all known.
 */
export function streamRoutes(serving: Serving): FastifyPluginAsyncTypebox {
  const { engine, feed, about, now } = serving;
  return async (api) => {
    const figures = new LiveFigures(figuresOf(serving), serving.log);
    const changesText = (changes: readonly NumberedChange[]) => {
      const { prefix } = engine().advisory;
      return changes.map(({ id, change }) => eventText('change', changeEventView(change, prefix), id)).join('');
    };
    /** The text of the last commit, for all listeners. */
    let last: { readonly changes: readonly NumberedChange[]; readonly text: string } | null = null;
    const onceForAll = (changes: readonly NumberedChange[]) => {
      if (last?.changes !== changes) last = { changes, text: changesText(changes) };
      return last.text;
    };

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
          summary: 'Changes of incidents, counts and health as server-sent events',
          description: `The header last-event-id asks for the changes since then: at most ${limits.streamChanges} are kept.`,
          examples: [{ summary: 'Until you hang up' }],
          produces: ['text/event-stream'],
          events: streamEvents,
        },
      },
      (request, reply) => {
        if (feed.listeners >= limits.listeners) throw new RouteError(503, 'too many clients listen to the stream');
        const { 'last-event-id': lastId } = request.headers;
        // What fails before this line is still answered as a problem.
        const hello = { version: about().version, time: toDateTime(now()) };
        reply.hijack();
        const { raw } = reply;
        raw.writeHead(200, HEADERS);
        const write = (text: string) => {
          // A listener that does not read is disconnected. It can connect again and read what it has missed.
          if (raw.writableLength > limits.listenerBytes) raw.destroy();
          else raw.write(text);
        };
        const missed = typeof lastId === 'string' ? feed.since(lastId) : [];
        const position = missed === null || missed.length === 0 ? feed.position : undefined;
        write(`retry: 5000\n${eventText('hello', hello, position)}`);
        write(missed === null ? eventText('reset', { reason: MISSED }) : changesText(missed));
        const timer = setInterval(() => write(':\n\n'), KEEP_ALIVE_MS);
        const ends = [
          feed.subscribe((changes) => write(onceForAll(changes))),
          figures.subscribe(write),
          () => clearInterval(timer),
        ];
        request.raw.on('close', () => {
          for (const end of ends) end();
        });
      },
    );
  };
}

function figuresOf(serving: Serving) {
  const { store, feed, now } = serving;
  let counts: { readonly position: string; readonly at: number; readonly view: object } | null = null;
  return async () => {
    const [at, { position }] = [now(), feed];
    if (counts === null || counts.position !== position || Math.abs(at - counts.at) >= COUNTS_MS)
      counts = { position, at, view: countsEventView(await store.counts(at)) };
    const health = healthEventView(await readyNow(serving), await store.outbox.counts(), at);
    return { counts: counts.view, health };
  };
}
