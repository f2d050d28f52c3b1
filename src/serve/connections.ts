import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { limits } from '../core/model/limits.ts';
import { DescriptorRoom, reserves } from '../descriptor-room.ts';
import type { HttpCloseReason } from '../telemetry/metric-row.ts';
import { clientOf, oldestOfMost } from './clients.ts';
import { type Answers, hasStalled, unsentBytes } from './pending-answers.ts';

/** `isReserved`: it may only ask whether the service is alive and ready. `isClosed`: no request of it is answered any more. */
type Connection = Answers & { readonly source: string; readonly isReserved: boolean; isClosed: boolean };

/** `reserve`: further connections that may ask for health. `spared`: file descriptors that are left. Bytes and milliseconds. */
export type ConnectionBounds = {
  readonly connections: number;
  readonly reserve: number;
  readonly spared?: number;
  readonly stalledMs?: number;
  readonly unsentBytes?: number;
};

/** `onShort`: a connection was closed because file descriptors are used up. `onClosed`: because of another bound. */
export type ConnectionEvents = { readonly onShort: () => void; readonly onClosed: (reason: HttpCloseReason) => void };

/**
 * The connections of the HTTP port. At the bound a new connection takes the place of one that asks nothing, the oldest of the
 * client that has most of them; else of the oldest one of another client that has more than a quarter of all: who holds
 * connections locks nobody out. If there is none, some further ones may still ask for /healthz and /readyz. A client has few
 * unanswered requests, reads its answers, and all clients together leave a bounded number of bytes unread.
 */
export class HttpConnections {
  readonly #open = new Map<Socket, Connection>();
  /** By address and port of the client: the socket of a request over TLS is another one than that of the connection. */
  readonly #byPeer = new Map<string, Connection>();
  readonly #sockets = new Map<Connection, Socket>();
  readonly #bounds: Required<ConnectionBounds>;
  readonly #events: ConnectionEvents;
  readonly #descriptors = new DescriptorRoom();

  constructor(server: Server, bounds: ConnectionBounds, events: ConnectionEvents) {
    const { httpStalledMs: stalledMs, httpUnsentBytes } = limits;
    this.#bounds = { spared: reserves.http, stalledMs, unsentBytes: httpUnsentBytes, ...bounds };
    this.#events = events;
    server.on('connection', (socket) => this.#accept(socket));
    // Before the answer begins: it may ask whether its connection was closed.
    server.prependListener('request', ({ socket }, response) => this.#count(socket, response));
    const timer = setInterval(() => this.#closeStalled(), this.#bounds.stalledMs / 6);
    timer.unref();
    server.on('close', () => clearInterval(timer));
  }

  /** More than half of the places are taken: a connection is closed after its answer. */
  get areScarce(): boolean {
    return this.#open.size > this.#bounds.connections / 2;
  }

  isReserved(socket: Socket): boolean {
    return this.#byPeer.get(peerOf(socket))?.isReserved ?? false;
  }

  /** Its requests need no answer: the bytes that it has sent in advance are still read. */
  isClosed(socket: Socket): boolean {
    return socket.destroyed || (this.#byPeer.get(peerOf(socket))?.isClosed ?? false);
  }

  /** Closes the connections with the most unread bytes while all of them have too many. */
  boundUnsent(): void {
    const bytes = [...this.#open.values()].flatMap((connection) =>
      connection.answers.size === 0 ? [] : [{ connection, unsent: unsentBytes(connection) }],
    );
    let total = bytes.reduce((sum, { unsent }) => sum + unsent, 0);
    if (total <= this.#bounds.unsentBytes) return;
    for (const { connection, unsent } of bytes.sort((a, b) => b.unsent - a.unsent)) {
      if (total <= this.#bounds.unsentBytes) return;
      total -= unsent;
      this.#close(connection, 'unsent');
    }
  }

  #count(socket: Socket, response: ServerResponse): void {
    const connection = this.#byPeer.get(peerOf(socket));
    if (connection === undefined || connection.isClosed) return;
    connection.answers.add(response);
    response.on('close', () => connection.answers.delete(response));
    if (connection.answers.size > limits.httpPipelined) this.#close(connection, 'pipelined');
  }

  #closeStalled(): void {
    const now = performance.now();
    for (const connection of this.#open.values())
      if (hasStalled(connection, now, this.#bounds.stalledMs)) this.#close(connection, 'stalled');
    this.boundUnsent();
  }

  #accept(socket: Socket): void {
    const { connections, reserve, spared } = this.#bounds;
    if (!this.#descriptors.hasRoomFor(socket, spared)) {
      this.#events.onShort();
      socket.destroy();
      return;
    }
    const source = clientOf(socket.remoteAddress ?? '');
    const isFull = this.#open.size >= connections && !this.#makeRoom(source);
    if (isFull && this.#open.size >= connections + reserve) {
      this.#events.onClosed('limit');
      socket.destroy();
      return;
    }
    const connection = {
      source,
      isReserved: isFull,
      isClosed: false,
      answers: new Set<ServerResponse>(),
      progress: null,
    };
    const peer = peerOf(socket);
    this.#open.set(socket, connection);
    this.#sockets.set(connection, socket);
    this.#byPeer.set(peer, connection);
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#sockets.delete(connection);
      // A new connection may have the same port already.
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  /** Closes the connection whose place a client at `source` may take; false if there is none. */
  #makeRoom(source: string): boolean {
    const all = [...this.#open.values()];
    const idle = oldestOfMost(all.filter(({ answers }) => answers.size === 0));
    if (idle !== null) return this.#close(idle.oldest, 'idle');
    // A client does not take its own places: its busy connections are worth as much as the new one.
    const busy = oldestOfMost(all.filter((each) => each.source !== source));
    if (busy === null || busy.count <= this.#bounds.connections / 4) return false;
    return this.#close(busy.oldest, 'share');
  }

  #close(connection: Connection, reason: HttpCloseReason): true {
    connection.isClosed = true;
    this.#events.onClosed(reason);
    const socket = this.#sockets.get(connection);
    // It closes later; its place is free now.
    if (socket !== undefined) {
      this.#open.delete(socket);
      socket.destroy();
    }
    for (const { socket: ofAnswer } of connection.answers) ofAnswer?.destroy();
    return true;
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
