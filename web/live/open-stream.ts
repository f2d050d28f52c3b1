/** By what a page listens: the worker that all tabs share, or itself. */
import { listen, OUT, type StreamState, type Told } from './source.ts';
import type { Posted } from './worker.ts';
import { workerUrl } from './worker-url.ts';

/** `age`: how long ago it was, in ms. */
type Take = (told: Told, age: number) => void;

/**
 * `begin`: also again after the stream has ended because whoever asks may not read. `end`: whoever asks may not read from now on;
 * all tabs of the browser are told.
 */
export type Stream = { readonly begin: () => void; readonly end: () => void };

export function openStream(url: string, take: Take): Stream {
  if (typeof SharedWorker === 'undefined') return whileVisible(url, take);
  const worker = new SharedWorker(workerUrl(), { type: 'module', name: 'quovadis-watch' });
  const { port } = worker;
  let stream: Stream = { begin: () => port.postMessage(url), end: () => port.postMessage(OUT) };
  // A browser may have it and not start it, as for a file that cannot be read now.
  worker.onerror = () => {
    port.close();
    stream = whileVisible(url, take);
    stream.begin();
  };
  port.onmessage = ({ data: [told, age] }: MessageEvent<Posted>) => take(told, age);
  addEventListener('pagehide', () => port.postMessage(null));
  // A page that comes back from the cache of the browser.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  return { begin: () => stream.begin(), end: () => stream.end() };
}

/** A stream of this page's own while it is visible: ten hidden tabs would use up the connections of the browser. */
function whileVisible(url: string, take: Take): Stream {
  let [end, state]: [(() => void) | null, StreamState | null] = [null, null];
  const tell = (told: Told) => {
    if (told.kind === 'state') state = told.state;
    take(told, 0);
  };
  const stop = () => {
    end?.();
    end = null;
  };
  const follow = () => {
    if (document.visibilityState !== 'visible') stop();
    else if (end === null) {
      const wasLeft = state !== null;
      end = listen(url, tell);
      if (wasLeft) tell({ kind: 'event', name: 'reset', data: null });
    }
  };
  document.addEventListener('visibilitychange', follow);
  return {
    begin: () => {
      if (state === 'out') stop();
      follow();
    },
    end: () => {
      stop();
      tell({ kind: 'state', state: 'out' });
    },
  };
}
