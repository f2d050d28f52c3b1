import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { DescriptorRoom, reserves } from '../descriptor-room.ts';

/** `requests`: how many are being answered. `isReserved`: it may only ask whether the service is alive and ready. */
type Connection = { readonly source: string; requests: number; readonly isReserved: boolean };

/**
 * The connections of the HTTP port. At the bound a new connection takes the place of one that asks nothing, the oldest of the
 * client that has most of them: who holds connections locks nobody out. If all of them ask something, some further ones may
 * still ask for /healthz and /readyz.
 */
export class HttpConnections {
  readonly #open = new Map<Socket, Connection>();
  /** By address and port of the client: the socket of a request over TLS is another one than that of the connection. */
  readonly #byPeer = new Map<string, Connection>();
  readonly #bound: number;
  readonly #reserve: number;
  readonly #descriptors = new DescriptorRoom();
  readonly #onShort: () => void;

  readonly #spared: number;

  /** `onShort`: a connection was closed because file descriptors are used up: no more than `spared` are left. */
  constructor(server: Server, bound: number, reserve: number, onShort: () => void, spared: number = reserves.http) {
    this.#bound = bound;
    this.#reserve = reserve;
    this.#onShort = onShort;
    this.#spared = spared;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('request', ({ socket }, response) => {
      const connection = this.#byPeer.get(peerOf(socket));
      if (connection === undefined) return;
      connection.requests++;
      response.on('close', () => {
        connection.requests--;
      });
    });
  }

  /** More than half of the places are taken: a connection is closed after its answer. */
  get areScarce(): boolean {
    return this.#open.size > this.#bound / 2;
  }

  isReserved(socket: Socket): boolean {
    return this.#byPeer.get(peerOf(socket))?.isReserved ?? false;
  }

  #accept(socket: Socket): void {
    if (!this.#descriptors.hasRoomFor(socket, this.#spared)) {
      this.#onShort();
      socket.destroy();
      return;
    }
    const isFull = this.#open.size >= this.#bound && !this.#makeRoom();
    if (isFull && this.#open.size >= this.#bound + this.#reserve) {
      socket.destroy();
      return;
    }
    const connection = { source: socket.remoteAddress ?? '', requests: 0, isReserved: isFull };
    const peer = peerOf(socket);
    this.#open.set(socket, connection);
    this.#byPeer.set(peer, connection);
    socket.on('close', () => {
      this.#open.delete(socket);
      // A new connection may have the same port already.
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  /** Closes the oldest connection without a request, of the client that has most of them; false if there is none. */
  #makeRoom(): boolean {
    const bySource = new Map<string, Socket[]>();
    for (const [socket, { source, requests }] of this.#open) {
      if (requests > 0) continue;
      const idle = bySource.get(source);
      if (idle === undefined) bySource.set(source, [socket]);
      else idle.push(socket);
    }
    let most: readonly Socket[] = [];
    for (const idle of bySource.values()) if (idle.length > most.length) most = idle;
    const [victim] = most;
    if (victim === undefined) return false;
    // It closes later; its place is free now.
    this.#open.delete(victim);
    victim.destroy();
    return true;
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
