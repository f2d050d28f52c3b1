import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { sourcesOf } from '../archive/source.ts';
import { parseAddress } from '../config/load.ts';
import { OperatingError } from '../errors.ts';
import { blocksOf } from './lines.ts';

type Options = { to: string; transport: string; rate: number };

/** Takes a line; resolves once it is handed to the system. */
export type Sender = { readonly line: (bytes: Buffer) => Promise<void>; readonly end: () => Promise<void> };

/** Plays the lines of files to a syslog port, at a rate. */
export async function send(files: readonly string[], options: Options): Promise<void> {
  const address = addressOf(options.to);
  const sources = sourcesOf(files, Date.now());
  const sender = await openSender(options.transport, address);
  const started = performance.now();
  let sent = 0;
  for (const source of sources) {
    for await (const frames of blocksOf(source)) {
      for (const { bytes, start, end } of frames) {
        await pace(sent, options.rate, started);
        await sender.line(bytes.subarray(start, end));
        sent++;
      }
    }
  }
  await sender.end();
  process.stderr.write(
    `sent ${sent} lines by ${options.transport} to ${options.to} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  );
}

/** Opens a way to a syslog port: one datagram a line (RFC 5426), or LF-terminated lines (RFC 6587 §3.4.2). */
export async function openSender(transport: string, address: { host: string; port: number }): Promise<Sender> {
  return transport === 'tcp' ? tcpSender(address) : udpSender(address);
}

async function udpSender({ host, port }: { host: string; port: number }): Promise<Sender> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  return {
    line: (bytes) =>
      new Promise((resolve, reject) =>
        socket.send(bytes, port, host, (error) => (error === null ? resolve() : reject(failure(host, port, error)))),
      ),
    end: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

async function tcpSender({ host, port }: { host: string; port: number }): Promise<Sender> {
  const socket = connect({ host, port });
  let broken: Error | null = null;
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw failure(host, port, error);
  }
  socket.on('error', (error) => {
    broken = error;
  });
  return {
    line: async (bytes) => {
      if (broken !== null || socket.destroyed)
        throw failure(host, port, broken ?? new Error('the connection was closed'));
      if (!socket.write(Buffer.concat([bytes, NEWLINE])))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    },
    end: async () => {
      socket.end();
      if (!socket.closed) await once(socket, 'close');
      if (broken !== null) throw failure(host, port, broken);
    },
  };
}

const NEWLINE = Buffer.from('\n');

/** Sleeps off what the rate has not yet allowed. */
async function pace(sent: number, rate: number, started: number): Promise<void> {
  if (rate === 0) return;
  const due = started + (sent / rate) * 1000;
  const ahead = due - performance.now();
  if (ahead > 4) await delay(ahead);
}

function addressOf(text: string): { host: string; port: number } {
  const { host, port } = parseAddress(text);
  if (host !== '' && Number.isInteger(port) && port > 0 && port < 65_536) return { host, port };
  throw new OperatingError('QVW_USAGE', `--to "${text}" is not HOST:PORT`);
}

function failure(host: string, port: number, error: unknown): OperatingError {
  return new OperatingError(
    'QVW_SEND_FAILED',
    `${host}:${port} cannot be reached (${(error as Error).message}): is the service listening there?`,
    { cause: error },
  );
}
