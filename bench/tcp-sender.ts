/**
 * A process that sends lines over TCP connections as fast as the receiver reads them. The first argument is a `TcpTask`.
 * The process makes all lines first and reports how many bytes they have. It sends them at the message `go`, and reports
 * when it is done.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { openFlow } from './generate.ts';
import type { TcpTask } from './live-tcp.ts';

const SLICE_BYTES = 64 * 1024;

const task = JSON.parse(process.argv[2] as string) as TcpTask;
const flow = openFlow({ share: task.share, devices: task.devices, seed: task.seed });
const now = Date.now();
const each = Math.ceil(task.lines / task.connections);
const parts: Buffer[] = [];
for (let left = task.lines; left > 0; left -= each) {
  let text = '';
  for (let index = 0; index < Math.min(each, left); index++) text += `${flow.next(now)}\n`;
  parts.push(Buffer.from(text, 'latin1'));
}
process.send?.({ bytes: parts.reduce((sum, part) => sum + part.length, 0) });
await once(process, 'message');
await Promise.all(parts.map(sendPart));
process.send?.({});
process.disconnect();

async function sendPart(part: Buffer): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: task.port });
  await once(socket, 'connect');
  for (let at = 0; at < part.length; at += SLICE_BYTES) {
    if (!socket.write(part.subarray(at, at + SLICE_BYTES))) await once(socket, 'drain');
  }
  socket.end();
  if (!socket.closed) await once(socket, 'close');
}
