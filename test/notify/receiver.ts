/** A receiver of notices on the loopback address. The test decides how it answers. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Test } from 'tap';

export type ReceivedRequest = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly url: string };
export type Manner = (request: ReceivedRequest, response: ServerResponse, nth: number) => void;

export type Receiver = {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Resolves when this number of requests has arrived. */
  readonly count: (wanted: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): Manner =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

/** Reads the request and never answers. */
export const hanging: Manner = () => {};

/** Answers with bytes that are not HTTP. */
export const garbage: Manner = (_request, response) => {
  response.socket?.end('\u0000\u0001 this is no HTTP \r\n\r\n');
};

export async function receiver(t: Test, manner: Manner, port = 0): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const received = { headers: request.headers, body: Buffer.concat(parts).toString(), url: request.url ?? '' };
      requests.push(received);
      manner(received, response, requests.length);
      for (const check of waiting) check();
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
      const check = () => {
        if (requests.length < wanted) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, count, close };
}
