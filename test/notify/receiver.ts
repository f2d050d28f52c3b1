/** A receiver of notices on the loopback address. The test decides how it answers. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Test } from 'tap';

export type Got = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly url: string };
export type Manner = (got: Got, response: ServerResponse, nth: number) => void;

export type Receiver = {
  readonly url: string;
  readonly got: readonly Got[];
  /** Resolves when this number of requests has arrived. */
  readonly count: (wanted: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): Manner =>
  (_got, response) =>
    void response.writeHead(status, headers).end(body);

/** Reads the request and never answers. */
export const hanging: Manner = () => {};

/** Answers with bytes that are not HTTP. */
export const garbage: Manner = (_got, response) => {
  response.socket?.end('\u0000\u0001 this is no HTTP \r\n\r\n');
};

export async function receiver(t: Test, manner: Manner, port = 0): Promise<Receiver> {
  const got: Got[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(parts).toString(), url: request.url ?? '' };
      got.push(one);
      manner(one, response, got.length);
      for (const look of waiting) look();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  t.teardown(close);
  const count = (wanted: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (got.length < wanted) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got, count, close };
}
