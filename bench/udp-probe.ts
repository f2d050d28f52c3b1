import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Sends single datagrams to a port of this machine; each call resolves once the kernel has it. */
export async function openDatagrams(port: number) {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const send = (line: string) =>
    new Promise<void>((resolve, reject) =>
      socket.send(line, (error) => {
        if (error === null) resolve();
        else reject(error);
      }),
    );
  return Object.assign(send, { close: () => void socket.close() });
}
