/**
 * A process with devices that open an incident each. The first argument is an `OpenTask`. The process reports `{}` when
 * it is ready, sends at the message `go`, and then reports when the API's stream had the incidents (`Opened`).
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

export type OpenTask = {
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number;
  readonly http: number;
  readonly devices: number;
  readonly withinMs: number;
};
/** From the deciding line of each device to its event; devices without an event are missing. */
export type Opened = {
  /** By transport. */
  readonly milliseconds: Readonly<Record<string, readonly number[]>>;
  readonly missing: Readonly<Record<string, number>>;
};

const LINES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
];
const TRANSPORTS = ['udp', 'tcp', 'tls'];
const INTERVAL_MS = 4;
/** The stream is asked for again after this time. */
const AGAIN_MS = 50;

const task = JSON.parse(process.argv[2] as string) as OpenTask;
let rest = '';
process.send?.({});
await once(process, 'message');
const seen = new Map<string, number>();
await listen();
const sent = new Map<string, number>();
for (let device = 0; device < task.devices; device++) {
  void report(device);
  await delay(INTERVAL_MS);
}
const until = performance.now() + task.withinMs;
while (seen.size < task.devices && performance.now() < until) await delay(20);
const milliseconds: Record<string, number[]> = {};
const missing: Record<string, number> = {};
for (const [turn, transport] of TRANSPORTS.entries()) {
  const own = [...sent].filter(([name]) => Number(name.slice(7)) % TRANSPORTS.length === turn);
  milliseconds[transport] = own.flatMap(([name, at]) => (seen.has(name) ? [(seen.get(name) as number) - at] : []));
  missing[transport] = own.length - milliseconds[transport].length;
}
process.send?.({ milliseconds, missing } satisfies Opened);
process.exit(0);

/** Sends both lines of a device from an address of its own: by UDP, TCP or TLS. */
async function report(device: number): Promise<void> {
  const name = `honest-${device}`;
  const localAddress = `127.9.${Math.floor(device / 250)}.${1 + (device % 250)}`;
  const lines = LINES.map((line, index) => `<187>${index + 1}: ${name}: ${line}`);
  sent.set(name, performance.now());
  if (device % 3 === 0) {
    const socket = createSocket('udp4');
    socket.bind(0, localAddress);
    await once(socket, 'listening');
    for (const line of lines) await new Promise((resolve) => socket.send(line, task.udp, '127.0.0.1', resolve));
    socket.close();
    return;
  }
  const isTls = device % 3 === 2;
  const raw = connect({ port: isTls ? task.tls : task.tcp, host: '127.0.0.1', localAddress });
  const socket = isTls ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw;
  raw.on('error', () => {});
  socket.on('error', () => {});
  socket.end(`${lines.join('\n')}\n`);
}

/** Notes in `seen` when the stream has the first event of each device. Where the service refuses, asks again. */
async function listen(): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const again = () => setTimeout(ask, AGAIN_MS);
  const ask = () => {
    const request = get({ host: '127.0.0.1', port: task.http, path: '/api/v1/stream' }, (answer) => {
      answer.setEncoding('utf8');
      answer.on('data', note);
      answer.on('close', again);
      answer.on('error', () => {});
      if (answer.statusCode === 200) opened.resolve();
    });
    request.on('error', again);
  };
  ask();
  await Promise.race([opened.promise, delay(task.withinMs)]);
}

function note(text: string): void {
  const at = performance.now();
  rest += text;
  const whole = rest.lastIndexOf('\n\n');
  for (const [, name = ''] of rest.slice(0, whole + 1).matchAll(/"device":"(honest-\d+)"/g)) {
    if (!seen.has(name)) seen.set(name, at);
  }
  rest = rest.slice(whole + 1);
}
