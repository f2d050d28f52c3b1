/** The bare counting socket: the least that a Node process can do with a datagram. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Counted } from './udp-ceiling.ts';

/** As the service asks for. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

let seen = 0;
const socket = createSocket('udp4', () => {
  seen++;
});
socket.bind(0, '127.0.0.1');
await once(socket, 'listening');
socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
const answer = () =>
  process.send?.({ port: socket.address().port, seen, buffer: socket.getRecvBufferSize() / 2 } satisfies Counted);
process.on('message', answer);
process.on('disconnect', () => socket.close());
answer();
