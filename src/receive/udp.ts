import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { datagramRecord } from '../core/frame/datagram.ts';
import { limits } from '../core/model/limits.ts';
import { nextPoll } from '../yield-to-event-loop.ts';
import { kernelBuffers } from './kernel-drops.ts';
import { listenFailure } from './listen-failure.ts';
import { type Address, plainAddress, type Receiver, type ReceiverContext } from './receiver.ts';

/** What the kernel is asked for, for the one socket and for each further one; it grants at most `net.core.rmem_max`. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
const FURTHER_BUFFER_BYTES = 128 * 1024;

type Options = ReceiverContext & {
  readonly address: Address;
  /** How many sockets may share the port, which other threads of this process share, too; null: one, and nobody shares it. */
  readonly sockets?: number | null;
  /** How long what the kernel holds is read when it is stopped. */
  readonly drainMs?: number;
};

/**
 * Syslog over UDP, RFC 5426. One socket reads all lines in their order until the kernel's buffer of it fills: then several sockets
 * share the port, and the kernel deals datagrams out by the address and port of their sender. From then on a sender that floods
 * fills the buffer of one socket, and the others are read in turns with it.
 */
export class UdpReceiver implements Receiver {
  readonly transport = 'udp';
  readonly #options: Options;
  readonly #sockets: Socket[] = [];
  #watch: NodeJS.Timeout | undefined;
  #isStopped = false;
  #received = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  async start(): Promise<Address> {
    const { address, sockets = null } = this.#options;
    const bound = await this.#open(address);
    if (sockets !== null && sockets > 1) await this.#watchBuffer(bound);
    return bound;
  }

  /** What the kernel holds for the sockets is read first, for as long as `drainMs` allows: nobody waits for a flood to end. */
  async stop(): Promise<void> {
    const { warn, drainMs = limits.drainDatagramsMs } = this.#options;
    this.#isStopped = true;
    clearInterval(this.#watch);
    const sockets = this.#sockets.splice(0);
    const until = performance.now() + drainMs;
    let received = -1;
    // Each turn of the event loop reads some datagrams of every socket that has any.
    while (received !== this.#received && performance.now() < until) {
      received = this.#received;
      await nextPoll();
    }
    if (received !== this.#received)
      warn('datagrams still came when the UDP socket was closed: what the kernel held is lost');
    await Promise.all(sockets.map(close));
  }

  /** Where the kernel does not tell of its buffers, one socket stays. */
  async #watchBuffer(bound: Address): Promise<void> {
    const before = await kernelBuffers(bound.port);
    const [socket] = this.#sockets;
    if (before === null || socket === undefined) return;
    const many = socket.getRecvBufferSize() / 4;
    let isShared = false;
    const look = async () => {
      const now = await kernelBuffers(bound.port);
      const isFilling = now !== null && (now.drops > before.drops || now.queuedBytes > many);
      if (!isFilling || isShared || this.#isStopped) return;
      isShared = true;
      clearInterval(this.#watch);
      await this.#share(bound);
    };
    this.#watch = setInterval(() => void look(), limits.kernelBufferMs);
  }

  async #share(bound: Address): Promise<void> {
    const { warn, sockets } = this.#options;
    let failure = '';
    try {
      while (!this.#isStopped && this.#sockets.length < (sockets ?? 1)) await this.#open(bound);
    } catch (error) {
      failure = ` (no more: ${(error as Error).message})`;
    }
    if (this.#isStopped) return;
    warn(
      `datagrams come faster than they are read: ${this.#sockets.length} sockets${failure} share the UDP port from now on, so that one sender that floods does not fill the buffer of all`,
    );
  }

  async #open(address: Address): Promise<Address> {
    const { key, warn, sockets = null } = this.#options;
    const socket = createSocket({ type: isIPv6(address.host) ? 'udp6' : 'udp4', reusePort: sockets !== null });
    socket.on('message', this.#take);
    try {
      // With a socket that is bound already the event comes at once.
      const listening = once(socket, 'listening');
      socket.bind(address.fd === undefined ? { port: address.port, address: address.host } : { fd: address.fd });
      await listening;
    } catch (error) {
      socket.close();
      throw listenFailure(error, key, address);
    }
    if (this.#isStopped) {
      await close(socket);
      return address;
    }
    this.#sockets.push(socket);
    socket.on('error', (error) => warn(`the UDP socket reported: ${error.message}`));
    this.#enlargeBuffer(socket);
    const bound = socket.address();
    return { host: bound.address, port: bound.port };
  }

  readonly #take = (bytes: Buffer, sender: RemoteInfo): void => {
    const { intake, senders } = this.#options;
    this.#received++;
    intake.received('udp', bytes.length);
    const peer = plainAddress(sender.address);
    if (!senders.allows(peer)) {
      intake.drop('udp', 'denied', 1);
      return;
    }
    const record = datagramRecord(bytes);
    if (record !== null) intake.take(record, peer, 'udp');
  };

  /** Linux clips the size silently and reports twice what it granted. */
  #enlargeBuffer(socket: Socket): void {
    const isFirst = this.#sockets.length === 1;
    const wanted = isFirst ? RECEIVE_BUFFER_BYTES : FURTHER_BUFFER_BYTES;
    // systemd may have given a passed socket more than the limit: asking again would make it smaller.
    if (socket.getRecvBufferSize() / 2 >= wanted) return;
    socket.setRecvBufferSize(wanted);
    const granted = socket.getRecvBufferSize() / 2;
    // The first socket speaks for all.
    if (granted >= wanted || !isFirst) return;
    this.#options.warn(
      `the kernel gave a receive buffer of ${granted} bytes instead of ${wanted}: bursts may be lost; set sysctl net.core.rmem_max=${wanted}`,
    );
  }
}

async function close(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

/**
 * The address with a port that no other socket is bound to; port 0 becomes a free one. To be called before several sockets of
 * this process share the port: the kernel would let another program share it, and datagrams would go there. `key`: of the
 * configuration, for the error.
 */
export async function exclusivePort(address: Address, key: string): Promise<Address> {
  const socket = createSocket({ type: isIPv6(address.host) ? 'udp6' : 'udp4' });
  try {
    socket.bind(address.port, address.host);
    await once(socket, 'listening');
  } catch (error) {
    throw listenFailure(error, key, address);
  }
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return { host: address.host, port };
}
