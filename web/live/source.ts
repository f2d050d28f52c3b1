/** The event stream of the service, with a new try when it breaks. Runs in a page or in the worker that pages share. */

/** `gone`: nothing answers. `full`: the service answers, but gives no stream. `out`: whoever asks may not read. */
export type StreamState = 'live' | 'gone' | 'full' | 'out';

/** What a page tells the worker when whoever uses it has logged out. */
export const OUT = 'out';

/** What is told to a page. `reset`: changes are missing. */
export type Told =
  | {
      readonly kind: 'state';
      readonly state: StreamState;
      /** How long ago the service was heard last, in ms, if it is `gone`. */
      readonly silentMs?: number;
    }
  | { readonly kind: 'event'; readonly name: EventName; readonly data: unknown };

export const eventNames = ['hello', 'alive', 'counts', 'health', 'change', 'act', 'news', 'reset'] as const;
export type EventName = (typeof eventNames)[number];

const [FIRST_MS, MOST_MS] = [1000, 30_000];

/** The service says something each 15 s: a connection that is silent for longer is dead, and the browser does not see it. */
export const SILENT_MS = 40_000;

/** Tells everything that comes, until whoever asks may not read any more. Returns the function that ends it. */
export function listen(url: string, tell: (told: Told) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_MS;
  let state: StreamState | null = null;
  let heardAt = Date.now();
  const become = (next: StreamState) => {
    if (state !== next)
      tell({ kind: 'state', state: next, ...(next === 'gone' ? { silentMs: Date.now() - heardAt } : {}) });
    state = next;
  };
  const reset = () => tell({ kind: 'event', name: 'reset', data: null });
  const later = (act: () => void, ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const tryLater = () => {
    wait = Math.min(wait * 2, MOST_MS);
    later(() => start(true), wait * (0.5 + Math.random() / 2));
  };
  const watch = () =>
    later(() => {
      close();
      become('gone');
      tryLater();
    }, SILENT_MS);
  const hear = () => {
    heardAt = Date.now();
    watch();
  };
  const onRefused = async (own: EventSource) => {
    const reason = await whyNone(url);
    if (source !== own) return;
    close();
    if (reason !== 'gone') heardAt = Date.now();
    become(reason);
    if (reason === 'out') return;
    // Nobody tells the pages what changes: they ask at each try.
    if (reason === 'full') reset();
    tryLater();
  };
  const start = (isAnew: boolean) => {
    const own = new EventSource(url);
    source = own;
    watch();
    own.onopen = () => {
      hear();
      become('live');
      // It has not said what came last, as a browser does when it tries itself: changes may be missing.
      if (isAnew) reset();
      [wait, isAnew] = [FIRST_MS, false];
    };
    own.onerror = () => {
      if (own.readyState === EventSource.CLOSED) void onRefused(own);
      else {
        // The browser tries itself, and names the last event.
        watch();
        become('gone');
      }
    };
    for (const name of eventNames)
      own.addEventListener(name, (event) => {
        hear();
        tell({ kind: 'event', name, data: JSON.parse((event as MessageEvent).data) });
      });
  };
  start(false);
  return close;
}

/** Why the stream was refused: the browser does not tell its status. */
async function whyNone(url: string): Promise<Exclude<StreamState, 'live'>> {
  try {
    const answer = await fetch(new URL('session', url), { signal: AbortSignal.timeout(SILENT_MS) });
    if (!answer.ok) return 'gone';
    const { role } = (await answer.json()) as { role?: unknown };
    if (role === null) return 'out';
    return typeof role === 'string' ? 'full' : 'gone';
  } catch {
    // Nothing answers, or something that is not the service.
    return 'gone';
  }
}
