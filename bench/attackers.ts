/**
 * A process with all attackers. The first argument is an `AttackTask`. The process reports `{}` once the silent and the
 * held connections have been tried and the flood runs, and goes on until it is ended.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type AttackTask = {
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number;
  readonly http: number;
  /** Connections that send nothing, half of them to the port of TLS. */
  readonly silent: number;
  /** HTTP connections that send nothing. */
  readonly held: number;
  /** Devices that are invented, with one line each. */
  readonly invented: number;
  /** Tracked lines a second of one device. */
  readonly floodRate: number;
};

const FAILURE =
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)';
const TICK_MS = 10;
/** A connection that was closed is tried again after this time. */
const AGAIN_MS = 200;
const INVENTED_RATE = 20_000;

const task = JSON.parse(process.argv[2] as string) as AttackTask;
const tried = [
  ...Array.from({ length: task.silent }, (_, index) => hold(index % 2 === 0 ? task.tcp : task.tls, '127.66.0.1')),
  ...Array.from({ length: task.held }, () => hold(task.http, '127.66.0.2')),
];
await Promise.all(tried);
const flood = await socketAt('127.66.0.3');
const inventor = await socketAt('127.66.0.4');
void send(flood, task.floodRate, Number.POSITIVE_INFINITY, (number) => `<187>${number}: flooder: ${FAILURE}`);
void send(inventor, INVENTED_RATE, task.invented, (number) => `<187>1: invented-${number}: ${FAILURE}`);
await delay(500);
process.send?.({});

/** Holds a connection, and opens it again whenever it is closed. Resolves after the first try. */
function hold(port: number, localAddress: string): Promise<void> {
  return new Promise((resolve) => {
    const open = () => {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('connect', () => resolve());
      socket.on('error', () => {});
      socket.on('close', () => {
        resolve();
        setTimeout(open, AGAIN_MS);
      });
    };
    open();
  });
}

async function socketAt(address: string): Promise<Datagrams> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  // A connected socket sends with less work, which the attackers take from the service.
  socket.connect(task.udp, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function send(socket: Datagrams, rate: number, count: number, line: (number: number) => string): Promise<void> {
  const started = performance.now();
  for (let sent = 0; sent < count; await delay(TICK_MS)) {
    const due = Math.min(count, ((performance.now() - started) / 1000) * rate, sent + rate * 0.1);
    for (; sent < due; sent++) socket.send(Buffer.from(line(sent + 1), 'latin1'));
  }
}
