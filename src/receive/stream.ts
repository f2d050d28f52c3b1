import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import type { ProxyHeader } from '../core/frame/proxy-header.ts';
import { limits } from '../core/model/limits.ts';
import type { LiveTransport } from '../core/model/message.ts';
import { DescriptorRoom, reserves } from '../descriptor-room.ts';
import { nextPoll } from '../yield-to-event-loop.ts';
import type { Connection, Read } from './connection.ts';
import { DeviceIntake } from './device-intake.ts';
import { listenFailure } from './listen-failure.ts';
import { readProxied } from './proxied.ts';
import { type Address, plainAddress, type Receiver, type ReceiverContext } from './receiver.ts';
import { readRecords } from './record-stream.ts';
import type { DenialReason } from './senders.ts';
import { canSharePort } from './shared-port.ts';
import { sendsFor, type TlsSettings, tlsServer } from './tls.ts';

/** The address is the receiver's own. */
type Listener = Omit<TlsSettings, 'address'>;

type Options = ReceiverContext & {
  readonly transport: LiveTransport;
  readonly address: Address;
  /** How a connection is read; without it, as records of any framing. */
  readonly read?: Read;
  /** With it the receiver speaks TLS (RFC 5425). */
  readonly tls?: Listener | undefined;
  /** Bounds that a test sets; otherwise those of `limits`. */
  readonly connections?: number;
  readonly idleMs?: number;
  readonly flushMs?: number;
  readonly drainMs?: number;
};

