import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Record } from '../core/frame/record.ts';
import { StreamFramer } from '../core/frame/stream.ts';
import { limits } from '../core/model/limits.ts';
import { listenFailure } from './listen-failure.ts';
import { type Address, type Intake, plainAddress, type Receiver } from './receiver.ts';

type Options = {
  readonly address: Address;
  readonly allows: (peer: string) => boolean;
  readonly intake: Intake;
  readonly warn: (message: string) => void;
  /** With it the receiver speaks TLS (RFC 5425). */
  readonly tls?: TlsOptions | undefined;
  /** Bounds, for tests; those of the product otherwise. */
  readonly connections?: number;
  readonly idleMs?: number;
  readonly flushMs?: number;
};

/** Syslog over TCP (RFC 6587) or TLS: every connection has a framer of its own, and waits while the queue is full. */
export class StreamReceiver implements Receiver {
  readonly transport: 'tcp' | 'tls';
  readonly #options: Options;
  readonly #sockets = new Set<Socket>();
  /** Those too that have not ended their TLS handshake. */
  readonly #open = new Set<Socket>();
  #server: Server | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.transport = options.tls === undefined ? 'tcp' : 'tls';
  }

  async start(): Promise<Address> {
    const { address, tls } = this.#options;
    const server = tls === undefined ? createServer(this.#accept) : createTlsServer(tls, this.#accept);
    this.#server = server;
    server.maxConnections = this.#options.connections ?? limits.connections;
    server.on('drop', () => this.#options.intake.drop(this.transport, 'denied', 1));
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
    });
    server.on('tlsClientError', (error: Error) => this.#options.warn(`a TLS handshake failed: ${error.message}`));
    try {
      server.listen(address.port, address.host);
      await once(server, 'listening');
    } catch (error) {
      throw listenFailure(error, `syslog.${this.transport}`, address);
    }
    server.on('error', (error) => this.#options.warn(`the ${this.transport} listener reported: ${error.message}`));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('a stream listener has an address');
    return { host: bound.address, port: bound.port };
  }

  /** Takes no new connection; what the open ones have sent so far is framed, then they are closed. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = [server, ...this.#sockets].map((each) => once(each, 'close'));
    server.close();
    for (const socket of [...this.#sockets, ...this.#open]) socket.destroy();
    await Promise.all(closed);
  }

  readonly #accept = (socket: Socket): void => {
    const { intake, allows } = this.#options;
    const peer = plainAddress(socket.remoteAddress ?? '');
    if (peer === '' || !allows(peer)) {
      intake.drop(this.transport, 'denied', 1);
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    intake.connections(this.transport, this.#sockets.size);
    this.#read(socket, peer);
  };

  #read(socket: Socket, peer: string): void {
    const { intake } = this.#options;
    const framer = new StreamFramer();
    let forget = () => {};
    const idleMs = this.#options.idleMs ?? limits.connectionIdleMs;
    const quiet = setTimeout(() => {
      if (!socket.isPaused()) take(framer.idle());
    }, this.#options.flushMs ?? limits.flushMs);
    const take = (records: Record[]) => {
      for (const record of records) intake.take(record, peer, this.transport);
    };
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      intake.received(this.transport, chunk.length);
      take(framer.push(chunk));
      quiet.refresh();
      if (intake.hasCapacity) return;
      // Nobody reads it now: it is not the sender that says nothing.
      socket.pause();
      socket.setTimeout(0);
      forget = intake.onCapacity(() => {
        socket.setTimeout(idleMs);
        quiet.refresh();
        socket.resume();
      });
    });
    // A sender that resets its connection is no event of ours; what it sent before counts.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(quiet);
      forget();
      take(framer.end());
      this.#sockets.delete(socket);
      intake.connections(this.transport, this.#sockets.size);
    });
  }
}
