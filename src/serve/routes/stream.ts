import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { limits } from '../../core/model/limits.ts';
import { type Guard, roleOf } from '../auth.ts';
import type { Numbered } from '../change-feed.ts';
import type { Assets } from '../console/routes.ts';
import { eventText, LiveFigures } from '../live-figures.ts';
import { RouteError } from '../problems.ts';
import { readyNow } from '../ready.ts';
import type { Serving } from '../serving.ts';
import { StreamListeners } from '../stream-listeners.ts';
import { actEventView, changeEventView, countsEventView, healthEventView, streamEvents } from '../views/stream.ts';
import { toDateTime } from '../views/types.ts';

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/**
 * How often `alive` is sent: a proxy may close a silent stream, and a client cannot tell one that has nothing to say from one
 * whose other end is gone.
 */
const ALIVE_MS = 15_000;

/** Counts are read again when no incident has changed, because devices change without one. */
const COUNTS_MS = 30_000;

const MISSED = 'what came since the last event is not known any more: read the incidents again';

/**
 * GET /stream: what changes, as server-sent events. `hello` comes first, then `counts` and `health`, and each again when it has
 * changed; `change` is each change of an incident from now on, `act` what people do, `news` of which devices there is something
 * new at all, `alive` comes between them. Who sends
 * `Last-Event-ID` gets what was missed, or `reset` if they are not all known. Who may not read any more is disconnected.
 */
export function streamRoutes(serving: Serving, guard: Guard, { hash }: Assets): FastifyPluginAsyncTypebox {
  const { engine, feed, news, about, now } = serving;
  return async (api) => {
    const listeners = new StreamListeners();
    const figures = new LiveFigures(figuresOf(serving), serving.log);
    const textOf = (told: readonly Numbered[]) => {
      const { prefix } = engine().advisory;
      return told
        .map((each) =>
          'change' in each
            ? eventText('change', changeEventView(each.change, prefix), each.id)
            : eventText('act', actEventView(each.act, prefix), each.id),
        )
        .join('');
    };
    /** The text of the last commit, for all listeners. */
    let last: { readonly told: readonly Numbered[]; readonly text: string } | null = null;
    const onceForAll = (told: readonly Numbered[]) => {
      if (last?.told !== told) last = { told, text: textOf(told) };
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
          summary: 'Changes of incidents, news of devices, what people do, counts and health as server-sent events',
          description: `The header last-event-id asks for what came since then: at most ${limits.streamChanges} are kept.`,
          examples: [{ summary: 'Until you hang up' }],
          produces: ['text/event-stream'],
          events: streamEvents,
        },
      },
      (request, reply) => {
        if (!listeners.hasRoomFor(request.ip)) throw new RouteError(503, 'too many clients listen to the stream');
        const { 'last-event-id': lastId } = request.headers;
        // What fails before this line is still answered as a problem.
        const { position } = feed;
        const hello = { version: about().version, time: toDateTime(now()), console: hash, position };
        reply.hijack();
        const { raw } = reply;
        listeners.add(raw, request.ip);
        raw.writeHead(200, HEADERS);
        const mayRead = () => roleOf(request, reply, guard) !== null;
        let access = guard.access();
        const write = (text: string) => {
          // A listener that does not read is disconnected. It can connect again and read what it has missed.
          if (raw.writableLength > limits.listenerBytes) raw.destroy();
          // Its token may be gone since the configuration was read again.
          else if (access !== guard.access() && !mayRead()) raw.destroy();
          else raw.write(text);
          access = guard.access();
        };
        const missed = typeof lastId === 'string' ? feed.since(lastId) : [];
        const id = missed === null || missed.length === 0 ? position : undefined;
        write(`retry: 5000\n${eventText('hello', hello, id)}`);
        write(missed === null ? eventText('reset', { reason: MISSED }) : textOf(missed));
        const timer = setInterval(() => {
          // A session ends by itself.
          if (mayRead()) write(eventText('alive', { time: toDateTime(now()) }));
          else raw.destroy();
        }, ALIVE_MS);
        const ends = [
          feed.subscribe((told) => write(onceForAll(told))),
          figures.subscribe(write),
          news.subscribe((said) => write(eventText('news', said))),
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
