/** A shared worker: one event stream for all tabs of a browser, which gives an origin six connections over HTTP/1.1. */
import { type EventName, listen, type Told } from './source.ts';

const ports = new Set<MessagePort>();
/** What a further tab is told at once. */
const last = new Map<EventName | 'state', Told>();
let isListening = false;

function tell(told: Told): void {
  const name = told.kind === 'state' ? 'state' : told.name;
  if (name !== 'change' && name !== 'reset') last.set(name, told);
  for (const port of ports) port.postMessage(told);
}

// The library of types for workers cannot be used together with that of pages.
const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void };

/** The first message of a page is the URL of the stream, `null` says that the page is left. */
scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  ports.add(port);
  port.onmessage = ({ data }: MessageEvent<string | null>) => {
    if (data === null) ports.delete(port);
    else if (!isListening) {
      isListening = true;
      listen(data, tell);
    }
  };
  for (const told of last.values()) port.postMessage(told);
};
