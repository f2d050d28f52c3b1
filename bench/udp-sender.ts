/**
 * A process that sends datagrams at a rate, and does nothing else meanwhile. The first argument is a `Task`. The process
 * makes all datagrams first and reports `{}`. It sends them at the message `go`, and reports what it sent (`Sent`).
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { openFlow } from './generate.ts';
import type { Sent, Task } from './udp-load.ts';

/** Datagrams that are late are sent later, but not all at once: a sender that stood still must not cause a loss. */
const BUCKET_MS = 10;
const LONGEST_DATAGRAM = 512;
/** Each device uses one socket: if the receiver has several sockets on its port, each sender reaches only one of them. */
const SOCKETS = 16;
/** Above this rate, a timer's millisecond is too long. */
const TIMER_RATE = 200_000;
const EDGE_RATE = 20_000;

/** `socketOf`: the number of the socket that sends each datagram. */
type Datagrams = { readonly bytes: Buffer; readonly ends: Uint32Array; readonly socketOf: Uint8Array };

const task = JSON.parse(process.argv[2] as string) as Task;
const flow = openFlow(task);
const now = Date.now();
const each = (index: number) => index;
const atStart = () => now;
// The first and the last line of each device are sent slowly, so that every gap in its counter has two sides.
const opening = task.edges ? prepare(task.devices, each, atStart) : null;
const burst = prepare(task.lines, shuffled, (index) => now + (index / task.rate) * 1000);
const closing = task.edges ? prepare(task.devices, each, atStart) : null;

const sockets = await Promise.all(Array.from({ length: SOCKETS }, open));
process.send?.({});
await once(process, 'message');
if (opening !== null) await sendAll(opening, EDGE_RATE);
const seconds = await sendAll(burst, task.rate);
if (closing !== null) {
  // The receiver first reads what the burst left in its buffer, so that the last lines find room.
  await delay(500);
  await sendAll(closing, EDGE_RATE);
}
const edges = (opening?.ends.length ?? 0) + (closing?.ends.length ?? 0);
process.send?.({ sent: burst.ends.length + edges, rate: burst.ends.length / seconds } satisfies Sent);
for (const socket of sockets) {
  // Datagrams that the system did not take at once wait in the process.
  while (socket.getSendQueueCount() > 0) await delay(1);
  socket.close();
}
process.disconnect();

async function open(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.connect(task.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

function prepare(count: number, device: (index: number) => number, at: (index: number) => number): Datagrams {
  const bytes = Buffer.allocUnsafe(count * LONGEST_DATAGRAM);
  const ends = new Uint32Array(count);
  const socketOf = new Uint8Array(count);
  let end = 0;
  for (let index = 0; index < count; index++) {
    const which = device(index);
    end += bytes.write(flow.next(at(index), which), end, 'latin1');
    ends[index] = end;
    socketOf[index] = which % SOCKETS;
  }
  return { bytes, ends, socketOf };
}

/** Devices in no order, each as often as another. */
function shuffled(index: number): number {
  return (Math.imul(index, 0x9e3779b1) >>> 8) % task.devices;
}

/** Returns the seconds that the sending needed. */
async function sendAll({ bytes, ends, socketOf }: Datagrams, rate: number): Promise<number> {
  const started = performance.now();
  let filledAt = started;
  let bucket = 0;
  for (let next = 0; next < ends.length; ) {
    const at = performance.now();
    bucket = Math.min(bucket + ((at - filledAt) / 1000) * rate, Math.max(1, (BUCKET_MS / 1000) * rate));
    filledAt = at;
    const until = Math.min(ends.length, next + Math.floor(bucket));
    bucket -= until - next;
    for (; next < until; next++) {
      const socket = sockets[socketOf[next] as number] as Socket;
      socket.send(bytes.subarray(next === 0 ? 0 : ends[next - 1], ends[next]));
    }
    await (rate > TIMER_RATE ? nextTurn() : delay(1));
  }
  return (performance.now() - started) / 1000;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
