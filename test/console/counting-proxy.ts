/** Between a browser and the service, so that whatever comes is counted, as it comes over the line. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

export type CountingProxy = {
  readonly port: number;
  /** Bytes from the service since the last call: heads and bodies of answers, and events. */
  readonly taken: () => number;
  /** The same, and counting goes on. */
  readonly seen: () => number;
};

export async function countingProxy(t: Pick<Test, 'teardown'>, to: number): Promise<CountingProxy> {
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(to, '127.0.0.1');
    for (const socket of [client, service]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        service.destroy();
      });
      // Either end may hang up at any time.
      socket.on('error', () => socket.destroy());
    }
    service.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    client.pipe(service).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const taken = () => {
    const now = bytes;
    bytes = 0;
    return now;
  };
  return { port: (server.address() as AddressInfo).port, taken, seen: () => bytes };
}
