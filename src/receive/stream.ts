import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Record } from '../core/frame/record.ts';
import { StreamFramer } from '../core/frame/stream.ts';
import { limits } from '../core/model/limits.ts';
import type { LiveTransport } from '../core/model/message.ts';
import { listenFailure } from './listen-failure.ts';
import { type Address, plainAddress, type Receiver, type ReceiverContext } from './receiver.ts';

type Options = ReceiverContext & {
  readonly transport: LiveTransport;
  readonly address: Address;
  /** With it the receiver speaks TLS (RFC 5425). */
  readonly tls?: TlsOptions | undefined;
  /** Bounds that a test sets; otherwise those of `limits`. */
  readonly connections?: number;
  readonly idleMs?: number;
  readonly flushMs?: number;
};

/**
 * Syslog over TCP (RFC 6587) or TLS (RFC 5425). Every connection has a framer of its own, and is not read while the intake has
 * no capacity.
 */
export class StreamReceiver implements Receiver {
  readonly transport: LiveTransport;
  readonly #options: Options;
  readonly #sockets = new Set<Socket>();
  /** With TLS, also the connections whose handshake has not ended. */
  readonly #open = new Set<Socket>();
  #server: Server | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.transport = options.transport;
  }

  async start(): Promise<Address> {
    const { address, key, tls } = this.#options;
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
      throw listenFailure(error, key, address);
    }
    server.on('error', (error) => this.#options.warn(`the ${this.transport} listener reported: ${error.message}`));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('a stream listener has an address');
    return { host: bound.address, port: bound.port };
  }

  /** No new connection is accepted. What was read from the open ones is framed, then they are closed. */
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
    let cancel = () => {};
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
      // The connection is idle because nobody reads it, not because of its sender.
      socket.pause();
      socket.setTimeout(0);
      cancel = intake.onCapacity(() => {
        socket.setTimeout(idleMs);
        quiet.refresh();
        socket.resume();
      });
    });
    // A sender may reset its connection; the records that it sent before are kept.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(quiet);
      cancel();
      take(framer.end());
      this.#sockets.delete(socket);
      intake.connections(this.transport, this.#sockets.size);
    });
  }
}
