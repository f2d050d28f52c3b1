/** A connection to a Unix socket that another program makes. */
import { connect, type Socket } from 'node:net';
import { until } from './app/running.ts';

/** The socket is there before somebody listens on it: tries until then. */
export async function connected(path: string): Promise<Socket> {
  return (await until(
    () => tried(path),
    (socket) => socket !== null,
  )) as Socket;
}

function tried(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
