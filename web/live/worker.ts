/** A shared worker: one event stream for all tabs of a browser, which gives an origin six connections over HTTP/1.1. */
import { type EventName, listen, OUT, type Told } from './source.ts';

/** What a tab gets: what is told, and how long ago it was, in ms. */
export type Posted = readonly [told: Told, age: number];

const ports = new Set<MessagePort>();
/** What is told once. A further tab is told at once what came last of the others. */
const ONCE: ReadonlySet<string> = new Set(['change', 'act', 'news', 'reset']);
const last = new Map<EventName | 'state', { readonly told: Told; readonly at: number }>();
/** Ends the stream; null: there is none. */
let end: (() => void) | null = null;

function tell(told: Told): void {
  const name = told.kind === 'state' ? 'state' : told.name;
  // It has ended, and nothing that it told is for who comes next. Who has logged in says so.
  if (told.kind === 'state' && told.state === OUT) {
    end = null;
    last.clear();
  }
  if (!ONCE.has(name)) last.set(name, { told, at: Date.now() });
  for (const port of ports) port.postMessage([told, 0] satisfies Posted);
}

// The library of types for workers cannot be used together with that of pages.
const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void };

/** A page sends the URL of the stream when it may read, `OUT` after a log-out, and `null` when it is left. */
scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  ports.add(port);
  port.onmessage = ({ data }: MessageEvent<string | null>) => {
    if (data === null) ports.delete(port);
    else if (data === OUT) {
      end?.();
      tell({ kind: 'state', state: OUT });
    } else end ??= listen(data, tell);
  };
  for (const { told, at } of last.values()) port.postMessage([told, Date.now() - at] satisfies Posted);
};
