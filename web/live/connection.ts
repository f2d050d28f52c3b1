/** What the service tells of itself while a page is open. */
import { signal } from '@preact/signals';
import type { StreamEvents } from '../../src/serve/schemas.ts';
import { apiUrl } from '../api.ts';
import { clockOffset, tick } from '../time.ts';
import { listen, type Told } from './source.ts';
import { workerUrl } from './worker-url.ts';

/** `since`: of the browser's clock, in ms. Null: the stream was not opened yet. */
export const connection = signal<{ readonly connected: boolean; readonly since: number } | null>(null);
export const counts = signal<StreamEvents['counts'] | null>(null);
export const health = signal<StreamEvents['health'] | null>(null);
export const version = signal<string | null>(null);
/** While true, no change reaches a page. */
export const isPaused = signal(false);

/** A change of an incident; null: some are missing, so that everything that is shown has to be asked again. */
export type Change = StreamEvents['change'] | null;
type Listener = (change: Change) => void;

const listeners = new Set<Listener>();
let missed = false;

/** Returns the function that ends it. */
export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function pause(): void {
  isPaused.value = !isPaused.value;
  if (!isPaused.value && missed) publish(null);
  missed = false;
}

function publish(change: Change): void {
  if (isPaused.value) missed = true;
  else for (const listener of listeners) listener(change);
}

const onEvent: { readonly [Name in keyof StreamEvents]: (data: StreamEvents[Name]) => void } = {
  hello: ({ version: next, time }) => {
    clockOffset.value = Date.parse(time) - Date.now();
    tick();
    // A wall is never reloaded by hand.
    const isOther = version.value !== null && version.value !== next;
    if (isOther && new URLSearchParams(location.search).has('wall')) location.reload();
    version.value = next;
  },
  counts: (data) => {
    if (!isPaused.value) counts.value = data;
  },
  health: (data) => {
    health.value = data;
  },
  change: publish,
  reset: () => publish(null),
};

function take(told: Told): void {
  if (told.kind === 'event') (onEvent[told.name] as (data: unknown) => void)(told.data);
  else if (connection.value?.connected !== told.connected) connection.value = told;
}

let isConnecting = false;

/** Listens by the worker that all tabs share; a browser without one listens in each tab that is visible. */
export function connect(): void {
  if (isConnecting) return;
  isConnecting = true;
  const url = new URL(apiUrl('stream'), location.href).href;
  if (typeof SharedWorker === 'undefined') connectWhileVisible(url);
  else connectByWorker(url);
}

function connectByWorker(url: string): void {
  const { port } = new SharedWorker(workerUrl(), { type: 'module', name: 'quovadis-watch' });
  port.onmessage = ({ data }: MessageEvent<Told>) => take(data);
  port.postMessage(url);
  addEventListener('pagehide', () => port.postMessage(null));
  // A page that comes back from the cache of the browser.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
}

function connectWhileVisible(url: string): void {
  let end: (() => void) | null = null;
  const follow = () => {
    if (document.visibilityState === 'visible') {
      const wasLeft = connection.value !== null;
      end ??= listen(url, take);
      if (wasLeft) publish(null);
    } else {
      end?.();
      end = null;
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}
