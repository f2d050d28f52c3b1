/**
 * A process that lets recovered devices of the fixture fail again at a rate, so that each of them opens an incident. The first
 * argument is an `Opening`. It reports `{}` once it is ready, and sends from the message `go` on until it is ended.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { FAILURES, nameOf } from './fleet-fixture.ts';

export type Opening = { readonly port: number; readonly devicesPerSecond: number; readonly devices: number };

const { port, devicesPerSecond, devices } = JSON.parse(process.argv[2] as string) as Opening;
const socket = createSocket('udp4');
socket.connect(port, '127.0.0.1');
await once(socket, 'connect');
process.send?.({});
await once(process, 'message');
const started = performance.now();
for (let sent = 0; ; await delay(5)) {
  const due = ((performance.now() - started) / 1000) * devicesPerSecond;
  for (; sent < due; sent++) {
    // Each third device of the fixture has not recovered.
    const name = nameOf((Math.floor(sent / 2) * 3 + 1 + (sent % 2)) % devices);
    for (const [index, body] of FAILURES.entries()) socket.send(`<187>${900_000 + index}: ${name}: ${body}`);
  }
}
