/**
 * A process that sends from many addresses, as an attacker does: on the loopback device every address of 127.0.0.0/8 may
 * be bound. The first argument is a `SpoofTask`. At each message `go` the process sends from the next addresses, and then
 * reports how many senders have sent (`Spoofed`).
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export type SpoofTask = {
  readonly port: number;
  readonly sources: number;
  /** Lines that each sends: two open an incident. */
  readonly each: number;
};
/** How many of the senders have sent. */
export type Spoofed = { readonly done: number };

const SENDERS_A_GO = 4000;
const SOCKETS_AT_ONCE = 200;
const LINES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
];

const { port, sources, each } = JSON.parse(process.argv[2] as string) as SpoofTask;
process.send?.({});
for (let done = 0; done < sources; ) {
  await once(process, 'message');
  const until = Math.min(sources, done + SENDERS_A_GO);
  while (done < until) {
    const group = Math.min(until - done, SOCKETS_AT_ONCE);
    await Promise.all(Array.from({ length: group }, (_, index) => sendFrom(done + index)));
    done += group;
  }
  process.send?.({ done } satisfies Spoofed);
}
process.disconnect();

async function sendFrom(source: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, addressOf(source));
  await once(socket, 'listening');
  for (const [index, line] of LINES.slice(0, each).entries()) {
    await new Promise<void>((resolve, reject) =>
      socket.send(`<187>${1 + index}: spoofed-${source}: ${line}`, port, '127.0.0.1', (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
  }
  socket.close();
  await once(socket, 'close');
}

/** 127.1.0.1 and on; neither .0 nor .255 ends one. */
function addressOf(source: number): string {
  return `127.${1 + Math.floor(source / 64_516)}.${1 + (Math.floor(source / 254) % 254)}.${1 + (source % 254)}`;
}
