/** The event stream of the service, with a new try when it breaks. Runs in a page or in the worker that pages share. */

/** What is told to a page. `state`: whether the stream is open; `reset`: changes are missing. */
export type Told =
  | { readonly kind: 'state'; readonly connected: boolean; readonly since: number }
  | { readonly kind: 'event'; readonly name: EventName; readonly data: unknown };

export const eventNames = ['hello', 'counts', 'health', 'change', 'reset'] as const;
export type EventName = (typeof eventNames)[number];

const [FIRST_MS, MOST_MS] = [1000, 30_000];

/** Tells everything that comes. Returns the function that ends it. */
export function listen(url: string, tell: (told: Told) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_MS;
  let wasOpen = false;
  const start = () => {
    source = new EventSource(url);
    const own = source;
    own.onopen = () => {
      tell({ kind: 'state', connected: true, since: Date.now() });
      // A source that is made anew does not say what came last: changes may be missing.
      if (wasOpen && wait > FIRST_MS) tell({ kind: 'event', name: 'reset', data: null });
      [wait, wasOpen] = [FIRST_MS, true];
    };
    own.onerror = () => {
      tell({ kind: 'state', connected: false, since: Date.now() });
      // While it is connecting, the browser tries itself, and names the last event.
      if (own.readyState !== EventSource.CLOSED) return;
      wait = Math.min(wait * 2, MOST_MS);
      timer = setTimeout(start, wait * (0.5 + Math.random() / 2));
    };
    for (const name of eventNames)
      own.addEventListener(name, (event) =>
        tell({ kind: 'event', name, data: JSON.parse((event as MessageEvent).data) }),
      );
  };
  start();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