/** Syslog over connections: TCP, TLS and RELP. A connection is accepted or denied before any handshake. */
export class StreamReceiver implements Receiver {
  readonly transport: LiveTransport;
  readonly #options: Options;
  /** Also those whose handshake has not ended; the oldest first. */
  readonly #open = new Set<Connection>();
  /** The newest of each address and port: one that was reset closes after the next one from the same port is accepted. */
  readonly #newest = new Map<string, Connection>();
  readonly #descriptors = new DescriptorRoom();
  readonly #servers: Server[] = [];
  #accepted = 0;
  #isStopping = false;
  /** Makes TLS of accepted connections; it does not listen. */
  #tls: TlsServer | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.transport = options.transport;
    if (options.tls !== undefined) this.useTls(options.tls);
  }

  async start(): Promise<Address> {
    const { address } = this.#options;
    const first = await this.#listen(address, false);
    if (address.fd !== undefined || !canSharePort) return first;
    // Nobody else has the port. A turn of the event loop accepts one connection of each listener, and reads many datagrams.
    for (const alone of this.#servers.splice(0)) alone.close();
    for (let listener = 0; listener < limits.streamListeners; listener++) await this.#listen(first, true);
    return first;
  }

  async #listen(address: Address, reusePort: boolean): Promise<Address> {
    const { key, warn } = this.#options;
    const { host, port, fd } = address;
    const server = createServer(this.#accept);
    this.#servers.push(server);
    try {
      server.listen(fd === undefined ? { host, port, reusePort } : { fd });
      await once(server, 'listening');
    } catch (error) {
      await this.stop();
      throw listenFailure(error, key, address);
    }
    server.on('error', (error) => warn(`the ${this.transport} listener reported: ${error.message}`));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('a stream listener has an address');
    return { host: bound.address, port: bound.port };
  }

  useTls(settings: Listener): void {
    if (this.#options.tls === undefined) return;
    const server = tlsServer(settings);
    server.on('secureConnection', (socket) => this.#secured(socket, settings));
    server.on('tlsClientError', (error, socket) => this.#handshakeFailed(socket, reasonOf(error)));
    this.#tls = server;
    for (const connection of this.#open) this.#askAgain(connection, settings);
  }

  /** A connection whose certificate would be refused now is closed; one that would be read otherwise is drained. */
  #askAgain(connection: Connection, settings: Listener): void {
    const { secured } = connection;
    if (secured === null || connection.isDenied) return;
    const devices = sendsFor(secured.socket, settings.peers);
    if (devices === null) {
      connection.isDenied = true;
      this.#deny(connection.raw, connection.peer, 'handshake');
    } else if (String(devices) !== String(secured.devices) || !isSame(secured.ca, settings.ca)) connection.drain?.();
  }

  /**
   * What the kernel has connected is accepted, and nothing after that. The open connections are drained, as their protocol says,
   * until they are closed or the time has passed; those whose beginning has not ended may end it.
   */
  async stop(): Promise<void> {
    const servers = this.#servers.splice(0).filter((server) => server.listening);
    if (servers.length === 0) return;
    this.#isStopping = true;
    for (const { drain } of this.#open) drain?.();
    const until = performance.now() + limits.drainBeginMs;
    // Each turn of the event loop accepts a connection of every listener that has one.
    for (let accepted = -1; accepted !== this.#accepted && performance.now() < until; ) {
      accepted = this.#accepted;
      await nextPoll();
    }
    const ended = [...servers, ...[...this.#open].map(({ raw }) => raw)].map(whenClosed);
    for (const server of servers) server.close();
    const unbegun = setTimeout(() => {
      for (const { raw, drain } of this.#open) if (drain === null) raw.destroy();
    }, until - performance.now());
    const late = setTimeout(() => {
      this.#options.warn(
        `${this.#open.size} senders over ${this.transport} were still sending when the service stopped`,
      );
      for (const { raw } of this.#open) raw.destroy();
    }, this.#options.drainMs ?? limits.drainConnectionMs);
    await Promise.all(ended);
    clearTimeout(unbegun);
    clearTimeout(late);
  }

  readonly #accept = (raw: Socket): void => {
    this.#accepted++;
    const { senders } = this.#options;
    const peer = plainAddress(raw.remoteAddress ?? '');
    raw.on('error', () => raw.destroy());
    // The sender has gone already.
    if (peer === '') {
      raw.destroy();
      return;
    }
    const isProxy = senders.isProxy(peer);
    const denied = this.#denial(raw) ?? (isProxy ? null : senders.connect(peer));
    if (denied !== null) {
      this.#deny(raw, peer, denied);
      return;
    }
    const connection: Connection = {
      ...{ raw, peer, place: isProxy ? null : peer, begins: isProxy ? 'proxy' : 'handshake' },
      ...{ drain: null, secured: null, isSilent: true, isDenied: false, failure: null },
    };
    const key = keyOf(raw);
    this.#open.add(connection);
    this.#newest.set(key, connection);
    this.#count();
    raw.on('close', () => {
      if (connection.place !== null) senders.disconnect(connection.place);
      this.#open.delete(connection);
      if (this.#newest.get(key) === connection) this.#newest.delete(key);
      this.#count();
      const { drain, begins, isDenied, failure } = connection;
      if (drain !== null || begins === null || isDenied || this.#servers.length === 0) return;
      this.#options.intake.denied(this.transport, begins, connection.peer, failure ?? 'the sender has closed it');
    });
    if (isProxy) readProxied(connection, (header) => this.#passedOn(connection, header));
    else this.#begin(connection);
  };

  #denial(raw: Socket): DenialReason | null {
    if (!this.#descriptors.hasRoomFor(raw, reserves.syslog)) return 'descriptors';
    return this.#hasRoom() ? null : 'limit';
  }

  /** From here on the connection is that of the sender behind the balancer, or the balancer's own. */
  #passedOn(connection: Connection, { source }: ProxyHeader): void {
    connection.begins = source === null ? null : 'handshake';
    if (source !== null) {
      connection.peer = source;
      const denied = this.#options.senders.connect(source);
      connection.isDenied = denied !== null;
      if (denied !== null) {
        this.#deny(connection.raw, source, denied);
        return;
      }
      connection.place = source;
    }
    this.#begin(connection);
  }

  /** Nothing of the sender was read. */
  #begin(connection: Connection): void {
    const { raw } = connection;
    if (this.#tls !== null) {
      this.#tls.emit('connection', raw);
      return;
    }
    this.#read(raw, connection);
    // It was paused behind the PROXY header.
    raw.resume();
  }

  /** At the limit a new connection takes the place of the one that is silent for longest: silence locks nobody out. */
  #hasRoom(): boolean {
    if (this.#open.size < (this.#options.connections ?? limits.connections)) return true;
    for (const connection of this.#open) {
      if (!connection.isSilent || connection.isDenied) continue;
      connection.isDenied = true;
      this.#deny(connection.raw, connection.peer, 'limit');
      return true;
    }
    return false;
  }

  #deny(raw: Socket, peer: string, reason: DenialReason): void {
    this.#options.intake.denied(this.transport, reason, peer);
    raw.destroy();
  }

  #secured(socket: TLSSocket, { peers, ca }: Listener): void {
    const connection = this.#newest.get(keyOf(socket));
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    const devices = sendsFor(socket, peers);
    if (devices !== null) {
      connection.secured = { socket, devices, ca };
      this.#read(socket, connection, devices);
    } else this.#handshakeFailed(socket, 'syslog.tls.peers does not list the name of its certificate');
  }

  #handshakeFailed(socket: TLSSocket, reason: string): void {
    const connection = this.#newest.get(keyOf(socket));
    socket.destroy();
    if (connection === undefined) return;
    connection.failure = reason;
    connection.raw.destroy();
  }

  #count(): void {
    this.#options.intake.connections(this.transport, this.#open.size);
  }

  /** `devices`: the names of the devices whose lines it may send. */
  #read(socket: Socket, connection: Connection, devices: 'all' | readonly string[] = 'all'): void {
    const {
      intake: ofAll,
      senders,
      idleMs = limits.connectionIdleMs,
      flushMs = limits.flushMs,
      read = readRecords,
    } = this.#options;
    const intake = devices === 'all' ? ofAll : new DeviceIntake(ofAll, devices);
    read(socket, connection, { intake, senders, transport: this.transport, idleMs, flushMs });
    if (this.#isStopping) connection.drain?.();
  }
}

/** A connection that is reset is closed, too. */
function whenClosed(each: Server | Socket): Promise<void> {
  return new Promise((resolve) => each.once('close', () => resolve()));
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** OpenSSL's own words; of any other error the code. */
function reasonOf(error: Error & { readonly reason?: string; readonly code?: string }): string {
  return error.reason ?? error.code ?? error.message;
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0);
}
